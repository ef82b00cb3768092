"""The scripted source plays what it is told."""

from __future__ import annotations

import pytest

from tests.captures import some_frames
from tui.capture.scripted import After, Lose, ScriptedSource
from tui.core.state import State
from tui.errors import CaptureError


class Clock:
    """A clock that goes on only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_frames_then_the_end() -> None:
    frames = some_frames(0, 3)
    source = ScriptedSource([frames])
    assert source.read(0) is frames
    assert source.read(0) is None
    assert source.state is State.ENDED


def test_a_pause_lasts_as_long_as_it_says() -> None:
    clock = Clock()
    source = ScriptedSource([After(2.0), b"late"], monotonic=clock, sleep=clock.sleep)
    assert source.read(1.5) is None
    frames = source.read(1.5)
    assert frames is not None
    assert frames.bytes_of(0) == b"late"
    assert clock.now == pytest.approx(2.0)


def test_states_errors_and_losses() -> None:
    source = ScriptedSource([State.DOWN, Lose(kernel=3), b"x", Lose(kernel=1, interface=2), CaptureError("gone")])
    assert source.read(0) is not None
    assert source.state is State.DOWN
    assert source.statistics().kernel_dropped == 3
    with pytest.raises(CaptureError):
        source.read(0)
    assert (source.statistics().kernel_dropped, source.statistics().interface_dropped) == (4, 2)


def test_an_endless_script_is_silent_after_its_last_step_and_can_be_written_on() -> None:
    clock = Clock()
    source = ScriptedSource([], endless=True, monotonic=clock, sleep=clock.sleep)
    assert source.read(0.1) is None
    assert source.state is State.LIVE
    source.add(b"more")
    assert source.read(0.1) is not None
    source.stop()
    assert source.read(0.1) is None
    assert source.state is State.ENDED


def test_frames_are_released_once() -> None:
    source = ScriptedSource([b"x"])
    frames = source.read(0)
    assert frames is not None
    source.release(frames)
    with pytest.raises(ValueError, match="not out"):
        source.release(frames)
