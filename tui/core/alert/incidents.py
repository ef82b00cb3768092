"""Incident: the findings that share a key, gathered; what was told of it, and what a person decided."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace

from tui.core.alert.alerts import (
    SAMPLES,
    SECOND_NS,
    Acknowledgement,
    Alert,
    Endpoint,
    Event,
    Evidence,
    Explanation,
    Finding,
    Severity,
    Status,
    ulid,
)
from tui.core.alert.rules import RULES

KEYS = 256
"""Keys that one incident may gather: a decoy scan joins one for each source."""


@dataclass(slots=True, eq=False)
class Incident:
    """What is known of one incident; `tui.core.alert.log.AlertLog` writes it. Seconds are those of packet time."""

    id: str
    best: Finding
    """The finding that names it: the highest (severity, rank), then the largest figure."""
    held_until: int
    """The second in which it may be told first."""
    first_ns: int
    last_ns: int
    last_s: int
    """The second of the last finding."""
    keys: set[Hashable] = field(default_factory=set)
    count: int = 0
    """Packets, attempts or sessions of all findings."""
    suppressed: int = 0
    """Findings that came after it was closed."""
    samples: list[int] = field(default_factory=list)
    rules: set[str] = field(default_factory=set)
    """All rules that have found it."""
    status: Status = Status.OPEN
    told: int = 0
    """How often it was told; 0 while it waits. The next fields are as they were told last."""
    told_s: int = 0
    told_severity: int = 0
    told_observed: float = 0.0
    told_rule: str = ""
    silent: bool = False
    """The limiter kept it silent: too many incidents in a minute."""
    acknowledgement: Acknowledgement | None = None

    def absorb(self, finding: Finding, second: int) -> None:
        """Add a finding of that second. At their bounds keys and samples of earlier findings stay."""
        self.count += finding.count
        self.first_ns = min(self.first_ns, finding.first_ns)
        self.last_ns = max(self.last_ns, finding.last_ns)
        self.last_s = max(self.last_s, second)
        self.rules.add(finding.rule)
        self.keys.update(finding.keys[: max(0, KEYS - len(self.keys))])
        room = SAMPLES - len(self.samples)
        if room > 0:
            known = set(self.samples)
            self.samples.extend([s for s in finding.evidence.samples if s not in known][:room])
        same = finding.rule == self.best.rule and finding.evidence.observed >= self.best.evidence.observed
        better = (finding.severity, finding.rank) > (self.best.severity, self.best.rank)
        if better or (same and finding.severity >= self.best.severity):
            self.best = finding

    @property
    def grown(self) -> float:
        """How many times its figure is what was told last."""
        if self.best.rule != self.told_rule:
            return 1.0
        return self.best.evidence.observed / self.told_observed if self.told_observed else 1.0

    def alert(self, event: Event, second: int | None = None) -> Alert:
        """The incident as it stands, as an immutable record told at `second`."""
        best = self.best
        told_s = self.told_s if second is None else second
        return Alert(
            id=ulid(told_s * SECOND_NS, self.id, event.value, self.told),
            incident_id=self.id,
            event=event,
            rule=best.rule,
            severity=best.severity,
            confidence=best.confidence,
            status=self.status,
            first_ns=self.first_ns,
            last_ns=self.last_ns,
            detected_ns=told_s * SECOND_NS,
            count=self.count,
            suppressed=self.suppressed,
            sampled=best.sampled,
            src=best.src,
            sources=best.sources,
            dst=best.dst,
            proto=best.proto,
            interface=best.interface,
            vlan=best.vlan,
            evidence=replace(best.evidence, samples=tuple(sorted(self.samples))),
            text=best.text,
            filter_display=best.filter_display,
            filter_bpf=best.filter_bpf,
            tags=best.tags,
            related=tuple(sorted(self.rules - {best.rule})),
            acknowledgement=self.acknowledgement,
        )


def worth(incident: Incident) -> tuple[bool, int, int]:
    """The order in which incidents are given up when there are too many: closed, then mild, then old."""
    return incident.status is not Status.CLOSED, int(incident.best.severity), incident.last_s


def storm(count: int, limit: int, last: Finding) -> Finding:
    """That `count` incidents were not told, more than `limit` having been in a minute; `last` is one of them."""
    title = RULES[last.rule].title if last.rule in RULES else last.rule
    return Finding(
        rule="nettui.storm",
        severity=Severity.LOW,
        keys=(("storm",),),
        src=Endpoint(name="many"),
        dst=Endpoint(name="many"),
        evidence=Evidence(count, limit, "incidents", 60.0, samples=last.evidence.samples[:1]),
        text=Explanation(
            f"{count:,} more incidents than the {limit} a minute that are told; the last one: {title}.",
            why="Many incidents at once are often one attack with forged addresses, or one limit set too low.",
            next=("look at the incidents that were told first", "raise the limit of the rule that fires most"),
        ),
        first_ns=last.first_ns,
        last_ns=last.last_ns,
    )
