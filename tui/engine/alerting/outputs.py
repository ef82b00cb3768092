"""Outputs: what follows from an alert beside the screen: lines, a command of the caller's, a webhook, packets saved.

The worker only hands alerts over; a file that does not take them, or a slow disk, never keeps a packet waiting.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tui.core.alert.alerts import Alert, Event
from tui.core.alert.decisions import Decisions
from tui.core.alert.response import Guard, Response, suggest, trusted
from tui.core.baseline import Baseline
from tui.engine.alerting.decisions import keep, place
from tui.engine.alerting.evidence import Evidence
from tui.engine.alerting.kept import tidy
from tui.engine.begin import Begun
from tui.engine.errands import Errands

if TYPE_CHECKING:
    from tui.engine.monitor import Monitor
    from tui.engine.session import Session

DRAIN_S = 5.0
"""How long the end of a run waits for packets that are being saved."""

Form = Callable[[Alert, str, Response | None], dict[str, Any]]
"""From an alert, the name of its interface and a response to what programs read: `tui.export.eve.eve`."""

logger = logging.getLogger(__name__)


class Lines(Protocol):
    """Takes events one by one: `tui.export.alertsink.EveFile` and `EveSyslog`."""

    @property
    def name(self) -> str:
        """The option that asked for it."""
        ...

    @property
    def lasting(self) -> bool:
        """Whether a next line may be taken where one was not."""
        ...

    def write(self, alert: Alert, response: Response | None = None) -> None:
        """OSError where the line cannot be written."""
        ...

    def close(self) -> None: ...


class Outputs:
    """One for a run; follows each of its sessions, one after the other."""

    def __init__(self, begun: Begun, form: Form, lines: Sequence[Lines] = ()) -> None:
        settings = begun.settings
        self._begun = begun
        self.opened: Counter[str] = Counter()
        """Incidents by rule; written by the worker."""
        self.errands = Errands()
        self._untold = 0
        """Alerts that nothing followed from: too much was waiting."""
        self._runners = begun.runners
        self._form = form
        self._lines = list(lines)
        self._evidence = Evidence(settings.evidence, settings.record, settings.evidence or begun.save_dir)

    def follow(self, session: Session, interface: str) -> None:
        """From its first packet on; call it before the session is started."""
        decided = place(self._begun, interface)
        learned = place(self._begun, interface, "baseline")

        def listen(monitor: Monitor) -> bool:
            lookout = monitor.lookout
            lookout.listeners.append(partial(self._on_alert, session, monitor, interface))
            if decided:
                lookout.on_decision = lambda made: self._remember(session, decided, made)
            if learned:
                lookout.on_learned = lambda known: self._remember_learned(session, learned, known)
            return True

        session.ask("outputs", listen)

    def drain(self) -> None:
        """Before a session's packets go: save those that are evidence."""
        self.errands.drain(DRAIN_S)

    def close(self, timeout_s: float = DRAIN_S) -> None:
        """Do what waits, then let files and helpers go."""
        if not self.errands.close(timeout_s):
            logger.warning("not all that alerts set off could be done in %s s", timeout_s)
        for lines in self._lines:
            lines.close()
        for runner in self._runners:
            if problem := runner.close(timeout_s):
                logger.warning("%s", problem)

    def _on_alert(self, session: Session, monitor: Monitor, interface: str, alert: Alert) -> None:
        """In the worker."""
        if alert.event is Event.OPEN:
            self.opened[alert.rule] += 1
        known = trusted(monitor) if self._begun.settings.suggest else None
        if not self.errands.give(partial(self._tell, session, interface, alert, known)):
            self._untold += 1
            session.warn("alerts that could not be passed on", self._untold)

    def _remember(self, session: Session, path: Path, made: Decisions) -> None:
        """In the worker."""

        def write() -> None:
            try:
                keep(path, made.dumps())
            except OSError as error:
                session.warn(f"decisions about alerts are not kept: {error.strerror}")

        if not self.errands.give(write):
            session.warn("decisions about alerts are not kept: too much waits to be written")

    def _remember_learned(self, session: Session, path: Path, known: Baseline) -> None:
        """In the worker, which goes on to write to what it has learned: the text is made here."""
        text = known.dumps()
        named = {self._begun.settings.baseline.resolve()} if self._begun.settings.baseline else set()

        def write() -> None:
            try:
                keep(path, text)
                tidy(path.parent, {path, *named}, time.time())
            except OSError as error:
                session.warn(f"what was learned is not kept: {error.strerror}")
            else:
                logger.info("what was learned is in %s", path)

        if not self.errands.give(write):
            session.warn("what was learned is not kept: too much waits to be written")

    def _tell(self, session: Session, interface: str, alert: Alert, known: Guard | None) -> None:
        response = suggest(alert, self._begun.guard(known)) if known else None
        for lines in tuple(self._lines):
            try:
                lines.write(alert, response)
            except OSError as error:
                if not lines.lasting:
                    self._lines.remove(lines)
                session.warn(f"{lines.name} {'misses' if lines.lasting else 'no longer gets'} alerts: {error.strerror}")
        for runner in self._runners:
            if problem := runner.alert(self._form(alert, interface, response)):
                session.warn(problem)
            if runner.undone:
                session.warn(runner.withheld, runner.undone)
        self._evidence.take(session, alert, interface)
