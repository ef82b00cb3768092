"""AlertLog: findings become incidents. Holds, merges, counts, limits, and remembers what a person decided."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import partial

from tui.core.alert.alerts import SECOND_NS, Acknowledgement, Alert, Event, Finding, Severity, Status, ulid
from tui.core.alert.decisions import ACKNOWLEDGED_NS, Decisions
from tui.core.alert.hushed import Hushed
from tui.core.alert.incidents import KEYS, Incident, storm, worth
from tui.core.alert.suppress import SCOPES, Suppression
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
        self._undo: list[Callable[[], None]] = []
        self._now_s = 0
        self.total = 0
        """Events ever told; `since` counts by it."""
        self.storm = 0
        """Incidents that the limiter kept silent."""
        self.suppressions: list[Suppression] = []
        self._hushed = Hushed()
        self.learned: set[Hashable] = set()
        """Keys of what a person called normal."""
        self.learned_hits = 0
        self.acknowledged: dict[Hashable, Acknowledgement] = {}
        """By key, so that what comes again tomorrow, or after a restart, still counts as seen."""

    # ------------------------------------------------------------------ what the detectors call

    def report(self, finding: Finding, second: int) -> None:
        """Take one finding of the second that has just ended."""
        if self._unwanted(finding, second):
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
        """The incident stays visible, but no longer asks for attention."""
        incident = self._find(incident_id)
        before = (incident.status, incident.acknowledgement)
        if incident.status is not Status.CLOSED:
            incident.status = Status.ACKNOWLEDGED
        seen = Acknowledgement(by, at_ns, note, until_ns=at_ns + ACKNOWLEDGED_NS)
        incident.acknowledgement = seen
        keys = incident.best.keys
        self.acknowledged.update(dict.fromkeys(keys, seen))

        def back() -> None:
            incident.status, incident.acknowledgement = before
            for key in keys:
                self.acknowledged.pop(key, None)

        self._undo.append(back)

    def unsee(self, seen: Acknowledgement) -> None:
        """What was acknowledged in an earlier run asks for attention again."""
        for key in [key for key, how in self.acknowledged.items() if how == seen]:
            del self.acknowledged[key]
        for incident in self._incidents.values():
            if incident.acknowledgement == seen:
                incident.acknowledgement = None
                if incident.status is Status.ACKNOWLEDGED:
                    incident.status = Status.OPEN

    def mute(self, incident_id: str, scope: str, by: str, at_ns: int, duration_s: int | None = 3_600) -> Suppression:
        """Silence this pair, this source or this rule for a time; None is for good."""
        if scope not in SCOPES:
            raise UsageError(f"no such scope: {scope}", "one of " + ", ".join(SCOPES))
        incident = self._find(incident_id)
        best = incident.best
        until = None if duration_s is None else at_ns + duration_s * SECOND_NS
        muted = Suppression(
            reason=f"muted by {by}",
            rule=best.rule,
            src=(best.src.ip or best.src.mac or "") if scope != "rule" else "",
            dst=(best.dst.ip or best.dst.mac or "") if scope == "pair" else "",
            until_ns=until,
        )
        before = (incident.status, incident.acknowledgement)
        if incident.status is not Status.CLOSED:
            incident.status = Status.MUTED
        incident.acknowledgement = Acknowledgement(by, at_ns, "", scope, until)
        self.suppressions.append(muted)

        def back() -> None:
            incident.status, incident.acknowledgement = before
            self.suppressions.remove(muted)

        self._undo.append(back)
        return muted

    def learn(self, incident_id: str, by: str, at_ns: int) -> tuple[Hashable, ...]:
        """This is normal: its keys are never told again. Returns what was added."""
        incident = self._find(incident_id)
        new = tuple(sorted(set(incident.best.keys) - self.learned, key=repr))
        before = (incident.status, incident.acknowledgement)
        self.learned.update(new)
        if incident.status is not Status.CLOSED:
            incident.status = Status.MUTED
        incident.acknowledgement = Acknowledgement(by, at_ns, "learned as normal", "learned")

        def back() -> None:
            incident.status, incident.acknowledgement = before
            self.learned.difference_update(new)

        self._undo.append(back)
        return new

    @property
    def decisions(self) -> Decisions:
        """What is to be remembered in the next run: all that is still in force."""
        now_ns = self._now_s * SECOND_NS
        return Decisions(
            tuple(s for s in self._in_force() if not s.given),
            tuple(sorted(self.learned, key=repr)),
            tuple((k, how) for k, how in self.acknowledged.items() if (how.until_ns or 0) > now_ns),
        )

    @property
    def quiet(self) -> tuple[int, int]:
        """(mute rules in force and things learned as normal, findings that they have silenced)."""
        return len(self._in_force()) + len(self.learned), sum(s.hits for s in self.suppressions) + self.learned_hits

    def _in_force(self) -> list[Suppression]:
        now_ns = self._now_s * SECOND_NS
        return [s for s in self.suppressions if s.until_ns is None or s.until_ns > now_ns]

    def undo(self) -> bool:
        """Take the last decision back, and tell what it has just silenced; False where there is none."""
        if not self._undo:
            return False
        self._undo.pop()()
        silenced, self._hushed = self._hushed.recent(self._now_s), Hushed()
        for finding in silenced:
            self.report(finding, self._now_s)
        return True

    # ------------------------------------------------------------------ within

    def _find(self, incident_id: str) -> Incident:
        incident = self._incidents.get(incident_id)
        if incident is None:
            raise UsageError(f"no such incident: {incident_id}", "it may have been closed and forgotten")
        return incident

    def _unwanted(self, finding: Finding, second: int) -> bool:
        if self.learned and not self.learned.isdisjoint(finding.keys):
            self.learned_hits += 1
            self._hush(finding, second)
            return True
        for suppression in self.suppressions:
            if suppression.matches(finding, finding.last_ns):
                suppression.hits += 1
                self._hush(finding, second)
                return True
        return self._hushed.covers(finding, second)

    def _hush(self, finding: Finding, second: int) -> None:
        """What is held back of the same under another name is not told either."""
        self._hushed.add(finding, second)
        for key in finding.keys:
            incident = self._by_key.get(key)
            if incident is not None and not incident.told and self._hushed.covers(incident.best, second):
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
        for seen in (self.acknowledged.get(key) for key in finding.keys) if self.acknowledged else ():
            if seen and (seen.until_ns or 0) > finding.last_ns:
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


def restore(log: AlertLog, decisions: Decisions) -> None:
    """Put kept decisions into a new log; they can be undone like new ones."""
    for muted in decisions.muted:
        log.suppressions.append(muted)
        log._undo.append(partial(log.suppressions.remove, muted))
    for key in decisions.learned:
        log.learned.add(key)
        log._undo.append(partial(log.learned.discard, key))
    log.acknowledged.update(decisions.acknowledged)
    for seen in dict.fromkeys(how for _, how in decisions.acknowledged):
        log._undo.append(partial(log.unsee, seen))
