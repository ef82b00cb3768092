"""What a window remembers of alerts: as each incident stood at its end, whatever was told since."""

from __future__ import annotations

from tests.core.alert.test_log import NS, finding
from tui.core.alert.alerts import Status
from tui.core.alert.log import AlertLog
from tui.core.alert.windowed import Memory, Told
from tui.core.window import Window


def log_of(*seconds: int) -> AlertLog:
    """One incident at each of the seconds, all of them told."""
    log = AlertLog()
    for second in seconds:
        log.report(finding(second, at=second), second)
        log.advance(second + 3)
    return log


def told(log: AlertLog, since: int = 0) -> Told:
    return Told(log.total, log.since(since), log.decided())


def window(start: int, end: int) -> Window:
    return Window(start * NS, end * NS, 0, 0)


def test_what_is_heard_again_is_known_once() -> None:
    log, memory = log_of(10, 20), Memory()
    for _ in range(2):
        memory.hear(told(log))
    assert memory.total == log.total == len(memory._events)
    assert [alert.first_ns // NS for alert in memory.alerts((), window(0, 99))] == [20, 10]


def test_a_late_answer_adds_only_what_is_new() -> None:
    log, memory = log_of(10), Memory()
    memory.hear(told(log))
    log.report(finding("later", at=30), 30)
    log.advance(40)
    memory.hear(told(log, since=0))
    assert len(memory._events) == log.total == 2


def test_an_incident_stands_as_at_the_end_of_the_window() -> None:
    log, memory = log_of(10), Memory()
    log.advance(1_000)
    memory.hear(told(log))
    assert [a.event.value for a in memory.alerts(log.alerts(), window(0, 50))] == ["open"]
    assert [a.event.value for a in memory.alerts(log.alerts(), window(0, 2_000))] == ["closed"]
    assert memory.alerts(log.alerts(), window(20, 50)) == []


def test_what_a_person_decided_later_is_shown_in_every_window() -> None:
    log, memory = log_of(10), Memory()
    log.acknowledge(log.alerts()[0].incident_id, "me", 60 * NS)
    memory.hear(told(log))
    assert [a.status for a in memory.alerts((), window(0, 50))] == [Status.ACKNOWLEDGED]
    log.undo()
    memory.hear(told(log))
    assert [a.status for a in memory.alerts((), window(0, 50))] == [Status.OPEN]


def test_another_log_begins_anew() -> None:
    memory = Memory()
    memory.hear(told(log_of(10, 20)))
    memory.hear(told(log_of(30)))
    assert [alert.first_ns // NS for alert in memory.alerts((), window(0, 99))] == [30]
