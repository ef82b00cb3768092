"""The terminal's bell: once for each incident that is high."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tui.core.alert.alerts import Alert, Severity, Status

MOST = 10_000
"""Incidents remembered; beyond, the bell may ring again for an old one."""


class Bell:
    """Rings once for each incident that is high and open."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._rung: set[str] = set()

    def look(self, alerts: Iterable[object]) -> None:
        """Ring where one of the alerts is high, open, and new."""
        high = {
            alert.incident_id
            for alert in alerts
            if isinstance(alert, Alert) and alert.severity >= Severity.HIGH and alert.status is Status.OPEN
        }
        if high - self._rung:
            self._ring()
        self._rung = high if len(self._rung) > MOST else self._rung | high
