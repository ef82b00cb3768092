"""Outputs: the worker only hands alerts over; what cannot be passed on is said, and the rest goes on."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.captures import some_frames
from tests.engine.running import Run
from tests.export.test_eve import alert
from tests.waiting import until
from tui.capture.scripted import ScriptedSource
from tui.core.alert.alerts import Alert, Event
from tui.core.alert.decisions import Decisions
from tui.core.alert.response import Response
from tui.core.alert.suppress import Suppression
from tui.engine.alerting.decisions import place
from tui.engine.alerting.outputs import Outputs
from tui.engine.begin import Begun
from tui.engine.rights.privileges import Caller, Sandbox
from tui.engine.session import Session
from tui.settings import Settings


class Model:
    """What a monitor has of listeners, and its lookout in one."""

    def __init__(self) -> None:
        self.lookout = self
        self.listeners: list[Any] = []
        self.on_decision: Any = None
        self.detectors = None

    def tell(self, *alerts: Alert) -> None:
        for listener in self.listeners:
            for one in alerts:
                listener(one)


class Lines:
    """Takes events, or fails."""

    def __init__(self, name: str = "--eve", lasting: bool = False) -> None:
        self.name, self.lasting = name, lasting
        self.got: list[Alert] = []
        self.fail = self.closed = False
        self.thread = ""

    def write(self, told: Alert, response: Response | None = None) -> None:
        self.thread = threading.current_thread().name
        if self.fail:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.got.append(told)

    def close(self) -> None:
        self.closed = True


class Runner:
    """A command of the caller's."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.problem = ""
        self.undone = 0
        self.withheld = "alerts not given to --on-alert"

    def alert(self, event: dict[str, Any]) -> str:
        self.got.append(event)
        return self.problem

    def close(self, timeout_s: float) -> str:
        return ""


def form(told: Alert, interface: str, response: Response | None) -> dict[str, Any]:
    return {"rule": told.rule, "interface": interface, "event": told.event.value}


@pytest.fixture
def session() -> Iterator[Session]:
    run = Run(ScriptedSource([some_frames(0, 10)]))
    yield run.session
    run.session.close()


def followed(session: Session, home: Path, lines: list[Lines], *runners: Runner) -> tuple[Outputs, Model]:
    """Outputs that follow a session whose model is ours."""
    begun = Begun(Settings(), None, Sandbox(Caller(0, 0, "ann", home), True), home, runners=runners)
    outputs, model = Outputs(begun, form, lines), Model()
    outputs.follow(session, "eth0")
    session._desk.serve(model)  # as the worker does, before the first packet
    return outputs, model


def test_every_event_reaches_lines_and_commands_in_order_and_openings_are_counted(
    session: Session, tmp_path: Path
) -> None:
    lines, runner = Lines(), Runner()
    outputs, model = followed(session, tmp_path, [lines], runner)
    opened = alert()
    closed = replace(opened, event=Event.CLOSED)
    model.tell(opened, closed)
    outputs.drain()
    assert lines.got == [opened, closed]
    assert [event["event"] for event in runner.got] == ["open", "closed"]
    assert {event["interface"] for event in runner.got} == {"eth0"}
    assert outputs.opened == {opened.rule: 1}
    assert lines.thread == "nettui-errands", "the worker waits for no file"
    outputs.close()
    assert lines.closed


def test_a_file_that_is_full_gets_nothing_more_and_the_others_go_on(session: Session, tmp_path: Path) -> None:
    full, other = Lines(), Lines("--syslog", lasting=True)
    outputs, model = followed(session, tmp_path, [full, other])
    full.fail = True
    model.tell(alert(), alert())
    outputs.drain()
    full.fail = False
    model.tell(alert())
    outputs.close()
    assert (len(full.got), len(other.got)) == (0, 3)
    assert session.health.warnings == ("--eve no longer gets alerts: No space left on device",)


def test_a_daemon_that_is_away_for_a_while_misses_some(session: Session, tmp_path: Path) -> None:
    daemon = Lines("--syslog", lasting=True)
    outputs, model = followed(session, tmp_path, [daemon])
    daemon.fail = True
    model.tell(alert())
    outputs.drain()
    daemon.fail = False
    model.tell(alert())
    outputs.close()
    assert len(daemon.got) == 1
    assert session.health.warnings == ("--syslog misses alerts: No space left on device",)


def test_what_a_command_could_not_do_is_said(session: Session, tmp_path: Path) -> None:
    runner = Runner()
    runner.problem = "--on-alert has missed alerts"
    outputs, model = followed(session, tmp_path, [], runner)
    model.tell(alert())
    outputs.close()
    assert session.health.warnings == ("--on-alert has missed alerts",)


def test_how_many_alerts_a_command_was_not_given_is_said(session: Session, tmp_path: Path) -> None:
    """They were counted, but nobody was told how many they are."""
    runner = Runner()
    outputs, model = followed(session, tmp_path, [], runner)
    for undone in (0, 1, 2):
        runner.undone = undone
        model.tell(alert())
        outputs.drain()
    outputs.close()
    assert session.health.warnings == ("alerts not given to --on-alert: 2",)


def test_after_the_end_alerts_are_told_to_nobody_and_that_is_said(session: Session, tmp_path: Path) -> None:
    lines = Lines()
    outputs, model = followed(session, tmp_path, [lines])
    outputs.close()
    model.tell(alert(), alert())
    assert lines.got == []
    assert session.health.warnings == ("alerts that could not be passed on: 2",)


def test_a_decision_is_kept_for_the_next_run(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    outputs, model = followed(session, tmp_path, [])
    made = Decisions((Suppression("mine", rule="scan"),))
    model.on_decision(made)
    outputs.drain()
    path = place(outputs._begun, "eth0")
    assert path is not None
    assert Decisions.loads(path.read_bytes()) == made
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("in the way")
    model.on_decision(made)
    outputs.close()
    assert "decisions about alerts are not kept" in session.health.warnings[0]


def test_a_session_is_followed_from_its_first_packet_on(tmp_path: Path) -> None:
    run = Run(ScriptedSource([some_frames(0, 10)], endless=True))
    begun = Begun(Settings(), None, Sandbox(Caller(0, 0, "ann", tmp_path), True), tmp_path)
    model = Model()
    run.session._monitor.lookout = model
    Outputs(begun, form).follow(run.session, "eth0")
    run.session.start()
    until(lambda: run.model.packets == 10)
    assert len(model.listeners) == 1
    run.session.stop()
