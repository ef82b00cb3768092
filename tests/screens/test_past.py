"""A window of a session: rows, counters, flows, names and alerts of its time, and of no other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.screens.recorded import RecordedSession, at
from tests.waiting import until
from tui.core.snapshot import Snapshot
from tui.core.window import Window
from tui.screens.flows import all_flows
from tui.screens.names import all_names
from tui.screens.past import Past


@pytest.fixture
def past() -> Iterator[Past]:
    """A minute, ten packets a second."""
    made = Past(RecordedSession().receive(600))
    yield made
    made.close()


def settled(past: Past) -> Snapshot:
    """The snapshot once the window is counted."""
    counting = past._counting
    assert counting is not None
    until(lambda: counting.complete or counting.problem is not None)
    return past.snapshot()


def look(past: Past, start: float | None, end: float | None) -> Window:
    times = (None if second is None else at(second) for second in (start, end))
    window = past.index().window(*times)
    past.look(window)
    return window


def test_without_a_window_nothing_is_changed_and_nothing_is_counted(past: Past) -> None:
    assert past.snapshot().packets == 600
    assert past.rows is past.session.rows
    assert past._counting is None
    assert past.sequences is None


@pytest.mark.parametrize(
    ("start", "end", "first", "stop"),
    [(10, 20, 100, 200), (10.05, 20.0, 101, 200), (None, 5, 0, 50), (55, None, 550, 600), (-9, 999, 0, 600)],
)
def test_a_window_has_the_packets_of_its_time(
    past: Past, start: float | None, end: float | None, first: int, stop: int
) -> None:
    window = look(past, start, end)
    assert (window.first, window.end) == (first, stop)
    assert (past.rows.first, past.rows.end) == (first, stop)
    assert past.sequences is not None
    assert past.sequences.tolist() == list(range(first, stop))


def test_counters_are_those_of_the_window(past: Past) -> None:
    look(past, 10, 20)
    snapshot = settled(past)
    assert (snapshot.packets, snapshot.kept, snapshot.packets_per_s) == (100, 100, 10.0)
    assert sum(p.packets for p in snapshot.protocols) == 100
    assert sum(t.sent_packets for t in snapshot.talkers) == 100
    assert int(snapshot.series.packets.sum()) == 100
    assert snapshot.bytes == int(past.session.rows.take(np.arange(100, 200)).length.sum())


def test_state_loss_and_clock_stay_those_of_the_session(past: Past) -> None:
    before = past.session.snapshot()
    look(past, 10, 20)
    snapshot = settled(past)
    assert (snapshot.loss, snapshot.health, snapshot.now_ns) == (before.loss, before.health, before.now_ns)


def test_what_arrives_stays_out_of_the_window(past: Past) -> None:
    look(past, 50, None)
    settled(past)
    past.session.receive(100)
    assert len(past.rows) == 100
    assert past.snapshot().packets == 100


def test_a_window_that_grows_is_counted_on(past: Past) -> None:
    look(past, None, 5)
    first = past._counting
    settled(past)
    look(past, None, 30)
    assert past._counting is first
    assert sum(p.packets for p in settled(past).protocols) == 300


def test_a_window_that_begins_elsewhere_cancels_the_count_before(past: Past) -> None:
    look(past, 0, 5)
    first = past._counting
    look(past, 10, 20)
    assert first is not None
    assert first.wait(10)
    assert past._counting is not first


def test_flows_have_the_counts_of_the_window(past: Past) -> None:
    look(past, 10, 20)
    settled(past)
    rows = past.ask("flows", all_flows)
    assert rows is not None
    assert int(rows.flows.packets.sum()) == 100
    assert rows.flows.first_ns.min() >= at(10)
    assert past.ask("flows", all_flows) is rows


def test_what_else_is_asked_goes_to_the_session(past: Past) -> None:
    look(past, 10, 20)
    assert past.ask("something", lambda model: model.packets) == 600


def test_names_are_read_anew(past: Past) -> None:
    look(past, 10, 20)
    until(lambda: past.ask("all names", all_names) is not None)
    assert past.ask("all names", all_names) == []


@pytest.mark.parametrize(
    ("start", "end", "rules"),
    [
        (5, 20, ["brute.ssh"]),
        (25, 60, ["scan.vertical", "device.new"]),
        (11, 20, []),
        (None, 35, ["device.new", "brute.ssh"]),
    ],
)
def test_alerts_are_those_of_the_window(past: Past, start: float | None, end: float, rules: list[str]) -> None:
    look(past, start, end)
    snapshot = past.snapshot()
    assert [alert.rule for alert in snapshot.alerts] == rules
    assert sum(snapshot.alert_counts.values()) == len(rules)


def test_a_window_that_is_gone_says_so_and_keeps_its_rates() -> None:
    past = Past(RecordedSession(keep=100).receive(600))
    look(past, 10, 20)
    snapshot = settled(past)
    assert (len(past.rows), snapshot.window_note) == (0, "packets not retained")
    assert (snapshot.packets, int(snapshot.series.packets.sum())) == (100, 100)
    assert snapshot.bytes > 0
    look(past, 40, 60)
    assert past.unretained.startswith("packets from ")
    assert settled(past).kept == 100
    past.close()


def test_a_window_may_be_moved(past: Past) -> None:
    index = past.index()
    window = index.window(at(10), at(20))
    assert index.moved(window, 5 * 10**9) == index.window(at(15), at(25))
    assert index.moved(window, -99 * 10**9) == index.window(at(0), at(10))
    assert index.moved(window, 99 * 10**9).end_ns == index.now_ns + 1
    assert index.moved(index.window(None, at(20)), -(10**10)) == index.window(None, at(10))
