"""RingSource: frames from the kernel's ring, in place and without a copy where the rate is high."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.capture.blocks import Ring
from tui.capture.linkwatch import LinkWatch
from tui.capture.packetsocket import RETIRE_MS, PacketSocket
from tui.capture.ringframes import frames as frames_of
from tui.capture.source import InterfaceInfo, Statistics
from tui.core.frames import Frames
from tui.core.state import State

RETIRE_S = RETIRE_MS / 1000
ENOUGH_PACKETS = 32_768
"""A batch this large gains little by growing; it is handed over at once. One half as large costs a tenth more a packet:
each batch touches the records of most flows once."""
COPY_BELOW = 256 << 10
"""A batch smaller than this is copied out (under 30 us) and its blocks given back at once: on a quiet link a slow disk
then holds up no block, each of which would stand for a whole retire time."""
COPIES_AT_MOST = 32 << 20
"""Bytes of such copies that may be out; beyond it the blocks themselves are held, so the ring stays the bound."""
LONGEST_WAIT_S = 0.25
"""Between looks at the state of the interface."""
NAP_S = 0.002
"""Pause between looks while more blocks fill, when they fill fast."""
DRAIN_S = 1.0
"""How long the kernel may take, after the stop, to hand over the block that it was filling: one to two retire times,
and as much longer as its timers are late. What has not come by then is lost, and counted."""
WORK_SHARE = 8
MERGE_AT_MOST_S = 0.1
"""A batch costs its reader a fixed time, whatever its size. So batches are so far apart that the last one's time is an
eighth of it: at least a retire time, at most what nobody sees on a screen."""


@dataclass(slots=True)
class _Held:
    """What is out with readers: the frames themselves (their identity is the key), and what they hold up."""

    frames: Frames
    blocks: list[int]
    copied: int


class RingSource:
    """One interface (or all of them, cooked) through one ring.

    Frames of several reads may be out at once. `release` may be called by any thread and in any order; a frame is
    readable until then, and after `close` as long as it is referred to.
    """

    live = True

    def __init__(
        self,
        opened: PacketSocket,
        info: InterfaceInfo,
        watch: LinkWatch,
        *,
        number: int = 0,
        on_close: Callable[[PacketSocket], None] | None = None,
    ) -> None:
        """`number`: the place of this interface in `Frames.interface`. `on_close` takes the socket for further use."""
        assert opened.mapping is not None
        assert opened.geometry is not None
        self._socket = opened
        self._info = info
        self._number = number
        self._watch = watch
        self._on_close = on_close
        self._ring = Ring(opened.mapping, opened.geometry, opened.next_block)
        self._most_blocks = max(1, opened.geometry.blocks // 4)
        self._held: dict[int, _Held] = {}
        self._copied = 0
        self._received = self._dropped = self._freezes = 0
        self._given = self._taken = 0
        """Packets that the kernel has put into the ring, as last asked, and those that were read."""
        self._last_read = 0.0
        self._apart = RETIRE_S
        self._drain_until: float | None = None
        self._ended = self._closed = False
        self._poll = select.poll()
        self._poll.register(opened, select.POLLIN | select.POLLERR)

    def fileno(self) -> int:
        """For those who wait for several sources at once."""
        return self._socket.fileno()

    @property
    def interfaces(self) -> tuple[InterfaceInfo, ...]:
        return (self._info,)

    @property
    def state(self) -> State:
        return State.ENDED if self._ended else self._watch.state

    def read(self, timeout_s: float) -> Frames | None:
        """The frames of all blocks that are full, merged while the reader would be busy with less."""
        if self._last_read:
            work = time.monotonic() - self._last_read
            self._apart = min(MERGE_AT_MOST_S, max(RETIRE_S, WORK_SHARE * work))
        blocks = self._wait(timeout_s)
        if not blocks:
            self._last_read = 0.0  # nothing to merge with
            return None
        self._ring.take(blocks)
        self._last_read = time.monotonic()
        return self._frames(blocks)

    def release(self, frames: Frames) -> None:
        """Give the blocks of these frames back to the kernel."""
        held = self._held.pop(id(frames), None)
        if held is not None:
            self._copied -= held.copied
            self._ring.give_back(held.blocks)
            if self._closed:
                self._hand_on()

    def statistics(self) -> Statistics:
        if not self._closed:
            given, dropped, freezes = self._socket.statistics()
            self._given += given
            self._dropped += dropped
            self._freezes += freezes
        return Statistics(self._received, self._dropped, self._watch.dropped(), self._freezes)

    def pressure(self) -> float:
        """Which part of the ring is full and waits to be read, 0 to 1."""
        return self._ring.waiting() / self._ring.geometry.blocks

    def stop(self) -> None:
        """Let no further packet in. `read` still gives what had arrived; the state is ENDED after the last of it."""
        if self._drain_until is None:
            self._socket.unbind()
            self.statistics()  # from here on, how many there are is known
            self._drain_until = time.monotonic() + DRAIN_S

    def close(self) -> None:
        """Let go of the socket, once the frames that are out are released; until then they stay readable."""
        if self._closed:
            return
        self.stop()
        if self._on_close is not None:  # the next user of the ring must find no packet of this interface
            while not self._ended:
                if (frames := self.read(RETIRE_S)) is not None:
                    self.release(frames)
        self.statistics()
        self._ended = self._closed = True
        self._poll.unregister(self._socket)
        self._hand_on()

    def _hand_on(self) -> None:
        if self._held:
            return
        if self._on_close is None:
            self._socket.close()
        else:
            self._socket.next_block = self._ring.position
            self._on_close(self._socket)

    def _wait(self, timeout_s: float) -> list[int]:
        """The full blocks to take now: waits for the first, then lets more fill while that makes a better batch."""
        deadline = time.monotonic() + timeout_s
        while True:
            blocks, packets = self._ring.ready(self._most_blocks, ENOUGH_PACKETS)
            now = time.monotonic()
            if blocks:
                early = self._last_read + self._apart - now
                if early <= 0 or self._drain_until or packets >= ENOUGH_PACKETS or len(blocks) >= self._most_blocks:
                    return blocks
                time.sleep(min(early, NAP_S if len(blocks) * 4 > self._most_blocks else RETIRE_S / 2))
            elif not self._pause(now, deadline):
                return []

    def _pause(self, now: float, deadline: float) -> bool:
        """Sleep until a block may be full; False when it is time to give up."""
        if self._drain_until is not None:
            if self._taken >= self._given or now >= self._drain_until:
                self._end()
                return False
            deadline = min(deadline, self._drain_until)
        elif self._watch.look(now):
            return False
        wait = max(0.0, min(deadline - now, LONGEST_WAIT_S))
        events = self._poll.poll(wait * 1000)
        if any(event & select.POLLERR for _, event in events):
            self._watch.note_error(self._socket.pending_error())
        elif events and wait and not self._ring.ready(1, 1)[0]:
            time.sleep(NAP_S)  # poll also tells of the last block while its frames are out
        return now < deadline

    def _end(self) -> None:
        """All is read, or will never come."""
        if not self._ended:
            self._dropped += max(0, self._given - self._taken)
        self._ended = True

    def _frames(self, blocks: list[int]) -> Frames | None:
        offsets = self._ring.offsets(blocks)
        self._taken += len(offsets)
        buffer = self._ring.buffer
        copied = 0
        used = self._ring.used(blocks)
        if (total := sum(used)) <= COPY_BELOW and self._copied + total <= COPIES_AT_MOST:
            buffer, offsets = self._copy(blocks, used, offsets)
            self._ring.give_back(blocks)
            blocks, copied = [], total
        frames = frames_of(buffer, offsets, self._info.linktype, self._number, self._info.snaplen)
        if not len(frames):
            self._ring.give_back(blocks)
            return None
        self._received += len(frames)
        self._copied += copied
        self._held[id(frames)] = _Held(frames, blocks, copied)
        return frames

    def _copy(
        self, blocks: list[int], used: list[int], offsets: NDArray[np.int64]
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """The used parts of the blocks as a buffer of their own, and the offsets within it."""
        size = self._ring.geometry.block_size
        pieces = [self._ring.buffer[block * size : block * size + n] for block, n in zip(blocks, used, strict=True)]
        if len(pieces) == 1:
            return pieces[0].copy(), offsets - blocks[0] * size
        begins = np.concatenate(([0], np.cumsum(used)[:-1]))
        moved = np.zeros(self._ring.geometry.blocks, np.int64)
        moved[blocks] = begins - np.asarray(blocks) * size
        return np.concatenate(pieces), offsets + moved[offsets // size]
