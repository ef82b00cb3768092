"""The session that screens see from afar shows what the watch has: rows, bytes, lists, loss, and the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.captures import read_all
from tests.core.alert.test_log import finding
from tests.engine.attach.watched import Watched, attached, served
from tests.waiting import until
from tui.capture.pcapfile import open_capture
from tui.core.columns import DTYPES
from tui.core.flow.owners import How, Owner, Owners
from tui.core.state import State
from tui.detectors.registry import DetectorSet
from tui.engine.attach import answers
from tui.engine.attach.answers import CALLS
from tui.engine.attach.session import NOTE, AttachedSession
from tui.errors import SaveError
from tui.screens.flows import all_flows
from tui.screens.past import Past


@pytest.fixture
def watched() -> Watched:
    return Watched().receive(1_000)


@pytest.fixture
def looking(watched: Watched, tmp_path: Path) -> Iterator[AttachedSession]:
    with served(watched, tmp_path) as path, attached(path) as session:
        yield session


def test_rows_arrive_as_they_are(watched: Watched, looking: AttachedSession) -> None:
    watched.receive(1_500)
    until(lambda: looking.rows.end == 2_500)
    every = np.arange(2_500)
    here, there = looking.rows.take(every), watched.rows.take(every)
    for name in set(DTYPES) - {"locator"}:
        assert np.array_equal(getattr(here, name), getattr(there, name)), name


def test_many_rows_come_in_several_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(answers, "ROWS", 300)
    with served(Watched().receive(1_000), tmp_path) as path, attached(path) as session:
        until(lambda: session.rows.end == 1_000)


def test_rows_that_go_there_go_here(tmp_path: Path) -> None:
    watched = Watched(keep=600).receive(500)
    with served(watched, tmp_path) as path, attached(path) as session:
        watched.receive(500)
        until(lambda: (session.rows.first, session.rows.end) == (400, 1_000))


def test_rows_begin_anew_where_some_were_missed(tmp_path: Path) -> None:
    watched = Watched(keep=600).receive(100)
    with served(watched, tmp_path) as path:
        watched.receive(900)
        with attached(path) as session:
            assert session.rows.first == 400
            until(lambda: session.rows.end == 1_000)
            assert np.array_equal(
                session.rows.take(np.array([400])).time_ns, watched.rows.take(np.array([400])).time_ns
            )


def test_bytes_arrive_in_any_order_and_as_often_as_asked(watched: Watched, looking: AttachedSession) -> None:
    until(lambda: looking.rows.end == 1_000)
    asked = np.array([999, 0, 7, 7, 5_000])
    frames = looking.reader.read(asked)
    assert [frames.bytes_of(i) for i in range(4)] == [watched.packets[s] for s in asked[:4].tolist()]
    assert frames.caplen[4] == 0
    assert list(frames.length[:4]) == [len(watched.packets[s]) for s in asked[:4].tolist()]


def test_many_bytes_come_in_several_answers(
    watched: Watched, looking: AttachedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "BYTES", 1_000)
    until(lambda: looking.rows.end == 1_000)
    frames = looking.reader.read(np.arange(300))
    assert [frames.bytes_of(i) for i in range(300)] == watched.packets[:300]


def test_no_bytes_are_asked_for_nothing(looking: AttachedSession) -> None:
    assert len(looking.reader.read(np.empty(0, np.int64))) == 0


def test_all_is_saved_here(watched: Watched, looking: AttachedSession, tmp_path: Path) -> None:
    until(lambda: looking.rows.end == 1_000)
    report = looking.save(tmp_path / "all.pcapng")
    assert report.packets == 1_000
    source = open_capture(str(tmp_path / "all.pcapng"))
    assert [data for _, _, data in read_all(source)] == watched.packets
    assert looking.save(tmp_path / "some.pcap", np.array([3, 5])).packets == 2


def test_every_list_that_travels_gives_what_the_model_gives(watched: Watched, looking: AttachedSession) -> None:
    flow = int(watched.rows.take(np.array([0])).flow[0])
    asked: dict[str, Callable[[object], object]] = {
        "flow_rows": lambda model: len(model.flow_rows(limit=10, sort="bytes")),
        "names.rows": lambda model: model.names.rows(),
        "names.named": lambda model: model.names.named(),
        "flow_names.of": lambda model: model.flow_names.of(flow),
        "named_flows": lambda model: model.named_flows(limit=10),
        "near": lambda model: model.near(),
        "trusted": lambda model: model.trusted(),
        "told_alerts": lambda model: model.told_alerts(since=0, limit=100),
    }
    assert set(asked) == set(CALLS)
    for key, build in asked.items():
        until(lambda key=key, build=build: looking.ask(key, build) is not None)
        assert looking.ask(key, build) == build(watched.monitor)


def test_what_does_not_travel_gives_nothing_and_harms_nothing(looking: AttachedSession) -> None:
    assert looking.ask("secrets", lambda model: model.detectors.log) is None
    until(lambda: looking.ask("names", lambda model: model.names.rows()) is not None)
    assert looking.ask("secrets", lambda model: model.detectors.log) is None


def test_a_window_of_time_has_its_flows_and_its_alerts(
    watched: Watched, looking: AttachedSession, caplog: pytest.LogCaptureFixture
) -> None:
    """Each second of it once asked for the log of the alerts, which does not travel, and wrote that it does not."""
    detectors = watched.monitor.lookout.detectors = DetectorSet()
    past = Past(looking)
    times = past.rows.pick(np.arange(1_000), ["time_ns"])[0]
    for row in (50, 500):
        at_ns = int(times[row])
        detectors.log.report(replace(finding(row), first_ns=at_ns, last_ns=at_ns), at_ns // 10**9)
    detectors.log.advance(int(times[999]) // 10**9 + 9)
    past.look(past.index().window(int(times[100]), int(times[900])))
    until(lambda: past.snapshot().window_note == "" and past.ask("flows", all_flows) is not None)
    until(lambda: len(past.snapshot().alerts) == 1)
    past.close()
    assert caplog.records == []


def test_snapshots_follow_and_say_that_they_come_from_afar(watched: Watched, looking: AttachedSession) -> None:
    watched.receive(10)
    until(lambda: looking.snapshot().packets == 1_010)
    assert looking.snapshot().notes[0] == NOTE
    assert looking.unsaved == 0


def test_owners_of_flows_follow(watched: Watched, looking: AttachedSession) -> None:
    assert looking.owners.owner(4) is None
    watched.owners = Owners(np.array([4], np.uint32), np.array([0], np.int32), (Owner(7, "sshd", "root", How.EXACT),))
    until(lambda: looking.owners.owner(4) is not None)


def test_the_end_is_told_and_what_was_read_stays(watched: Watched, tmp_path: Path) -> None:
    with served(watched, tmp_path) as path, attached(path) as session:
        until(lambda: session.rows.end == 1_000)
        path.unlink()
        session.reader.close()
        session._look.close()
        until(lambda: session.ended)
        assert session.snapshot().health.state is State.ENDED
        assert "ended" in session.snapshot().health.text
        assert len(session.rows) == 1_000
        assert session.reader.read(np.array([1])).caplen[0] == 0
        with pytest.raises(SaveError):
            session.save(tmp_path / "late.pcapng")


def test_a_watch_that_ends_by_itself_is_seen_to_its_end(watched: Watched, looking: AttachedSession) -> None:
    watched.receive(5)
    watched.ended = True
    until(lambda: looking.ended)
    assert looking.rows.end == 1_005
