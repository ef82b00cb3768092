"""The worker: it ends where it should, and whatever happens becomes a state."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.captures import packet, pcap, some_frames, written
from tests.engine.running import Run
from tests.waiting import until
from tui.capture.pcapfile import open_capture
from tui.capture.scripted import Lose, ScriptedSource
from tui.core.state import State
from tui.engine import worker
from tui.errors import CaptureError
from tui.store.filestore import FileStore


def test_a_count_is_kept_to_the_packet() -> None:
    session = Run(ScriptedSource([some_frames(n, 100) for n in range(0, 1000, 100)]), count=250).to_the_end()
    assert session.rows.end == 250


def test_a_duration_ends_a_silent_link() -> None:
    session = Run(ScriptedSource([], endless=True), duration_s=0.05).to_the_end()
    assert session.health.state is State.ENDED


def test_a_bound_of_packets() -> None:
    source = ScriptedSource([some_frames(n, 100) for n in range(0, 1000, 100)])
    session = Run(source, keep_packets=150).to_the_end()
    assert (session.rows.first, session.loss.evicted) == (850, 850)


def test_on_a_silent_link_the_clock_of_the_packets_goes_on_whatever_the_time_of_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "TICK_S", 0.01)
    monkeypatch.setattr(worker, "WAIT_S", 0.01)
    run = Run(ScriptedSource([some_frames(0, 10)], endless=True))
    run.model.now_ns = 10**12  # of another decade
    before = time.monotonic()
    run.session.start()
    until(lambda: run.model.ticks >= 5)
    run.session.stop()
    assert 10**12 < run.model.now_ns <= 10**12 + (time.monotonic() - before) * 1e9


def test_stop_takes_what_had_arrived() -> None:
    run = Run(ScriptedSource([some_frames(0, 10)], endless=True))
    run.session.start()
    until(lambda: run.model.packets == 10)
    assert run.session.stop()
    assert run.model.finished


@pytest.mark.parametrize("error", [CaptureError("the wire broke", "mend it"), ZeroDivisionError("a fault")])
def test_an_error_of_the_source_is_a_state(error: Exception) -> None:
    run = Run(ScriptedSource([some_frames(0, 10), error]))
    session = run.to_the_end()
    assert session.health.state is State.FAILED
    assert str(error) in session.health.text
    assert session.health.hint
    assert session.snapshot().health.state is State.FAILED
    assert (session.rows.end, run.source.closed) == (10, True)


def test_an_error_of_the_model_is_a_state_and_no_traceback_for_the_user() -> None:
    run = Run(ScriptedSource([some_frames(0, 10)]))
    run.model.fail = KeyError("flow")
    session = run.to_the_end()
    assert session.error is not None
    assert "KeyError" in session.health.text
    assert run.source.out == []


def test_a_damaged_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = written(tmp_path, pcap([packet(n) for n in range(50)])[:-1])
    session = Run(open_capture(path), FileStore(path)).to_the_end()
    assert (session.rows.end, session.health.state) == (49, State.ENDED)
    assert session.damage is not None
    assert "damaged" in session.health.text


def test_a_state_of_the_link_is_shown_while_it_lasts() -> None:
    run = Run(ScriptedSource([State.DOWN], endless=True))
    run.session.start()
    until(lambda: run.session.health.state is State.DOWN)
    run.source.add(State.LIVE, b"again")
    until(lambda: run.session.rows.end == 1)
    assert run.session.health.state is State.LIVE
    run.session.stop()


def test_loss_is_what_the_source_says() -> None:
    session = Run(ScriptedSource([Lose(kernel=5, interface=2), some_frames(0, 1)])).to_the_end()
    assert (session.loss.kernel, session.loss.interface, session.snapshot().loss.lost) == (5, 2, 7)
