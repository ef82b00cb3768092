"""The source on a ring filled by hand: what it reads at the end, and what it counts as lost."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.capture.ringmaker import Given, make_ring
from tui.capture import ring
from tui.capture.blocks import STATUS, USER
from tui.capture.ring import RingSource
from tui.capture.source import InterfaceInfo
from tui.core.state import State

FRAME = Given(b"x" * 60)


class Kernel:
    """A capture socket whose ring was filled by hand; its last block is handed over when `retire` is called."""

    def __init__(self, *counts: int) -> None:
        self.mapping, self.geometry = make_ring([[FRAME] * count for count in counts])
        self.next_block = 0
        self._given, self._dropped = sum(counts), 0
        self._ready, self._other = socket.socketpair()
        self._words = memoryview(self.mapping).cast("I")
        self._last = (len(counts) - 1) * self.geometry.block_size // 4 + STATUS
        self._words[self._last] = 0

    def retire(self) -> None:
        self._words[self._last] = USER
        self._other.send(b"x")

    def fileno(self) -> int:
        return self._ready.fileno()

    def statistics(self) -> tuple[int, int, int]:
        told, self._given, self._dropped = (self._given, self._dropped, 0), 0, 0
        return told

    def unbind(self) -> None:
        """Nothing more comes."""

    def close(self) -> None:
        self._ready.close()
        self._other.close()


class Up:
    """An interface that is up and loses nothing."""

    state = State.LIVE

    def look(self, now_s: float) -> bool:
        return False

    def dropped(self) -> int:
        return 0


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    made = Kernel(2, 3)
    yield made
    made.close()


def source_of(kernel: Kernel) -> RingSource:
    return RingSource(kernel, InterfaceInfo("x", 1), Up())


def drained(source: RingSource) -> int:
    """Packets read until the source says that it has ended."""
    got = 0
    while source.state is not State.ENDED:
        frames = source.read(0.05)
        if frames is not None:
            got += len(frames)
            source.release(frames)
    return got


def test_the_last_block_is_waited_for_however_late_the_kernels_timer_is(kernel: Kernel) -> None:
    """It was given up after two retire times: on a busy machine a whole block was missing, and nobody said so."""
    source = source_of(kernel)
    source.stop()
    threading.Timer(5 * ring.RETIRE_S, kernel.retire).start()
    assert drained(source) == 5
    assert source.statistics().kernel_dropped == 0


def test_a_block_that_never_comes_is_counted_as_lost(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "DRAIN_S", 0.05)
    source = source_of(kernel)
    source.stop()
    assert drained(source) == 2
    assert source.statistics().kernel_dropped == 3


def test_a_ring_that_is_read_out_ends_at_once(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "DRAIN_S", 1e9)
    source = source_of(kernel)
    kernel.retire()
    source.stop()
    assert drained(source) == 5
