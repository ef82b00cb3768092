"""PortableSource: frames from a socket that gives one packet at a time."""

from __future__ import annotations

import dataclasses
import select
import time
from typing import Protocol

import numpy as np

from tui.capture.packetsocket import RETIRE_MS
from tui.capture.source import InterfaceInfo, Statistics
from tui.core.frames import Frames, from_packets
from tui.core.state import State

BATCH = 4096
"""Packets of one read at most: what keeps a flood from holding a batch back for ever."""
LONGEST = 1 << 18
"""Bytes asked for, so that an offload-sized frame comes whole and its length is known."""
RETIRE_S = RETIRE_MS / 1000


class Receiver(Protocol):
    """PortableSocket, as far as it matters here."""

    def fileno(self) -> int: ...

    def receive(self, most: int) -> tuple[bytes, float] | None: ...

    def dropped(self) -> int | None: ...

    def close(self) -> None: ...


class PortableSource:
    """One interface. Frames are copies, so releasing them is nothing."""

    live = True

    def __init__(self, receiver: Receiver, info: InterfaceInfo, number: int = 0) -> None:
        self._receiver = receiver
        self._info = info
        self._number = number
        self._received = 0
        self._last_read = 0.0
        self._stopped = self._ended = False

    def fileno(self) -> int:
        return self._receiver.fileno()

    @property
    def interfaces(self) -> tuple[InterfaceInfo, ...]:
        return (self._info,)

    @property
    def state(self) -> State:
        return State.ENDED if self._ended else State.LIVE

    def read(self, timeout_s: float) -> Frames | None:
        """All packets that are there, merged for up to 20 ms since the last read."""
        packets = self._collect()
        if not packets and not self._stopped:
            select.select([self._receiver.fileno()], [], [], timeout_s)
            if (early := self._last_read + RETIRE_S - time.monotonic()) > 0:
                time.sleep(min(early, timeout_s))
            packets = self._collect()
        if not packets:
            self._ended = self._stopped
            return None
        self._last_read = time.monotonic()
        self._received += len(packets)
        return self._frames(packets)

    def release(self, frames: Frames) -> None:
        """Nothing to give back."""

    def statistics(self) -> Statistics:
        return Statistics(self._received, self._receiver.dropped())

    def stop(self) -> None:
        """What waits in the socket is still read, then the state is ENDED."""
        self._stopped = True

    def close(self) -> None:
        self._ended = True
        self._receiver.close()

    def _collect(self) -> list[tuple[bytes, float]]:
        found: list[tuple[bytes, float]] = []
        while len(found) < BATCH and (packet := self._receiver.receive(LONGEST)) is not None:
            found.append(packet)
        return found

    def _frames(self, packets: list[tuple[bytes, float]]) -> Frames:
        times = [int(seconds * 1_000_000) * 1000 for _, seconds in packets]  # a double holds microseconds
        frames = from_packets([data for data, _ in packets], self._info.linktype, times, interface=self._number)
        return dataclasses.replace(frames, caplen=np.minimum(frames.caplen, self._info.snaplen))
