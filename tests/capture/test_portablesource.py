"""One packet at a time, handed over in batches like any other source's."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator

import pytest

from tui.capture.portablesource import BATCH, PortableSource
from tui.capture.source import InterfaceInfo
from tui.core.state import State


class Receiver:
    """What is in the queue, and a descriptor that is always ready."""

    def __init__(self, packets: list[tuple[bytes, float]]) -> None:
        self.queue = deque(packets)
        self._ready, self._other = socket.socketpair()
        self._other.send(b"x")

    def fileno(self) -> int:
        return self._ready.fileno()

    def receive(self, most: int) -> tuple[bytes, float] | None:
        return self.queue.popleft() if self.queue else None

    def dropped(self) -> int | None:
        return 3

    def close(self) -> None:
        self._ready.close()
        self._other.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver([(bytes([n]) * (60 + n), 1000.5 + n) for n in range(5)])
    yield made
    made.close()


def source_of(receiver: Receiver, snaplen: int = 262_144) -> PortableSource:
    return PortableSource(receiver, InterfaceInfo("en0", 1, snaplen), 2)


def test_all_that_is_there_is_one_batch(receiver: Receiver) -> None:
    frames = source_of(receiver).read(0)
    assert frames is not None
    assert [frames.bytes_of(i) for i in range(5)] == [bytes([n]) * (60 + n) for n in range(5)]
    assert frames.time_ns.tolist() == [(1000 + n) * 10**9 + 500_000_000 for n in range(5)]
    assert set(frames.interface.tolist()) == {2}


def test_a_snaplen_cuts_and_keeps_the_length(receiver: Receiver) -> None:
    frames = source_of(receiver, 62).read(0)
    assert frames is not None
    assert frames.caplen.tolist() == [60, 61, 62, 62, 62]
    assert frames.length.tolist() == [60, 61, 62, 63, 64]


def test_an_endless_flood_comes_in_batches(receiver: Receiver) -> None:
    receiver.queue.extend([(b"x" * 60, 0.0)] * BATCH)
    frames = source_of(receiver).read(0)
    assert frames is not None
    assert len(frames) == BATCH


def test_nothing_there_is_none(receiver: Receiver) -> None:
    receiver.queue.clear()
    assert source_of(receiver).read(0) is None


def test_what_waits_at_the_stop_is_read_and_then_it_has_ended(receiver: Receiver) -> None:
    source = source_of(receiver)
    source.stop()
    assert source.read(1.0) is not None
    assert source.state is State.LIVE
    assert source.read(1.0) is None
    assert source.state is State.ENDED


def test_statistics_tell_what_the_system_tells(receiver: Receiver) -> None:
    source = source_of(receiver)
    source.read(0)
    told = source.statistics()
    assert (told.received, told.kernel_dropped, told.interface_dropped) == (5, 3, None)
