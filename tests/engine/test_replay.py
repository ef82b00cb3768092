"""The hand on a file that is replayed: how long it is, where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.captures import SECOND
from tui.capture.pacing import PacedSource
from tui.capture.pcapfile import open_capture
from tui.core.state import State
from tui.engine.begin import DEMO
from tui.engine.replay import Replay


def replay(path: Path | str, loop: bool = False) -> tuple[Replay, PacedSource]:
    source = PacedSource(lambda: open_capture(str(DEMO)), 1.0, loop)
    return Replay(source, str(path)), source


def measured(made: Replay) -> tuple[int, int] | None:
    made.measure()
    assert made._measuring is not None
    made._measuring.join(20)
    return made.span_at(0)


def test_the_length_of_a_file_is_found_out() -> None:
    made, source = replay(DEMO)
    assert made.span_at(0) is None
    span = measured(made)
    assert span is not None
    assert 59 < (span[1] - span[0]) / SECOND < 62
    source.close()


def test_it_stands_where_the_file_was_read_to() -> None:
    made, source = replay(DEMO)
    span = measured(made)
    assert span is not None
    assert made.position_ns == 0
    made.seek(float("inf"))
    while not made.ended:
        frames = source.read(0.1)
        if frames is not None:
            source.release(frames)
    assert made.position_ns == span[1]
    assert source.state is State.ENDED
    source.close()


def test_in_a_loop_each_time_lies_in_a_round_of_the_file_s_length() -> None:
    """A fast replay's clock ran on beyond the end, and the bar showed more than the whole."""
    now = [0.0]
    source = PacedSource(lambda: open_capture(str(DEMO)), 100.0, True, monotonic=lambda: now[0], sleep=lambda _: None)
    made = Replay(source, str(DEMO))
    span = measured(made)
    assert span is not None
    shifts = set()
    while len(shifts) < 3:
        now[0] += 1.3
        frames = source.read(0.0)
        if frames is None:
            continue
        for time_ns in (made.position_ns, int(frames.time_ns[0]), int(frames.time_ns[-1])):
            begin, end = made.span_at(time_ns) or (0, 0)
            assert begin <= time_ns <= end
            assert end - begin == span[1] - span[0]
        shifts.add(source.shift_ns)
        source.release(frames)
    source.close()


@pytest.mark.parametrize("path", ["/nowhere/at/all.pcap", "/dev/null"])
def test_what_cannot_be_read_twice_has_no_length(path: str) -> None:
    made, source = replay(path)
    assert measured(made) is None
    source.close()


def test_standard_input_is_not_read_twice() -> None:
    made, source = replay("-")
    made.measure()
    assert made._measuring is None
    source.close()


def test_pause_and_speed_are_the_source_s() -> None:
    made, source = replay(DEMO)
    made.speed, made.paused = 20.0, True
    assert (source.speed, source.paused) == (20.0, True)
    source.close()
