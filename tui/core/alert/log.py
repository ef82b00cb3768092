"""AlertLog: findings of detectors become incidents, and incidents are told as alerts.

A finding joins the incidents that share one of its keys (`report`). A new incident is held for a moment, told, told
again when it grows, closed when it has gone quiet, and forgotten later (`advance`). What a person decides about one is
in `judge.py`, what is not told for that reason in `silence.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, replace

from tui.core.alert.alerts import SECOND_NS, Alert, Event, Finding, Severity, Status, ulid
from tui.core.alert.decisions import Decisions
from tui.core.alert.incidents import KEYS, Incident, storm, worth
from tui.core.alert.judge import Judge
from tui.core.alert.silence import Silence
from tui.core.alert.suppress import Suppression
from tui.errors import UsageError

KEPT_EVENTS = 4_096
"""Events that a late reader can still ask for; older ones are counted only."""


@dataclass(frozen=True, slots=True)
class AlertLimits:
    """When an incident is told, and when not. All in seconds of packet time."""

    incidents: int = 1_000
    hold_s: int = 2
    """A new incident waits so long: a scan absorbs its probes, a decoy scan its decoys."""
    growth: float = 10.0
    """An open incident is told again when its figure has grown so many times (Slips)."""
    again_s: int = 3_600
    """... or when it still goes on after so long; a closed one of the same key stays silent so long (Zeek)."""
    per_minute: int = 30
    """New incidents told in a minute; what is beyond becomes one record."""


class AlertLog:
    """Written by one thread. All times come from packets; nothing here reads a clock."""

    def __init__(self, limits: AlertLimits | None = None) -> None:
        self.limits = limits or AlertLimits()
        self._incidents: dict[str, Incident] = {}
        self._by_key: dict[Hashable, Incident] = {}
        self._events: deque[Alert] = deque(maxlen=KEPT_EVENTS)
        self._opened: deque[int] = deque()
        self._now_s = 0
        self.total = 0
        """Events ever told; `since` counts by it."""
        self.storm = 0
        """Incidents that the limiter kept silent."""
        self.silence = Silence()
        self._judge = Judge(self.silence, self._incidents)

    # ------------------------------------------------------------------ what the detectors call

    def report(self, finding: Finding, second: int) -> None:
        """Take one finding of the second of packet time that has just ended."""
        if self.silence.holds_back(finding, second):
            self._forget_twins(finding, second)
            return
        if self.silence.covers(finding, second):
            return
        found: dict[str, Incident] = {}
        for key in finding.keys:
            incident = self._by_key.get(key)
            if incident is not None:
                found[incident.id] = incident
        incident = self._merge(list(found.values())) if found else self._create(finding, second)
        incident.absorb(finding, second)
        for key in incident.keys:
            self._by_key[key] = incident
        if incident.told:
            self._told_before(incident, second)

    def advance(self, second: int) -> None:
        """Move the clock: open what was held long enough, close what has gone quiet, forget the old."""
        self._now_s = max(self._now_s, second)
        for incident in list(self._incidents.values()):
            if not incident.told and not incident.silent:
                if second >= incident.held_until:
                    self._open(incident, second)
            elif incident.status is not Status.CLOSED:
                if second - incident.last_s >= incident.best.quiet_s:
                    self._close(incident, second)
            elif second - max(incident.told_s, incident.last_s) >= self.limits.again_s:
                self._forget(incident)

    def finish(self, second: int) -> None:
        """The capture has ended: open what is held, close everything."""
        self._now_s = max(self._now_s, second)
        for incident in list(self._incidents.values()):
            if not incident.told and not incident.silent:
                self._open(incident, second)
        for incident in list(self._incidents.values()):
            if incident.status is not Status.CLOSED:
                self._close(incident, second)

    def any_open(self, least: Severity = Severity.LOW) -> bool:
        return any(i.status is not Status.CLOSED and i.best.severity >= least for i in self._incidents.values())

    # ------------------------------------------------------------------ what readers ask

    def since(self, total: int) -> tuple[Alert, ...]:
        """The events told after the first `total`, oldest first, as far as they are kept."""
        new = min(self.total - total, len(self._events))
        return tuple(list(self._events)[len(self._events) - new :]) if new > 0 else ()

    def alerts(self, most: int = 1_000) -> tuple[Alert, ...]:
        """Every incident that was told, as it stands now, newest first."""
        told = [i for i in self._incidents.values() if i.told]
        told.sort(key=lambda i: (i.last_ns, i.id), reverse=True)
        return tuple(i.alert(Event.CLOSED if i.status is Status.CLOSED else Event.OPEN) for i in told[:most])

    @property
    def holding(self) -> bool:
        """Whether an incident waits to be told."""
        return any(not i.told and not i.silent for i in self._incidents.values())

    def counts(self) -> dict[int, int]:
        """Open incidents by severity."""
        found: dict[int, int] = {}
        for incident in self._incidents.values():
            if incident.told and incident.status is Status.OPEN:
                severity = int(incident.best.severity)
                found[severity] = found.get(severity, 0) + 1
        return found

    def decided(self) -> dict[str, Status]:
        """The incidents that a person has acknowledged or muted."""
        done = (Status.ACKNOWLEDGED, Status.MUTED)
        return {i.id: i.status for i in self._incidents.values() if i.told and i.status in done}

    # ------------------------------------------------------------------ what a person decides

    def acknowledge(self, incident_id: str, by: str, at_ns: int, note: str = "") -> None:
        """The incident stays visible, but no longer asks for attention. UsageError where there is no such incident."""
        self._judge.acknowledge(self._find(incident_id), by, at_ns, note)

    def mute(self, incident_id: str, scope: str, by: str, at_ns: int, duration_s: int | None = 3_600) -> Suppression:
        """Silence this pair, this source or this rule for a time; None is for good.

        UsageError where there is no such incident, or no such scope.
        """
        return self._judge.mute(self._find(incident_id), scope, by, at_ns, duration_s)

    def learn(self, incident_id: str, by: str, at_ns: int) -> tuple[Hashable, ...]:
        """This is normal: its keys are never told again. Returns the keys that were new; UsageError as above."""
        return self._judge.learn(self._find(incident_id), by, at_ns)

    def undo(self) -> bool:
        """Take the last decision back, and report what it has just silenced; False where there is none."""
        if not self._judge.undo():
            return False
        for finding in self.silence.forget_lately(self._now_s):
            self.report(finding, self._now_s)
        return True

    def restore(self, decisions: Decisions) -> None:
        """Take over what was decided in an earlier run; it can be undone like new decisions."""
        self._judge.restore(decisions)

    @property
    def decisions(self) -> Decisions:
        """What is to be remembered in the next run: all that is still in force."""
        return self._judge.decisions(self._now_s * SECOND_NS)

    @property
    def quiet(self) -> tuple[int, int]:
        """(mute rules in force and things learned as normal, findings that they have silenced)."""
        return self.silence.counts(self._now_s * SECOND_NS)

    # ------------------------------------------------------------------ within

    def _find(self, incident_id: str) -> Incident:
        incident = self._incidents.get(incident_id)
        if incident is None:
            raise UsageError(f"no such incident: {incident_id}", "it may have been closed and forgotten")
        return incident

    def _forget_twins(self, finding: Finding, second: int) -> None:
        """Incidents that wait to be told, and are the same attempts as this silenced finding, are not told either."""
        for key in finding.keys:
            incident = self._by_key.get(key)
            if incident is not None and not incident.told and self.silence.covers(incident.best, second):
                self._forget(incident)

    def _create(self, finding: Finding, second: int) -> Incident:
        if len(self._incidents) >= self.limits.incidents:
            self._forget(min(self._incidents.values(), key=worth))
        incident = Incident(
            id=ulid(second * SECOND_NS, *finding.keys),
            best=finding,
            held_until=second + (self.limits.hold_s if finding.hold_s is None else finding.hold_s),
            first_ns=finding.first_ns,
            last_ns=finding.last_ns,
            last_s=second,
        )
        self._incidents[incident.id] = incident
        if seen := self._judge.acknowledgement(finding):
            incident.status, incident.acknowledgement = Status.ACKNOWLEDGED, seen
        return incident

    def _merge(self, found: list[Incident]) -> Incident:
        """One incident of several that a finding joins: the one told first takes in those that nobody has seen."""
        found.sort(key=lambda i: (not i.told, i.status is Status.CLOSED, i.first_ns, i.id))
        keep = found[0]
        for other in found[1:]:
            keep.absorb(replace(other.best, count=other.count), other.last_s)
            keep.keys.update(list(other.keys)[: max(0, KEYS - len(keep.keys))])
            if other.told and other.status is not Status.CLOSED:
                self._close(other, self._now_s)
            self._forget(other)
        return keep

    def _told_before(self, incident: Incident, second: int) -> None:
        worse = incident.best.severity > incident.told_severity
        if incident.status is Status.CLOSED:
            incident.suppressed += 1
            if not worse and incident.grown < self.limits.growth:
                return
            incident.status = Status.OPEN
        stale = second - incident.told_s >= self.limits.again_s
        if incident.status is Status.OPEN and (worse or stale or incident.grown >= self.limits.growth):
            self._tell(incident, Event.RAISED, second)

    def _open(self, incident: Incident, second: int) -> None:
        while self._opened and second - self._opened[0] >= 60:
            self._opened.popleft()
        if incident.best.rule != "nettui.storm":
            if len(self._opened) >= self.limits.per_minute:
                incident.silent = True
                self.storm += 1
                self.report(storm(self.storm, self.limits.per_minute, incident.best), second)
                return
            self._opened.append(second)
        self._tell(incident, Event.OPEN, second)

    def _close(self, incident: Incident, second: int) -> None:
        incident.status = Status.CLOSED
        if incident.told:
            self._tell(incident, Event.CLOSED, second)

    def _tell(self, incident: Incident, event: Event, second: int) -> None:
        incident.told += 1
        incident.told_s = second
        incident.told_severity = max(incident.told_severity, int(incident.best.severity))
        incident.told_observed = incident.best.evidence.observed
        incident.told_rule = incident.best.rule
        self._events.append(incident.alert(event, second))
        self.total += 1

    def _forget(self, incident: Incident) -> None:
        self._incidents.pop(incident.id, None)
        for key in incident.keys:
            if self._by_key.get(key) is incident:
                del self._by_key[key]
