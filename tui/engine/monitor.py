"""Monitor: the only writer of the model. It is fed columns and a clock, and gives immutable snapshots."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from tui.core.alert.log import AlertLog
from tui.core.alert.nearness import Near
from tui.core.alert.response import Guard, trusted
from tui.core.alert.windowed import Told
from tui.core.arrays import run_starts
from tui.core.clock import NS, PacketClock
from tui.core.columns import Columns
from tui.core.counters import ProtocolCounter, Talkers
from tui.core.flow.listed import FlowList, FlowRows
from tui.core.flow.names import MAX_FLOWS, FlowNames, NamedFlows
from tui.core.flow.records import FlowRecords
from tui.core.flow.table import FlowTable
from tui.core.frames import Frames, Int64
from tui.core.names import UNLIMITED, NameEvent, NameReader
from tui.core.namestable import NamesTable
from tui.core.protocols import NAMES
from tui.core.rates import Rates
from tui.core.snapshot import Health, Loss, Snapshot
from tui.engine.effort import Effort
from tui.engine.lookout import Detectors, Lookout

STEP_BUDGET = 1_000
"""Segments in one second of live traffic that are walked through to find where a message ends (about 100 us each)."""
NAME_BUDGET = 2_000
"""Packets whose names are read in one second of live traffic (about 30 us each); the rest is counted as skipped."""
TOP = 50
"""Talkers of each kind in a snapshot."""
ENDED = 16_384
"""Flows that have ended wait for each other until there are more, or until somebody looks."""
ALERTS = 500
"""Alerts in a snapshot, newest first."""


class Monitor:
    """Counters, series, flows, names and detectors of one session. One thread writes; snapshots go anywhere."""

    def __init__(
        self,
        *,
        interface: str = "",
        generation: int = 0,
        live: bool = False,
        detectors: Detectors | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        """`notes`: standing facts about the session, for the status bar."""
        self.notes = notes
        self.interface = interface
        self.generation = generation
        self.lookout = Lookout(detectors)
        self.flows = FlowTable(collect=True)
        self.clock = PacketClock()
        self.rates = Rates()
        self.protocols = ProtocolCounter()
        self.talkers = Talkers()
        self.packets = 0
        self.bytes = 0
        self.first_ns = 0
        self.skipped_names = 0
        self._effort = Effort()
        self._flow_list = FlowList()
        self._round_ns = 0
        """How long one round of a replay in a loop takes; 0 in all else."""
        self.names = NamesTable()
        self.flow_names = FlowNames()
        self._names = NameReader()
        self._budget = NAME_BUDGET if live else UNLIMITED
        self._steps = STEP_BUDGET if live else math.inf
        self.flows.dialogues.left = self._steps
        self._names_left = self._budget
        self._second: int | None = None
        """The second of the packet clock that is being filled."""

    @property
    def detectors(self) -> Detectors | None:
        return self.lookout.detectors

    @property
    def now_ns(self) -> int:
        """The packet clock."""
        return self.clock.now_ns

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was switched off after a failure, and what was left out under load."""
        left_out = {
            "detail skipped under load: {:,} packets": self._effort.shortened,
            "in no flow, for lack of room: {:,} packets": self.flows.left_out,
            "times not believed, counted at others: {:,} packets": self.clock.doubted,
            "minutes no longer in the chart: {:,}": self.rates.dropped_minutes,
        }
        return (*self.lookout.warnings, *(what.format(n) for what, n in left_out.items() if n))

    def press(self, pressure: float) -> None:
        """Which part of the source's buffer waits (0 to 1): the fuller, the less is made of the packets to come."""
        before = self._effort.level
        self._effort.press(pressure)
        level = self._effort.level
        if level is before:
            return
        self._names_left = min(self._names_left, int(self._budget * level.names))
        self.lookout.ease(level.sample)

    def ingest(self, columns: Columns, frames: Frames) -> None:
        """Count a batch, in order; fills the flow columns in place."""
        self.annotate(columns, frames)
        self.count(columns, frames)

    def begin_round(self, length_ns: int) -> None:
        """A replay begins again after so long: the flows so far have ended, or all of it would be marked as sent twice.

        Of each flow the last round is listed: the same ones a hundred times over say nothing.
        """
        self.flows.end_all()
        self._round_ns = length_ns

    def annotate(self, columns: Columns, frames: Frames) -> None:
        """Fill in what only the packets before can tell: flow, stream, marks, protocol."""
        if len(columns):
            level = self._effort.level
            self.flows.update(columns, frames, analysis=level.analysis, dialogues=level.dialogues)
            self._effort.count(len(columns))

    def count(self, columns: Columns, frames: Frames) -> None:
        """Everything else, of packets that are annotated."""
        if not len(columns):
            return
        if not self.packets:
            self.first_ns = int(columns.time_ns[0])
        if self.flows.waiting > ENDED:
            self._take_ended()
        clock = self.clock.advance(columns.time_ns)
        self.rates.update(clock, columns.length, columns.protocol, self.packets)
        self.protocols.update(columns.protocol, columns.length)
        names = self._read_names(columns, frames)
        self.names.add(names)
        self.flow_names.add(names, columns)
        self._watch(columns, frames, clock, names)
        self.packets += len(columns)
        self.bytes += int(columns.length.sum(dtype=np.int64))

    def watch(self, columns: Columns, frames: Frames) -> None:
        """Only show the packets to the detectors: for runs that want alerts and nothing else, in half the memory."""
        if not len(columns):
            return
        if not self.packets:
            self.first_ns = int(columns.time_ns[0])
        clock = self.clock.advance(columns.time_ns)
        self._watch(columns, frames, clock, self._read_names(columns, frames))
        self.packets += len(columns)

    def tick(self, time_ns: int) -> None:
        """Move the clock on a link that is silent."""
        if self.packets:
            self._enter(self.clock.tick(time_ns) // NS)

    def finish(self) -> None:
        """No packet will come any more: what waits for answers is decided."""
        if self.packets:
            self._enter(self.clock.now_ns // NS + 1)
            self.lookout.finish(self.clock.now_ns)

    def snapshot(self, health: Health | None = None, loss: Loss | None = None, kept: int = 0) -> Snapshot:
        """The model as it stands; the session adds what only it knows."""
        now = self.clock.now_ns
        self._take_ended()
        self.talkers.count(self.flows.untold())
        packets, volume = self.rates.last_second(now)
        log = self.detectors.log if self.detectors else None
        return Snapshot(
            generation=self.generation,
            interface=self.interface,
            health=health or Health(warnings=self.warnings),
            first_ns=self.first_ns,
            now_ns=now,
            packets=self.packets,
            bytes=self.bytes,
            packets_per_s=float(packets),
            bits_per_s=8.0 * volume,
            loss=loss or Loss(skipped_names=self.skipped_names),
            kept=kept,
            protocols=self.protocols.counts(NAMES),
            talkers=self.talkers.top_addresses(TOP),
            ports=self.talkers.top_ports(TOP),
            pairs=self.talkers.top_pairs(TOP),
            series=self.rates.series(NAMES),
            alerts=log.alerts(ALERTS) if log else (),
            alert_counts=log.counts() if log else {},
            quiet=log.quiet if log else (0, 0),
            learning=self.lookout.learning,
            notes=self.notes,
            flows=self.flows.total,
            flows_held=len(self.flows),
        )

    def flow_rows(self, limit: int = 1_000, sort: str = "bytes", descending: bool = True) -> FlowRows:
        """The flows held and those that ended last, sorted; for a screen, which asks through the session."""
        self._list_ended()
        return self._flow_list.rows(self.flows, self.clock.now_ns, limit, sort, descending)

    def named_flows(self, limit: int = MAX_FLOWS) -> NamedFlows:
        """What the flows called their servers; for filters, which ask through the session."""
        return NamedFlows(self.packets, self.flow_names.newest(limit))

    def recent_flows(self, limit: int) -> tuple[FlowRecords, int]:
        """The flows that spoke last, and how many there ever were; for the learner, which asks through the session."""
        self._list_ended()
        return self._flow_list.recent(self.flows, limit), self.flows.total

    def near(self) -> list[Near]:
        """How near each rule is to its limit now, the nearest first; none while there are no detectors."""
        return self.lookout.near()

    def told_alerts(self, since: int, limit: int) -> Told:
        """What was told of incidents after the first `since` events; for windows, which ask through the session."""
        return self.lookout.told(since, limit)

    def trusted(self) -> Guard:
        """Whom no suggested command may name, as far as this link tells."""
        return trusted(self)

    def decide(self, act: Callable[[AlertLog], object]) -> None:
        """Acknowledge, mute, learn or undo."""
        self.lookout.act(act)

    def _take_ended(self) -> None:
        """Count the flows that have ended: many at once cost half as much each."""
        if not self.flows.waiting:
            return
        ended = self.flows.take_ended()
        self.talkers.count(ended)
        self._flow_list.add_ended(ended)

    def _list_ended(self) -> None:
        self._take_ended()
        if self._round_ns:
            self._flow_list.forget(self.clock.now_ns - self._round_ns)

    def _enter(self, second: int) -> None:
        """The clock has reached `second`: everything before it may be decided."""
        last, self._second = self._second, second
        if last is None or second <= last:
            return
        self._names_left = self._budget if self._effort.full else int(self._budget * self._effort.level.names)
        self.flows.dialogues.left = self._steps
        self.lookout.decide(last, second)

    def _read_names(self, columns: Columns, frames: Frames) -> list[NameEvent]:
        events, skipped = self._names.read(frames, columns, self._names_left)
        self._names_left -= len(events)
        self.skipped_names += skipped
        return events

    def _watch(self, columns: Columns, frames: Frames, clock: Int64, names: list[NameEvent]) -> None:
        """Show the packets to the detectors, cut at whole seconds of the packet clock."""
        if self.detectors is None:
            self._enter(int(clock[-1]) // NS)
            return
        rows = [event.row for event in names]
        for second, start, stop in _seconds(clock):
            self._enter(second)
            cut = slice(start, stop)
            inside = [replace(e, row=e.row - start) for e in names[bisect_left(rows, start) : bisect_left(rows, stop)]]
            self.lookout.show(columns.select(cut), frames.select(cut), self.packets + start, inside)


def _seconds(clock: Int64) -> Iterator[tuple[int, int, int]]:
    """(second, first row, row after the last) of each run within one second."""
    second = clock // NS
    starts = run_starts(second)
    stops = [*starts[1:].tolist(), len(second)]
    yield from zip(second[starts].tolist(), starts.tolist(), stops, strict=True)
