"""PacedSource: a file replayed by the time of its packets, at any speed, with pauses and leaps, once or in a loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tui.capture.source import InterfaceInfo, Source, Statistics
from tui.core.frames import Frames
from tui.core.state import State

NS = 1_000_000_000
NAP_S = 0.02
"""Cadence of the batches of a replay: what the kernel's ring has live."""
LONGEST_GAP_S = 10.0
"""A silence in the file lasts no longer than this at speed 1, whatever the file claims."""
LEAP_S = 300
"""A leap, or full speed, hands over no more than so much time at once: to count a day of silence takes a while."""
LOOP_GAP_NS = NS
"""Between the last packet of one round and the first of the next."""


@dataclass(slots=True)
class _Batch:
    """Frames of the source below, and the pieces cut from them."""

    source: Source
    frames: Frames
    time_ns: np.ndarray[tuple[int], np.dtype[np.int64]]
    """Shifted by the rounds before."""
    latest_ns: np.ndarray[tuple[int], np.dtype[np.int64]]
    """The running maximum of the times: a packet out of order is due with the one before it."""
    at: int = 0
    """Packets handed over."""
    out: int = 0
    """Pieces that are not released."""


class PacedSource:
    """Hands over what is due. `speed` and `paused` may be set, and `seek` called, by any thread at any time."""

    live = False

    def __init__(
        self,
        open_source: Callable[[], Source],
        speed: float = 1.0,
        loop: bool = False,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`open_source` opens the file, once for every round. Speed `math.inf`: as fast as it goes."""
        self.speed = speed
        self.paused = False
        self._open = open_source
        self._loop = loop
        self._monotonic, self._sleep = monotonic, sleep
        self._source = open_source()
        self._batch: _Batch | None = None
        self._lent: dict[int, _Batch] = {}
        self._clock_ns = 0.0  # how far the replay has come, in times of the packets
        self._leap_ns: float | None = None
        self._looked_at: float | None = None
        self._shift_ns: int | None = 0
        self._told_shift_ns = 0
        self._highest_ns = 0
        self._round_packets = self._received = 0
        self._ended = False

    @property
    def position_ns(self) -> int:
        """How far the replay has come, in times of the packets; 0 before the first one.

        The clock of a fast replay runs ahead of what was read; nothing is there yet.
        """
        return int(min(self._clock_ns, self._highest_ns))

    @property
    def shift_ns(self) -> int:
        """What the rounds before have added to the times of the file."""
        return self._told_shift_ns

    def seek(self, time_ns: float) -> None:
        """Go forward to a time: what lies before it is handed over as fast as it can be read, even in a pause.

        A time that has passed changes nothing: what was handed over cannot be taken back. `math.inf` is the end.
        """
        self._leap_ns = time_ns

    @property
    def interfaces(self) -> tuple[InterfaceInfo, ...]:
        return self._source.interfaces

    @property
    def comments(self) -> Mapping[int, str]:
        """What the file says of packets, by their place in it; what later rounds repeat has none."""
        found: Mapping[int, str] = getattr(self._source, "comments", {})
        return found if not self.shift_ns else {}

    @property
    def state(self) -> State:
        return State.ENDED if self._ended else State.REPLAY

    def read(self, timeout_s: float) -> Frames | None:
        """The packets that have become due; None when none have within the timeout."""
        deadline = self._monotonic() + timeout_s
        while not self._ended:
            if self._batch or self._refill(max(0.0, deadline - self._monotonic())):
                frames = self._due()
                if frames is not None:
                    return frames
                if (left := deadline - self._monotonic()) > 0:
                    self._sleep(min(NAP_S, left))
            if self._monotonic() >= deadline:
                break
        return None

    def _refill(self, timeout_s: float) -> bool:
        """The next batch of the file; False when there is none now. At the end, the next round is opened."""
        frames = self._source.read(timeout_s)
        if frames is not None:
            self._round_packets += len(frames)
            if self._shift_ns is None:
                self._shift_ns = self._told_shift_ns = self._highest_ns + LOOP_GAP_NS - int(frames.time_ns[0])
            shifted = frames.time_ns + self._shift_ns
            self._batch = _Batch(self._source, frames, shifted, np.maximum.accumulate(shifted))
            self._highest_ns = max(self._highest_ns, int(self._batch.latest_ns[-1]))
            return True
        if self._source.state is State.ENDED:
            if self._loop and self._round_packets:
                self._leap_ns = None
                self._source.close()
                self._source = self._open()
                self._shift_ns, self._round_packets = None, 0
            else:
                self._ended = True
        return False

    def _due(self) -> Frames | None:
        """The packets of the batch whose time has come."""
        batch = self._batch
        assert batch
        self._advance(int(batch.latest_ns[batch.at]))
        stop = int(np.searchsorted(batch.latest_ns, self._clock_ns, "right"))
        if stop <= batch.at:
            return None
        piece = batch.frames.select(slice(batch.at, stop))
        piece = replace(piece, time_ns=batch.time_ns[batch.at : stop])
        batch.at, batch.out = stop, batch.out + 1
        self._lent[id(piece)] = batch
        self._received += len(piece)
        if stop == len(batch.frames):
            self._batch = None
        return piece

    def _advance(self, next_ns: int) -> None:
        """Let the replay's clock go on, by the time that has passed and the speed, or by a leap."""
        now = self._monotonic()
        if self._looked_at is None:  # the first packet is due at once
            self._clock_ns = next_ns
        elif not self.paused:
            speed = 1.0 if math.isinf(self.speed) else self.speed
            self._clock_ns = max(self._clock_ns + (now - self._looked_at) * speed * NS, next_ns - LONGEST_GAP_S * NS)
            if math.isinf(self.speed):
                self._step_to(math.inf, next_ns)
        if self._leap_ns is not None:
            self._step_to(self._leap_ns, next_ns)
            if self._clock_ns >= self._leap_ns:
                self._leap_ns = None
        self._looked_at = now

    def _step_to(self, time_ns: float, next_ns: int) -> None:
        """On towards a time, in steps that leave the reader time for other things, and not beyond what was read."""
        assert self._batch
        self._clock_ns = max(self._clock_ns, min(time_ns, next_ns + LEAP_S * NS, int(self._batch.latest_ns[-1])))

    def release(self, frames: Frames) -> None:
        """Give a piece back; the batch below goes back with its last piece."""
        batch = self._lent.pop(id(frames), None)
        if batch is None:
            return
        batch.out -= 1
        if batch.out == 0 and batch.at == len(batch.frames):
            batch.source.release(batch.frames)

    def statistics(self) -> Statistics:
        return replace(self._source.statistics(), received=self._received)

    def stop(self) -> None:
        """Hand over nothing more."""
        self._ended = True

    def close(self) -> None:
        self._ended = True
        self._source.close()
