"""The incidents of a window of time, each as it stood at the window's end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tui.core.alert.alerts import Alert, Status
from tui.core.alert.log import KEPT_EVENTS
from tui.core.window import Window


@dataclass(frozen=True, slots=True)
class Told:
    """What a log has told since somebody last asked, oldest first, and what a person has decided so far."""

    total: int
    """Events ever told."""
    events: tuple[Alert, ...] = ()
    decided: dict[str, Status] = field(default_factory=dict)
    """By incident; those that nobody decided about are missing."""


class Memory:
    """Every event of a log that is still known, for windows that lie before now; asks only for what is new."""

    def __init__(self) -> None:
        self.total = 0
        """Events that were heard of; what is asked for next begins here."""
        self._events: deque[Alert] = deque(maxlen=KEPT_EVENTS)
        self._decided: dict[str, Status] = {}

    def hear(self, told: Told) -> None:
        """Take an answer; one that repeats what is known changes nothing."""
        if told.total < self.total:  # another log
            self.total = 0
            self._events.clear()
        new = told.total - self.total
        if new:
            self._events.extendleft(told.events[-new:])
        self.total, self._decided = told.total, told.decided

    def alerts(self, now: Iterable[Alert], window: Window) -> list[Alert]:
        """The incidents that lasted at some time of the window, newest first. `now`: as the newest stand now."""
        everything = (*self._events, *now)  # newest first
        found: dict[str, Alert] = {}
        for alert in everything:
            if alert.detected_ns < window.end_ns:
                found.setdefault(alert.incident_id, alert)
        if not window.whole:  # told only after the window's end: its first word stands for it
            for alert in (*reversed(self._events), *now):
                found.setdefault(alert.incident_id, alert)
        there = {alert.incident_id for alert in everything if window.overlaps(alert.first_ns, alert.last_ns)}
        listed = [self._as_decided(alert) for alert in found.values() if alert.incident_id in there]
        return sorted(listed, key=lambda alert: alert.detected_ns, reverse=True)

    def _as_decided(self, alert: Alert) -> Alert:
        status = self._decided.get(alert.incident_id)
        return replace(alert, status=status) if status else alert
