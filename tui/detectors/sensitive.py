"""Sensitive services: tried and refused, opened from the internet, or used for the first time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from tui.core.alert.alerts import SAMPLES, SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.columns import address_text
from tui.core.inside import is_local
from tui.core.ipproto import TCP
from tui.detectors.bounded import remember
from tui.detectors.moment import Detector, Moment
from tui.detectors.outcomes import Connections, How
from tui.detectors.words import bpf, listed, show


@dataclass(frozen=True, slots=True)
class SensitiveThresholds:
    """Limits of `sensitive_port`, of one source."""

    services: int = 4
    """Different sensitive services that refused one source."""
    ratio: float = 0.5
    """... and this share of those that it has tried."""
    window_s: int = 600
    ports: tuple[int, ...] = (
        23, 135, 445, 512, 513, 514, 1433, 2049, 2375, 3306, 3389, 5432, 5900, 6379, 9200, 10250, 11211, 27017,
        161, 623,
    )  # fmt: skip


def ends(c: Connections, i: int) -> tuple[str, str]:
    kind = int(c.kind[i])
    client = address_text(kind, int(c.client_hi[i]), int(c.client_lo[i])) or "?"
    return client, address_text(kind, int(c.server_hi[i]), int(c.server_lo[i])) or "?"


@dataclass(slots=True)
class _Tried:
    """What one source has tried of the sensitive ports."""

    tried: dict[int, tuple[int, bool, int, str]] = field(default_factory=dict)
    """By port: time, refused, packet number, host."""
    told: int = 0


class SensitiveDetector(Detector):
    """`sensitive_port`: SMB, RDP, databases and the like refuse one source, or are opened where they should not."""

    rules = ("sensitive_port",)

    def __init__(self, limits: SensitiveThresholds) -> None:
        self._limits = limits
        self._ports = np.array(limits.ports, np.uint16)
        self._sources: dict[str, _Tried] = {}
        self._edge = 0

    def decide(self, moment: Moment) -> Iterable[Finding]:
        c = moment.results.outcomes
        self._edge = edge = moment.now_ns - self._limits.window_s * SECOND_NS
        if not len(c):
            return []
        rows = np.flatnonzero(np.isin(c.sport, self._ports))
        found: list[Finding] = []
        touched: dict[str, None] = {}
        for i in rows[:2_048].tolist():
            client, server = ends(c, i)
            how, port = int(c.how[i]), int(c.sport[i])
            ok = how == How.OK
            if ok and not is_local(client) and is_local(server) and c.proto[i] == TCP:
                found.append(self._outside(c, i, client, server))
            elif ok and moment.known and f"{client} {server}:{port}/TCP" not in moment.known.contacts:
                found.append(self._first(c, i, client, server))
            if how == How.NO_ANSWER and c.proto[i] != TCP:
                continue
            if client not in self._sources:
                remember(self._sources, client, _Tried())
            self._sources[client].tried[port] = (int(c.start_ns[i]), not ok, int(c.number[i]), server)
            touched[client] = None
        for client in touched:
            source = self._sources.get(client)
            if source is not None and (finding := self._refused(client, source, edge)):
                found.append(finding)
        return found

    def near(self) -> Iterable[Near]:
        limits = self._limits
        for client, source in self._sources.items():
            recent = [entry for entry in source.tried.values() if entry[0] >= self._edge]
            bad = sum(entry[1] for entry in recent)
            ratio = bad / len(recent) if recent else 0.0
            held = f"only {ratio:.0%} refused" if ratio < limits.ratio else ""
            yield Near("sensitive_port", bad, limits.services, "services", client, held, ratio / limits.ratio)

    def _refused(self, client: str, source: _Tried, edge: int) -> Finding | None:
        for port in [p for p, entry in source.tried.items() if entry[0] < edge]:
            del source.tried[port]
        bad = {p: e for p, e in source.tried.items() if e[1]}
        limits = self._limits
        if len(bad) < limits.services or len(bad) < limits.ratio * len(source.tried) or len(bad) <= source.told:
            return None
        source.told = len(bad)
        hosts = sorted({e[3] for e in bad.values()})
        return Finding(
            rule="sensitive_port",
            severity=Severity.LOW,
            keys=(("scan", client),),
            src=Endpoint(client),
            dst=Endpoint(hosts[0] if len(hosts) == 1 else None, name=f"{len(hosts)} hosts"),
            evidence=Evidence(
                len(bad), limits.services, "services", limits.window_s, len(bad) / len(source.tried),
                samples=tuple(e[2] for e in bad.values())[:SAMPLES],
            ),
            text=Explanation(
                f"{len(bad)} different sensitive services refused {client} in {limits.window_s // 60} min (limit "
                f"{limits.services}): ports {listed(sorted(bad))}.",
                f"Tried at {listed(hosts, 3)}.",
                "A monitoring system whose targets are down looks the same.",
                ("is this your monitoring? learn it as normal", f"look on {client} for what tries this"),
            ),
            first_ns=min(e[0] for e in bad.values()),
            last_ns=max(e[0] for e in bad.values()),
            proto="TCP",
            filter_display=show(client, also="tcp.flags.syn == 1"),
            filter_bpf=bpf(also=f"src host {client}"),
            confidence=0.75,
            rank=1,
        )  # fmt: skip

    def _outside(self, c: Connections, i: int, client: str, server: str) -> Finding:
        port = int(c.sport[i])
        return self._single(
            c, i, client, server, Severity.HIGH,
            f"{client} in the internet opened port {port} of {server}: not a service for outsiders.",
            ("close the port to the internet", "look in the service's log for what was done"),
        )  # fmt: skip

    def _first(self, c: Connections, i: int, client: str, server: str) -> Finding:
        port = int(c.sport[i])
        return self._single(
            c, i, client, server, Severity.INFO,
            f"{client} uses port {port} of {server} for the first time since the network was learned.",
            ("if this is right, learn it as normal",),
        )  # fmt: skip

    def _single(
        self, c: Connections, i: int, client: str, server: str, severity: Severity, what: str, then: tuple[str, ...]
    ) -> Finding:
        port = int(c.sport[i])
        return Finding(
            rule="sensitive_port",
            severity=severity,
            keys=(("sensitive", client, server, port) if severity is Severity.INFO else ("sensitive", client),),
            src=Endpoint(client),
            dst=Endpoint(server, port),
            evidence=Evidence(1, 1, "connections", samples=(int(c.number[i]),)),
            text=Explanation(what, next=then),
            first_ns=int(c.start_ns[i]),
            last_ns=int(c.last_ns[i]),
            proto="TCP",
            filter_display=show(client, server, also=f"tcp.port == {port}"),
            filter_bpf=bpf(client, server, also=f"tcp port {port}"),
            confidence=0.8,
        )
