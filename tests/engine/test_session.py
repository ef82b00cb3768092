"""The session: every packet goes to the store, the model and the rows, and others may ask and save."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.captures import packet, pcap, read_all, some_frames, written
from tests.engine.running import Run
from tests.waiting import until
from tui.capture.pacing import PacedSource
from tui.capture.pcapfile import open_capture
from tui.capture.scripted import ScriptedSource
from tui.core.columns import NONE32, Mark
from tui.core.frames import Frames
from tui.core.state import State
from tui.engine.files.offline import OfflineRun
from tui.engine.monitor import Monitor
from tui.engine.session import Session
from tui.engine.worker import Limits
from tui.store.filestore import FileStore
from tui.store.layout import SpoolLayout
from tui.store.spool import SegmentStore


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Callable[[], SegmentStore]]:
    made: list[SegmentStore] = []

    def make() -> SegmentStore:
        made.append(SegmentStore(SpoolLayout(tmp_path / "spool", 64 << 20, {}), lambda: ()))
        return made[-1]

    yield make
    for store in made:
        store.close()


Spool = Callable[[], SegmentStore]


def test_every_packet_is_counted_kept_and_published(spool: Spool) -> None:
    run = Run(ScriptedSource([some_frames(n, 100) for n in range(0, 1000, 100)]), spool())
    session = run.to_the_end()
    assert (run.model.packets, len(session.rows), run.model.finished) == (1000, 1000, True)
    assert session.health.state is State.ENDED
    frames = session.reader.read(np.array([999, 0, 500]))
    assert [frames.bytes_of(i) for i in range(3)] == [packet(999), packet(0), packet(500)]
    assert run.source.out == []
    assert run.source.closed


def test_a_plain_file_is_its_own_store(tmp_path: Path) -> None:
    path = written(tmp_path, pcap([packet(n) for n in range(50)]))
    session = Run(open_capture(path), FileStore(path)).to_the_end()
    assert session.reader.read(np.array([17])).bytes_of(0) == packet(17)
    assert session.unsaved == 0


def test_snapshots_are_built_when_asked_for_and_not_otherwise() -> None:
    run = Run(ScriptedSource([], endless=True))
    run.session.start()
    before = run.session.snapshot()
    until(lambda: run.session.snapshot() is not before)
    run.session.stop()
    assert run.model.snapshots < 20


def test_what_is_asked_is_answered_by_the_worker() -> None:
    run = Run(ScriptedSource([], endless=True))
    run.session.start()
    until(lambda: run.session.ask("thread", lambda _: threading.current_thread().name) is not None)
    assert run.session.ask("thread", lambda _: "") == "nettui-worker"
    done: list[str] = []
    run.session.do(lambda: done.append(threading.current_thread().name))
    until(lambda: bool(done))
    run.session.stop()
    assert done == ["nettui-worker"]


def test_what_is_asked_after_the_end_is_answered_at_once() -> None:
    """Of a file that had been read to its end, the flows screen stayed empty."""
    session = Run(ScriptedSource([some_frames(0, 10)])).to_the_end()
    assert session.ask("anything", lambda _: "an answer") == "an answer"


def test_saving_during_the_capture_and_after_it(spool: Spool, tmp_path: Path) -> None:
    run = Run(ScriptedSource([some_frames(0, 10)], endless=True), spool())
    run.session.start()
    until(lambda: run.session.rows.end == 10)
    assert run.session.unsaved == 10
    assert run.session.save(tmp_path / "a.pcap").packets == 10
    assert run.session.unsaved == 0
    run.source.add(some_frames(10, 5))
    until(lambda: run.session.rows.end == 15)
    assert run.session.unsaved == 5
    run.session.stop()
    run.session.save(tmp_path / "some.pcapng", np.array([3, 12]))
    assert [p for _, _, p in read_all(open_capture(str(tmp_path / "some.pcapng")))] == [packet(3), packet(12)]
    assert run.session.unsaved == 5


def test_an_emergency_save_takes_all_and_removes_the_spool(spool: Spool, tmp_path: Path) -> None:
    run = Run(ScriptedSource([some_frames(0, 1000)], endless=True), spool())
    run.session.start()
    until(lambda: run.session.rows.end == 1000)
    run.session.emergency_stop()
    report = run.session.emergency_save(tmp_path / "out.pcapng")
    assert report is not None
    assert len(read_all(open_capture(str(report.path)))) == 1000
    assert list((tmp_path / "spool").iterdir()) == []


def test_an_emergency_save_does_not_wait_for_a_worker_that_hangs(spool: Spool, tmp_path: Path) -> None:
    class Hanging(ScriptedSource):
        def read(self, timeout_s: float) -> Frames | None:
            frames = super().read(0)
            if frames is None:
                gone.wait(20)
            return frames

    gone = threading.Event()
    run = Run(Hanging([some_frames(0, 10)]), spool())
    run.session.start()
    until(lambda: run.session.rows.end == 10)
    run.session.emergency_stop()
    report = run.session.emergency_save(tmp_path / "out.pcap")
    gone.set()
    assert report is not None
    assert report.packets == 10
    assert run.session.wait(20)


def test_closing_leaves_nothing_behind(spool: Spool, tmp_path: Path) -> None:
    before = set(threading.enumerate())
    run = Run(ScriptedSource([some_frames(0, 10)]), spool())
    run.to_the_end()
    run.session.close()
    assert list((tmp_path / "spool").iterdir()) == []
    assert set(threading.enumerate()) <= before


def test_a_loop_repeats_its_connections_and_marks_nothing_as_sent_twice(demo: Path, spool: Spool) -> None:
    once = sum(len(batch.columns) for batch in OfflineRun([str(demo)]).batches())
    source = PacedSource(lambda: open_capture(str(demo)), math.inf, loop=True)
    replay = Session(source, spool(), Monitor(), Limits(count=2 * once))
    replay.start()
    assert replay.wait(60)
    marks, flows = replay.rows.pick(np.arange(2 * once), ["marks", "flow"])
    resent = (marks & Mark.RETRANSMISSION) != 0
    assert np.array_equal(resent[:once], resent[once:])
    assert not np.isin(flows[once:], flows[:once][flows[:once] != NONE32]).any()
