"""A session that has counted its invented packets: times, rates, flows and rows belong together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tests.screens.fake import ALERTS, START_NS, FakeSession, packets
from tui.core.columns import Columns
from tui.core.frames import from_packets
from tui.core.snapshot import Snapshot
from tui.engine.monitor import Monitor

NS = 1_000_000_000


def spread(first: int, n: int, begin_ns: int, apart_ns: int) -> Columns:
    """The invented packets, so far apart from each other."""
    made = packets(first, n)
    made.time_ns[:] = begin_ns + np.arange(n) * apart_ns
    made.sport[:] = 1_000 + np.arange(first, first + n) % 50
    made.ip_proto[:] = 17
    return made


@dataclass
class RecordedSession(FakeSession):
    """One packet each `apart_ms`; the model is a real one. `now_ns` moves with the packets."""

    apart_ms: int = 100
    model: Monitor = field(default_factory=Monitor)
    asked: list[str] = field(default_factory=list)

    next_ns: int = START_NS

    def receive(self, n: int) -> RecordedSession:
        made = spread(self.rows.end, n, self.next_ns, self.apart_ms * 1_000_000)
        self.next_ns = int(made.time_ns[-1]) + self.apart_ms * 1_000_000
        self.model.ingest(made, from_packets([bytes(60)] * n, times_ns=made.time_ns.tolist()))
        self._writer.append(made)
        return self

    def snapshot(self) -> Snapshot:
        told = zip(ALERTS, ALERT_NS, strict=True)
        alerts = tuple(replace(alert, first_ns=ns, last_ns=ns, detected_ns=ns) for alert, ns in told)
        made = self.model.snapshot(self.health, self.loss, len(self.rows))
        return replace(made, interface="eth0", alerts=alerts, alert_counts={3: 1, 2: 1, 1: 1})

    def ask(self, key: str, build: Any) -> Any:
        self.asked.append(key)
        return build(self.model)


ALERT_NS = tuple(START_NS + s * NS for s in (50, 30, 10))
"""When the invented alerts were found."""


def at(second: float) -> int:
    """A time of the session."""
    return START_NS + int(second * NS)
