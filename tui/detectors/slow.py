"""Slow HTTP denial of service: many connections that are kept open by asking so slowly that it never ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tui.core.alert.alerts import SAMPLES, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.columns import address_text
from tui.detectors.attempts import Attempts
from tui.detectors.batch import ported
from tui.detectors.moment import Detector, Moment
from tui.detectors.outcomes import Connections
from tui.detectors.tables import groups
from tui.detectors.words import amount, bpf, show

EVERY_S = 2
"""Open connections are looked through so often."""


@dataclass(frozen=True, slots=True)
class DosThresholds:
    """Limits of `dos.slowloris`: one client at one service."""

    slowloris_connections: int = 50
    """Connections that are fed like this at one time."""
    slowloris_open_s: float = 8.0
    """The client has gone on for so long since the server's last word."""
    slowloris_bytes_per_s: float = 1_000.0
    """... and has sent less than this."""


class SlowDetector(Detector):
    """`dos.slowloris`: one client keeps many connections open by sending a little now and then, and is never done."""

    rules = ("dos.slowloris",)

    def __init__(self, limits: DosThresholds, attempts: Attempts) -> None:
        self._limits = limits
        self._attempts = attempts
        self._now_ns = 0

    @property
    def idle(self) -> bool:
        return not self._attempts.any_open

    def near(self) -> Iterable[Near]:
        c = self._waiting(self._now_ns)
        if not len(c):
            return
        first, _, count = groups(c.client ^ (c.server + ported(c.sport)))
        most = int(count.argmax())
        i = int(first[most])
        source = address_text(int(c.kind[i]), int(c.client_hi[i]), int(c.client_lo[i])) or "?"
        limit = self._limits.slowloris_connections
        yield Near("dos.slowloris", float(count[most]), limit, "connections", f"{source} > port {int(c.sport[i])}")

    def _waiting(self, now_ns: int) -> Connections:
        """Fed by the client for so long, and so slowly, that the server waits in vain for the whole."""
        limits = self._limits
        return self._attempts.fed_slowly(now_ns, limits.slowloris_open_s, limits.slowloris_bytes_per_s)

    def decide(self, moment: Moment) -> Iterable[Finding]:
        self._now_ns = moment.now_ns
        if moment.second % EVERY_S or not self._attempts.open_at_least(self._limits.slowloris_connections):
            return []
        c = self._waiting(moment.now_ns)
        if len(c) < self._limits.slowloris_connections:
            return []
        _, group, count = groups(c.client ^ (c.server + ported(c.sport)))
        many = np.flatnonzero(count >= self._limits.slowloris_connections)
        return [self._finding(c.take(group == g)) for g in many[:16].tolist()]

    def _finding(self, c: Connections) -> Finding:
        kind, port = int(c.kind[0]), int(c.sport[0])
        source = address_text(kind, int(c.client_hi[0]), int(c.client_lo[0])) or "?"
        target = address_text(kind, int(c.server_hi[0]), int(c.server_lo[0])) or "?"
        limit = self._limits.slowloris_connections
        return Finding(
            rule="dos.slowloris",
            severity=Severity.HIGH,
            keys=(("dos.slowloris", source, target, port),),
            src=Endpoint(source),
            dst=Endpoint(target, port),
            evidence=Evidence(len(c), limit, "connections", 0.0, samples=tuple(np.sort(c.number)[:SAMPLES].tolist())),
            text=Explanation(
                f"{amount(len(c))} connections to port {port} (limit {limit}), in which the client has gone on for "
                f"more than {self._limits.slowloris_open_s:.0f} s, bit by bit, and the server has said nothing since.",
                f"All from {source}.",
                "Programs that only send, such as loggers and sensors, look alike if they open as many; those that "
                "wait for news (long polling), web sockets and uploads do not.",
                ("limit connections per client at the server", "set a time limit for request headers"),
            ),
            first_ns=int(c.start_ns.min()),
            last_ns=int(c.last_ns.max()),
            proto="TCP",
            filter_display=show(source, target, also=f"tcp.port == {port}"),
            filter_bpf=bpf(source, target, also=f"tcp port {port}"),
            count=len(c),
            quiet_s=120,
        )
