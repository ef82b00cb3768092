"""RemoteSource: what tcpdump captures on other machines, read as one live source.

A keeper (tui.engine.remotes) runs ssh and passes the reading end of each connection; this side only ever reads.
"""

from __future__ import annotations

import json
import logging
import select
import socket
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tui.capture.pcapfile import CaptureFile, from_stream
from tui.capture.source import InterfaceInfo, Statistics
from tui.capture.stream import FileStream
from tui.core.frames import Frames
from tui.core.state import State
from tui.errors import CaptureError, DamagedFile, FormatError

NAP_S = 0.02
"""Between small reads: what trickles in is handed over in batches, as the kernel's ring does."""
SMALL = 512
"""Packets of a read after which nobody needs to hurry."""
MESSAGE = 8192

logger = logging.getLogger(__name__)


class Link:
    """One remote: the connection that is read now, and what its keeper tells."""

    def __init__(self, name: str, number: int, channel: socket.socket, stream: int, snaplen: int) -> None:
        """Raises FormatError when something other than packets comes."""
        channel.setblocking(False)
        self.name = name
        self.channel = channel
        self.trouble = ""
        """Why no packets come; empty while they do."""
        self._number = number
        self._fresh: list[int] = []
        self._dropped_before = 0
        self._dropped: int | None = None
        self._descriptor = stream
        self.capture: CaptureFile | None = self._begin(stream)
        first = self.capture.interfaces[0]
        self.info = InterfaceInfo(name, first.linktype, snaplen, "remote, by ssh")

    def _begin(self, descriptor: int) -> CaptureFile:
        self._descriptor = descriptor
        stream = FileStream(descriptor)
        try:
            return from_stream(stream, self.name)
        except FormatError:
            stream.close()
            raise CaptureError(
                f"what comes from {self.name} are no packets",
                "its shell prints something of its own at each login; have it print only on a terminal",
            ) from None

    @property
    def dropped(self) -> int | None:
        """Packets that the kernel there has dropped, as last told; None while it has not told."""
        return None if self._dropped is None else self._dropped_before + self._dropped

    @property
    def descriptors(self) -> list[int]:
        """What to wait for."""
        return [d for d in (self.channel.fileno(), self._descriptor if self.capture else -1) if d >= 0]

    def read(self) -> Frames | None:
        """What has come, without waiting."""
        self._hear()
        if self.capture is None and self._fresh:
            self._come_back(self._fresh.pop(0))
        if self.capture is None:
            return None
        try:
            frames = self.capture.read(0)
        except DamagedFile:  # the connection broke within a packet
            self._end()
            return None
        if frames is None:
            if self.capture.state is State.ENDED:
                self._end()
            return None
        return replace(frames, interface=np.broadcast_to(np.uint16(self._number), len(frames)))

    def _come_back(self, descriptor: int) -> None:
        self.capture, self.trouble = self._begin(descriptor), ""
        linktype = self.capture.interfaces[0].linktype
        if linktype != self.info.linktype:
            raise CaptureError(f"{self.name} came back with another link type ({linktype})", "start nettui again")

    def _end(self) -> None:
        assert self.capture
        self.capture.close()
        self.capture = None
        self.trouble = self.trouble or "the connection ended"
        self._dropped_before, self._dropped = self.dropped or 0, 0 if self._dropped is not None else None

    def _hear(self) -> None:
        while self.channel.fileno() >= 0:
            try:
                message, descriptors, _, _ = socket.recv_fds(self.channel, MESSAGE, 1)
            except BlockingIOError:
                return
            except OSError:
                message, descriptors = b"", []
            if not message:
                self.channel.close()
                self.trouble = "its keeper has gone"
                return
            self._fresh += descriptors
            told = json.loads(message)
            if "dropped" in told:
                self._dropped = int(told["dropped"])
            if "down" in told:
                self.trouble = _last_line(told["down"])
                logger.warning("%s: %s", self.name, self.trouble)

    def close(self) -> None:
        """The keeper sees it and ends ssh, which ends tcpdump there."""
        self.channel.close()
        if self.capture:
            self.capture.close()


class RemoteSource:
    """All links, read in turn. A link that breaks is waited for; its keeper starts ssh again."""

    live = True

    def __init__(self, links: Sequence[Link]) -> None:
        self._links = tuple(links)
        self._turn = 0
        self._out: dict[int, tuple[CaptureFile, Frames]] = {}
        self._received = 0
        self._hurry = True
        self._stopping = self._ended = False

    @property
    def interfaces(self) -> tuple[InterfaceInfo, ...]:
        return tuple(link.info for link in self._links)

    @property
    def state(self) -> State:
        """LIVE while any of them is."""
        if self._ended:
            return State.ENDED
        return State.LIVE if any(link.capture for link in self._links) else State.DOWN

    @property
    def warnings(self) -> tuple[str, ...]:
        """Which of them are silent, and why."""
        return tuple(f"{link.name}: {link.trouble}; trying again" for link in self._links if link.trouble)

    def read(self, timeout_s: float) -> Frames | None:
        """See Source."""
        deadline = time.monotonic() + timeout_s
        if not (self._hurry or self._stopping):
            time.sleep(min(NAP_S, timeout_s))
        while not self._ended:
            for _ in self._links:
                if (frames := self._read_in_turn()) is not None:
                    return frames
            if self._stopping:
                self._ended = True
                break
            left = deadline - time.monotonic()
            if left <= 0:
                break
            self._wait(left)
        return None

    def _read_in_turn(self) -> Frames | None:
        link = self._links[self._turn]
        self._turn = (self._turn + 1) % len(self._links)
        frames = link.read()
        if frames is None:
            return None
        assert link.capture
        self._out[id(frames)] = link.capture, frames
        self._received += len(frames)
        self._hurry = len(frames) > SMALL
        return frames

    def _wait(self, timeout_s: float) -> None:
        poll = select.poll()
        for link in self._links:
            for descriptor in link.descriptors:
                poll.register(descriptor, select.POLLIN)
        poll.poll(timeout_s * 1000)

    def release(self, frames: Frames) -> None:
        """Give a batch back; any thread."""
        if found := self._out.pop(id(frames), None):
            found[0].release(found[1])

    def statistics(self) -> Statistics:
        """What the kernels there dropped is told every few seconds; the interfaces there tell nothing."""
        dropped = [link.dropped for link in self._links]
        known = [n for n in dropped if n is not None]
        return Statistics(self._received, kernel_dropped=sum(known) if len(known) == len(dropped) else None)

    def stop(self) -> None:
        """Let nothing in but what has arrived."""
        self._stopping = True

    def close(self) -> None:
        self._ended = True
        for link in self._links:
            link.close()


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return "".join(c if c.isprintable() else " " for c in lines[-1]).strip() if lines else "the connection ended"
