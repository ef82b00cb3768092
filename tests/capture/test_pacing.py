"""Replay in the time of the packets, on a clock that goes on only by sleeping."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.capture.test_scripted import Clock
from tests.captures import SECOND, some_frames
from tui.capture.pacing import LEAP_S, LONGEST_GAP_S, PacedSource
from tui.capture.scripted import ScriptedSource
from tui.core.frames import Frames
from tui.core.state import State


def frames_at(*seconds: float) -> Frames:
    times = np.array([int(s * SECOND) for s in seconds], np.int64) + 1_000 * SECOND
    return replace(some_frames(0, len(seconds)), time_ns=times)


class Replay:
    """A paced source over a script, and its clock."""

    def __init__(self, *batches: Frames, speed: float = 1.0, loop: bool = False) -> None:
        self.clock = Clock()
        self.below: list[ScriptedSource] = []
        self.batches = batches
        self.source = PacedSource(self.open, speed, loop, monotonic=self.clock, sleep=self.clock.sleep)

    def open(self) -> ScriptedSource:
        self.below.append(ScriptedSource(self.batches, live=False, monotonic=self.clock, sleep=self.clock.sleep))
        return self.below[-1]

    def until(self, seconds: float) -> list[tuple[float, float]]:
        """(when it came, its own time) of all packets that come until then, in seconds."""
        found = []
        while self.clock.now < seconds and self.source.state is not State.ENDED:
            frames = self.source.read(seconds - self.clock.now)
            if frames is not None:
                found += [(self.clock.now, t / SECOND - 1_000) for t in frames.time_ns.tolist()]
                self.source.release(frames)
        return found


@pytest.mark.parametrize("speed", [1.0, 10.0, 0.5])
def test_packets_come_when_they_are_due(speed: float) -> None:
    replay = Replay(frames_at(0, 0.5, 1), frames_at(1, 4), speed=speed)
    for when, own in replay.until(60):
        assert own / speed - 1e-6 <= when <= own / speed + 0.04


def test_max_speed_waits_for_nothing() -> None:
    replay = Replay(frames_at(0, 100), frames_at(1e6), speed=math.inf)
    assert len(replay.until(0.001)) == 3


def test_a_pause_holds_the_clock_of_the_packets() -> None:
    replay = Replay(frames_at(0, 1, 2))
    assert len(replay.until(0.5)) == 1
    replay.source.paused = True
    assert replay.until(50) == []
    replay.source.paused = False
    assert [own for _, own in replay.until(50.3)] == []
    assert [own for _, own in replay.until(50.7)] == [1.0]


def test_a_change_of_speed_counts_from_now_on() -> None:
    replay = Replay(frames_at(0, 9, 100))
    replay.until(5)
    replay.source.speed = 4.0
    assert [round(when) for when, _ in replay.until(8)] == [6]


def test_a_long_silence_is_cut() -> None:
    replay = Replay(frames_at(0, 86_400))
    assert [round(when) for when, _ in replay.until(100)] == [0, round(LONGEST_GAP_S)]


def test_a_packet_out_of_order_comes_with_the_one_before_it() -> None:
    replay = Replay(frames_at(0, 2, 1, 3))
    assert [own for _, own in replay.until(2.5)] == [0, 2, 1]


def test_a_loop_goes_on_in_time() -> None:
    replay = Replay(frames_at(0, 1), loop=True)
    own = [round(t, 3) for _, t in replay.until(7.5)]
    assert own == [0, 1, 2, 3, 4, 5, 6, 7]
    assert all(source.closed for source in replay.below[:-1])


def test_a_loop_over_nothing_ends() -> None:
    replay = Replay(loop=True)
    assert replay.until(1) == []
    assert replay.source.state is State.ENDED


def test_the_batch_below_is_given_back_with_its_last_piece() -> None:
    replay = Replay(frames_at(0, 1, 2))
    pieces = []
    while len(pieces) < 3:
        frames = replay.source.read(5)
        assert frames is not None
        pieces.append(frames)
    for piece in pieces:
        assert len(replay.below[0].out) == 1
        replay.source.release(piece)
    assert replay.below[0].out == []


def test_stop_ends_a_pause() -> None:
    replay = Replay(frames_at(0, 1))
    replay.source.paused = True
    replay.source.stop()
    assert replay.source.read(10) is None
    assert replay.source.state is State.ENDED


def test_a_leap_hands_over_what_lies_before_at_once_and_nothing_is_left_out() -> None:
    replay = Replay(frames_at(0, 1, 2, 3), frames_at(4, 50, 51))
    assert [own for _, own in replay.until(0.5)] == [0]
    replay.source.seek((1_000 + 50) * SECOND)
    assert [own for _, own in replay.until(0.6)] == [1, 2, 3, 4, 50]
    assert [round(when, 1) for when, _ in replay.until(9)] == [1.5]


def test_a_leap_goes_forward_in_a_pause_and_stays_there() -> None:
    replay = Replay(frames_at(0, 1, 2, 3))
    replay.until(0.5)
    replay.source.paused = True
    replay.source.seek((1_000 + 2) * SECOND)
    assert [own for _, own in replay.until(1)] == [1, 2]
    assert replay.until(100) == []
    assert replay.source.position_ns == (1_000 + 2) * SECOND


def test_a_leap_back_changes_nothing() -> None:
    replay = Replay(frames_at(0, 1, 2, 3))
    replay.until(1.5)
    replay.source.seek(1_000 * SECOND)
    assert [own for _, own in replay.until(2.5)] == [2]


def test_a_leap_to_the_end_reads_the_rest() -> None:
    replay = Replay(frames_at(0, 1), frames_at(5_000, 90_000))
    replay.until(0.5)
    replay.source.seek(math.inf)
    assert [own for _, own in replay.until(0.6)] == [1, 5_000, 90_000]
    assert replay.source.state is State.ENDED
    assert replay.source.position_ns == (1_000 + 90_000) * SECOND


def test_a_long_leap_is_handed_over_in_steps() -> None:
    """A day of silent seconds in one batch left the screen without an answer for 9 s."""
    replay = Replay(frames_at(*range(0, 3_600, 60)))
    replay.source.seek(math.inf)
    pieces = 0
    while replay.source.state is not State.ENDED:
        frames = replay.source.read(0.1)
        if frames is not None:
            assert int(frames.time_ns[-1] - frames.time_ns[0]) <= LEAP_S * SECOND
            pieces += 1
            replay.source.release(frames)
    assert pieces >= 3_600 / (LEAP_S + 60)


def test_a_leap_in_a_loop_ends_with_the_round() -> None:
    replay = Replay(frames_at(0, 100), loop=True)
    replay.until(0.5)
    replay.source.seek(math.inf)
    found = [own for _, own in replay.until(0.6)]
    assert found == [100]
    assert [round(own) for _, own in replay.until(3)] == [101]
    assert replay.source.shift_ns == 101 * SECOND
