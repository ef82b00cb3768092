"""Findings, which detectors report, and Alerts, which people and programs read."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum, IntEnum

from tui.core.alert.rules import RULES

SECOND_NS = 1_000_000_000
SAMPLES = 32
"""Packet numbers kept as evidence of one incident."""

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Severity(IntEnum):
    """How bad it is, 1 to 4: a hint, worth a look, an attack, an attack that does harm now."""

    INFO = 1
    LOW = 2
    HIGH = 3
    CRITICAL = 4


class Status(Enum):
    """Where an incident stands: what a person has decided about it, or that it is over."""

    OPEN = "open"
    ACKNOWLEDGED = "ack"
    MUTED = "muted"
    CLOSED = "closed"


class Event(Enum):
    """Why an alert is told: an incident begins, it grows worse, it ends."""

    OPEN = "open"
    RAISED = "raised"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One side of an incident; None is "not one", or "not known". `spoofable`: the address may be forged."""

    ip: str | None = None
    port: int | None = None
    mac: str | None = None
    name: str | None = None
    spoofable: bool = False

    def __str__(self) -> str:
        host = self.ip or self.mac or self.name or "?"
        if self.port is None:
            return host
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much, against which limit, in which window."""

    observed: float
    threshold: float
    unit: str
    window_s: float = 0.0
    ratio: float | None = None
    baseline: float | None = None
    samples: tuple[int, ...] = ()
    """Sequence numbers of packets that show it, at most `SAMPLES`; the first packet ever is 0."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The words of an alert: what happened, who it is, what may be wrong, what to do next."""

    what: str
    who: str = ""
    why: str = ""
    next: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a detector reports at the end of a second. Findings that share a key belong to one incident."""

    rule: str
    severity: Severity
    keys: tuple[Hashable, ...]
    src: Endpoint
    dst: Endpoint
    evidence: Evidence
    text: Explanation
    first_ns: int
    last_ns: int
    proto: str = ""
    filter_display: str = ""
    filter_bpf: str = ""
    confidence: float = 0.9
    count: int = 1
    """Packets, attempts or sessions that are new since the last report of the same key."""
    sources: int = 1
    """How many sources take part."""
    sampled: int = 1
    """1:n of the bulk packets were looked at."""
    rank: int = 0
    """Where several rules meet in one incident, the highest (severity, rank) names it."""
    hold_s: int | None = None
    """How long it waits before it is told, where it is not the usual time: a flood is told at once."""
    quiet_s: int = 300
    """The incident closes when nothing was reported for so long."""
    interface: str = ""
    vlan: int | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a person has said of an incident, and when."""

    by: str
    """Who said it: a user's name."""
    at_ns: int
    note: str = ""
    scope: str = ""
    """Of a mute one of `suppress.SCOPES`; "learned" where it was called normal."""
    until_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """One incident as it stood at `detected_ns`; a later event of the same incident is a new Alert."""

    id: str
    incident_id: str
    event: Event
    rule: str
    severity: Severity
    confidence: float
    status: Status
    first_ns: int
    last_ns: int
    detected_ns: int
    count: int
    suppressed: int
    sampled: int
    src: Endpoint
    sources: int
    dst: Endpoint
    proto: str
    interface: str
    vlan: int | None
    evidence: Evidence
    text: Explanation
    filter_display: str
    filter_bpf: str
    tags: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    """Other rules that were folded into the incident."""
    acknowledgement: Acknowledgement | None = None

    @property
    def title(self) -> str:
        """The rule in words."""
        rule = RULES.get(self.rule)
        return rule.title if rule else self.rule

    @property
    def line(self) -> str:
        """The alert in one line, for a log pane or a terminal."""
        return f"{self.severity.name} {self.rule} {self.src} -> {self.dst} {self.text.what}"


def ulid(time_ns: int, *parts: Hashable) -> str:
    """A sortable identifier that the same packets give again: 48 bits of time, 80 bits of a digest of `parts`."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=10).digest()
    number = (max(time_ns, 0) // 1_000_000 & (1 << 48) - 1) << 80 | int.from_bytes(digest, "big")
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
