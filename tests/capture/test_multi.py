"""Several sources as one: in turn, each frame given back to where it came from."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tui.capture.multi import MultiSource
from tui.capture.source import InterfaceInfo, Statistics
from tui.core.frames import Frames, from_packets
from tui.core.state import State


class Wire:
    """A live source with frames by hand; its descriptor is ready while there are some."""

    live = True

    def __init__(self, number: int, batches: int, kernel_dropped: int | None = 0) -> None:
        self.number, self.state, self.out = number, State.LIVE, 0
        self._batches = [from_packets([bytes([number])], interface=number) for _ in range(batches)]
        self._told = Statistics(batches, kernel_dropped, 1, 0)
        self._ready, self._other = socket.socketpair()
        if batches:
            self._other.send(b"x")

    interfaces = (InterfaceInfo("x", 1),)

    def fileno(self) -> int:
        return self._ready.fileno()

    def read(self, timeout_s: float) -> Frames | None:
        if not self._batches:
            return None
        self.out += 1
        return self._batches.pop()

    def release(self, frames: Frames) -> None:
        self.out -= 1

    def statistics(self) -> Statistics:
        return self._told

    def stop(self) -> None:
        self.state = State.ENDED

    def close(self) -> None:
        self._ready.close()
        self._other.close()


@pytest.fixture
def wires() -> Iterator[list[Wire]]:
    made = [Wire(0, 3), Wire(1, 2), Wire(2, 0)]
    yield made
    for wire in made:
        wire.close()


def test_sources_are_read_in_turn(wires: list[Wire]) -> None:
    source = MultiSource(wires)
    got = [source.read(0) for _ in range(6)]
    assert [int(frames.interface[0]) if frames else None for frames in got] == [0, 1, 0, 1, 0, None]


def test_frames_go_back_where_they_came_from_in_any_order(wires: list[Wire]) -> None:
    source = MultiSource(wires)
    got = [frames for _ in range(5) if (frames := source.read(0))]
    for frames in reversed(got):
        source.release(frames)
    assert [wire.out for wire in wires] == [0, 0, 0]


def test_it_is_live_while_any_is_and_ends_with_the_last(wires: list[Wire]) -> None:
    source = MultiSource(wires)
    wires[0].state = State.DOWN
    assert source.state is State.LIVE
    wires[1].state = wires[2].state = State.GONE
    assert source.state is State.DOWN
    source.stop()
    assert source.state is State.ENDED


def test_what_one_does_not_know_is_unknown(wires: list[Wire]) -> None:
    assert MultiSource(wires).statistics() == Statistics(5, 0, 3, 0)
    blind = Wire(3, 0, None)
    assert MultiSource([*wires, blind]).statistics().kernel_dropped is None
    blind.close()


def test_the_pressure_is_that_of_the_fullest(wires: list[Wire]) -> None:
    class Tight(Wire):
        def pressure(self) -> float:
            return 0.5

    tight = Tight(3, 0)
    assert MultiSource([*wires, tight]).pressure() == 0.5
    assert MultiSource(wires).pressure() == 0.0
    tight.close()
