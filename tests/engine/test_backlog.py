"""While the model imports its parts, packets are kept and listed; then they are counted in order, each once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.captures import packet, some_frames
from tests.engine.nostore import NoStore
from tests.engine.running import Model
from tests.waiting import until
from tui.capture.scripted import Lose, ScriptedSource, Step
from tui.core.columns import Columns
from tui.core.frames import Frames
from tui.core.state import State
from tui.engine import backlog
from tui.engine.session import Session
from tui.engine.worker import Limits
from tui.store.layout import SpoolLayout
from tui.store.spool import SegmentStore


class Careful(Model):
    """Notes the bytes of every packet that it counts."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[bytes] = []

    def count(self, columns: Columns, frames: Frames) -> None:
        super().count(columns, frames)
        assert (columns.time_ns == frames.time_ns).all()
        self.seen += [frames.bytes_of(i) for i in range(len(frames))]


class Slow:
    """What the model needs, when it is let go."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self.fail: Exception | None = None

    def __call__(self) -> None:
        self.begun.set()
        assert self.go.wait(20)
        if self.fail:
            raise self.fail


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.go.set()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SegmentStore]:
    made = SegmentStore(SpoolLayout(tmp_path, 64 << 20, {}), lambda: ())
    yield made
    made.close()


Started = Callable[..., tuple[Session, ScriptedSource, Careful]]


@pytest.fixture
def started(slow: Slow, store: SegmentStore) -> Iterator[Started]:
    made: list[Session] = []

    def start(*steps: Step, **options: object) -> tuple[Session, ScriptedSource, Careful]:
        source, model = ScriptedSource(steps, endless=True), Careful()
        kept = options.pop("store", store)
        session = Session(source, kept, model, Limits(**options), prepare=slow)
        if steps:
            session.shown()
        session.start()
        made.append(session)
        return session, source, model

    yield start
    slow.go.set()
    for session in made:
        session.stop()


def test_packets_are_kept_and_listed_before_the_model_is_ready(started: Started, slow: Slow) -> None:
    """The worker imported with packets in the kernel's ring: a kill lost seconds of them."""
    session, source, model = started(some_frames(0, 10))
    assert slow.begun.wait(20)
    source.add(some_frames(10, 10))
    until(lambda: session.rows.end == 20)
    frames = session.reader.read(np.array([19]))
    assert frames.bytes_of(0) == packet(19)
    assert model.packets == 0


def test_what_waited_is_counted_in_order_and_once(started: Started, slow: Slow) -> None:
    session, source, model = started(*(some_frames(n, 10) for n in range(0, 100, 10)), keep_packets=25)
    until(lambda: session.rows.end == 100)
    slow.go.set()
    source.add(some_frames(100, 10))
    until(lambda: model.packets == 110)
    assert model.seen == [packet(n) for n in range(110)]


def test_a_run_that_ends_meanwhile_counts_everything(started: Started, slow: Slow) -> None:
    session, _, model = started(some_frames(0, 10), some_frames(10, 10), count=20)
    until(lambda: session.rows.end == 20)
    slow.go.set()
    assert session.wait(20)
    assert model.seen == [packet(n) for n in range(20)]
    assert model.finished


def test_who_leaves_before_the_first_packet_imports_nothing(started: Started, slow: Slow) -> None:
    session, _, model = started()
    session.stop()
    assert not slow.begun.is_set()
    assert model.finished


def test_where_nothing_is_drawn_the_model_is_made_before_the_first_packet(slow: Slow) -> None:
    """It was imported while the first seconds of a busy link came in."""
    session = Session(ScriptedSource(endless=True), NoStore(), Careful(), prepare=slow)
    session.shown()
    session.start()
    assert slow.begun.wait(20)
    slow.go.set()
    session.stop()


def test_a_signal_waits_for_packets_and_not_for_imports(started: Started, slow: Slow) -> None:
    session, _, model = started(Lose(kernel=3), some_frames(0, 10))
    until(lambda: session.rows.end == 10)
    session.emergency_stop()
    assert session.rows.end == 10
    assert model.packets == 0
    assert not session.ended
    assert session.loss.kernel == 3, "counted at once: nobody knows how long the rest takes"


def test_memory_is_bounded_while_the_model_is_awaited(
    started: Started, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "MOST_PACKETS", 30)
    session, _, model = started(*(some_frames(n, 10) for n in range(0, 100, 10)))
    until(lambda: session.rows.end == 40)
    slow.go.set()
    until(lambda: model.packets == 100)
    assert model.seen == [packet(n) for n in range(100)]


def test_a_fault_in_what_the_model_needs_is_a_state(started: Started, slow: Slow) -> None:
    slow.fail = ZeroDivisionError("a fault")
    session, source, _ = started(some_frames(0, 10))
    until(lambda: session.rows.end == 10)
    slow.go.set()
    until(lambda: session.ended)
    assert session.health.state is State.FAILED
    assert "a fault" in session.health.text
    assert source.out == []


def test_packets_that_are_not_kept_are_counted_all_the_same(started: Started, slow: Slow) -> None:
    session, _, model = started(some_frames(0, 10), store=NoStore())
    until(lambda: session._backlog.packets == 10)
    slow.go.set()
    until(lambda: model.packets == 10)
    assert model.seen == [b""] * 10
