"""Reporting: one pass over captures that gathers what a report shows, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tui.core.alert.alerts import Alert
from tui.core.clock import NS
from tui.core.flow.records import Event, FlowRecords
from tui.detectors.registry import DetectorSet
from tui.detectors.thresholds import Thresholds
from tui.engine.files.offline import ENDED, Batch
from tui.engine.files.summed import flow_table
from tui.engine.files.tally import Tally
from tui.engine.machine import hash_key
from tui.engine.monitor import Monitor
from tui.learning.sample import Sample

MOST_SECONDS = 86_400
"""Seconds of which TCP and UDP are counted."""
KEPT_FLOWS = 50_000
"""Flows scored and drawn."""
MOST_ALERTS = 500
_TRANSPORTS = {"TCP": 6, "UDP": 17}


class Gathering:
    """Feed it batches; `finish` once. Damage and loss are the caller's to tell."""

    def __init__(self) -> None:
        self.sample = Sample(KEPT_FLOWS)
        self.tally = Tally()
        self.missing = 0
        """TCP segments that were sent and are not in the capture: what came after them says so."""
        self._flows = flow_table()
        self._detectors = DetectorSet(Thresholds(), hash_key=hash_key())
        self._monitor = Monitor(detectors=self._detectors)
        self._first_s: int | None = None
        self._transports = {name: np.zeros(0, np.int64) for name in (*_TRANSPORTS, "other")}

    @property
    def left_out(self) -> int:
        """Packets that are in no flow, for lack of room."""
        return self._flows.left_out

    def _add_flows(self, ended: FlowRecords) -> None:
        self.tally.add_flows(ended)
        flows = ended.over_ip()
        self.sample.add(flows)
        self.missing += int(flows.events[Event.LOST_SEGMENT].sum())

    def add(self, batch: Batch) -> None:
        """Count a batch, and let the detectors see it."""
        columns = batch.columns
        if not len(columns):
            return
        # the monitor keeps flows of its own, and writes into the columns as this table does
        self._monitor.ingest(columns.select(np.arange(len(columns))), batch.frames)
        self._flows.update(columns, batch.frames)
        self.tally.add(batch.frames, columns)
        if self._flows.waiting > ENDED:
            self._add_flows(self._flows.take_ended())
        self._count_transports(columns.time_ns // NS, columns.ip_proto)

    def _count_transports(self, seconds: Any, protocols: Any) -> None:
        if self._first_s is None:
            self._first_s = int(seconds[0])
        at = seconds - self._first_s
        inside = (at >= 0) & (at < MOST_SECONDS)
        if not inside.any():
            return
        size = max(int(at[inside].max()) + 1, len(self._transports["TCP"]))
        left = inside.copy()
        for name, counts in self._transports.items():
            own = left & (protocols == _TRANSPORTS[name]) if name in _TRANSPORTS else left
            left &= ~own
            more = np.bincount(at[own], minlength=size)
            more[: len(counts)] += counts
            self._transports[name] = more

    def finish(self) -> None:
        self._flows.end_all()
        self._add_flows(self._flows.take_ended())
        self._monitor.finish()

    @property
    def transports(self) -> tuple[int, dict[str, Sequence[int]]]:
        """First second, and packets per second by transport."""
        return self._first_s or 0, {name: counts.tolist() for name, counts in self._transports.items()}

    def alerts(self) -> list[Alert]:
        """Every incident as it stood last, the gravest first."""
        found = self._detectors.log.alerts(MOST_ALERTS)
        return sorted(found, key=lambda alert: (-alert.severity, alert.first_ns))
