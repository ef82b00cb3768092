from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.core.tcpflows import START_NS, Segment, columns, handshake
from tui.core.alert.log import AlertLog
from tui.core.baseline import Baseline
from tui.core.clock import BELIEVED_AFTER, NS
from tui.core.columns import Columns, Mark
from tui.core.flow.held import FlowLimits
from tui.core.flow.table import FlowTable
from tui.core.frames import Frames, from_packets
from tui.engine.effort import LEVELS
from tui.engine.lookout import EMPTY_SECONDS
from tui.engine.monitor import Monitor


class Recorder:
    """Detectors that remember what they were shown."""

    learning: float | None = None
    learned: Baseline | None = None
    kept: Baseline | None = None

    def __init__(self) -> None:
        self.log = AlertLog()
        self.calls: list[tuple[Any, ...]] = []

    def observe(self, columns: Columns, frames: Frames, first_sequence: int, names: Sequence[object]) -> None:
        assert len(columns) == len(frames)
        self.calls.append(("observe", first_sequence, len(columns)))

    def decide(self, second: int) -> None:
        self.calls.append(("decide", second - START_NS // NS))

    def finish(self, last_ns: int) -> None:
        self.calls.append(("finish",))


def feed(monitor: Monitor, segments: list[Segment]) -> None:
    seen = columns(segments)
    frames = from_packets([bytes(60)] * len(segments), times_ns=seen.time_ns.tolist())
    monitor.ingest(seen, frames)


def test_detectors_see_packets_cut_at_whole_seconds() -> None:
    recorder = Recorder()
    monitor = Monitor(detectors=recorder)
    feed(monitor, [Segment(False, "S", 1, ms=ms) for ms in (0, 500, 1200, 3000)])
    monitor.finish()
    assert recorder.calls == [
        ("observe", 0, 2), ("decide", 1), ("observe", 2, 1), ("decide", 2), ("decide", 3), ("observe", 3, 1),
        ("decide", 4), ("finish",),
    ]  # fmt: skip


def test_a_long_silence_is_decided_at_its_end_only() -> None:
    recorder = Recorder()
    monitor = Monitor(detectors=recorder)
    feed(monitor, [Segment(False, "S", 1, ms=0), Segment(False, "S", 1, ms=1000.0 * (EMPTY_SECONDS + 50))])
    assert [c for c in recorder.calls if c[0] == "decide"] == [("decide", EMPTY_SECONDS + 50)]


def test_a_detector_that_fails_is_switched_off_and_the_rest_goes_on() -> None:
    class Broken(Recorder):
        def observe(self, *_: object) -> None:
            raise ValueError("no")

    monitor = Monitor(detectors=Broken())
    feed(monitor, handshake())
    feed(monitor, handshake(ms=50, host=2))
    assert monitor.snapshot().packets == 6
    assert monitor.warnings == ("detectors off: ValueError",)


def test_a_silent_link_moves_on_by_its_ticks() -> None:
    recorder = Recorder()
    monitor = Monitor(detectors=recorder)
    feed(monitor, handshake())
    monitor.tick(START_NS + 2 * NS)
    assert recorder.calls[-2:] == [("decide", 1), ("decide", 2)]


def test_a_snapshot_sums_to_the_packets() -> None:
    monitor = Monitor()
    feed(monitor, [*handshake(), Segment(False, "", 0, ms=1500, proto=17, host=3)])
    shot = monitor.snapshot()
    assert (shot.packets, shot.bytes) == (4, 4 * 54)
    assert sum(p.packets for p in shot.protocols) == 4
    assert int(shot.series.packets.sum()) == 4
    assert shot.packets_per_s == 3.0
    assert sum(t.sent_packets for t in shot.talkers) == 4


def test_flows_are_listed_with_those_that_ended_and_sorted() -> None:
    monitor = Monitor()
    feed(monitor, [Segment(False, "S", 1, ms=h, host=h, size=h) for h in range(1, 9)])
    rows = monitor.flow_rows(limit=3, sort="bytes")
    assert (rows.total, rows.flows.bytes[0].tolist()) == (8, [62, 61, 60])
    assert monitor.flow_rows(limit=2, sort="src", descending=False).flows.src_lo.tolist() == [0x0A000001, 0x0A000002]
    feed(monitor, [Segment(False, "S", 7, ms=1000, host=1)])
    rows = monitor.flow_rows(sort="first", descending=False)
    assert (rows.total, np.flatnonzero(rows.ended).tolist()) == (9, [0])


def test_under_pressure_less_is_made_of_packets_and_that_is_said() -> None:
    class Eased(Recorder):
        def ease(self, sample: int) -> None:
            self.calls.append(("ease", sample))

    again = [*handshake(), Segment(False, "P.", 101, 501, 20, 20), Segment(False, "P.", 101, 501, 20, 400)]
    recorder = Eased()
    calm, pressed = Monitor(), Monitor(detectors=recorder)
    pressed.press(1.0)
    marks = []
    for monitor in (calm, pressed):
        seen = columns(again)
        monitor.ingest(seen, from_packets([bytes(60)] * len(again), times_ns=seen.time_ns.tolist()))
        marks.append(bool(seen.marks[-1] & Mark.RETRANSMISSION))
    assert marks == [True, False]
    assert pressed.warnings == ("detail skipped under load: 5 packets",)
    assert not calm.warnings
    pressed.press(0.0)
    assert recorder.calls[0] == ("ease", LEVELS[-1].sample)
    assert recorder.calls[-1] == ("ease", LEVELS[0].sample)
    assert calm.snapshot().protocols == pressed.snapshot().protocols


def test_times_that_are_not_believed_and_minutes_that_are_forgotten_are_told() -> None:
    """Both were counted, and nobody was ever told."""
    day_ms, month_ms = 86_400_000.0, 30 * 86_400_000.0
    monitor = Monitor()
    feed(monitor, [Segment(False, "S", 1, ms=ms) for ms in (0, day_ms, 70_000)])
    assert monitor.warnings == ("times not believed, counted at others: 1 packets",)
    monitor = Monitor()
    feed(monitor, [Segment(False, "S", 1, ms=ms) for ms in (0, 130_000, *[month_ms] * BELIEVED_AFTER)])
    assert monitor.warnings == ("minutes no longer in the chart: 3",)


def test_packets_that_found_no_room_in_the_flow_table_are_told() -> None:
    monitor = Monitor()
    monitor.flows = FlowTable(FlowLimits(bits=6))
    feed(monitor, [Segment(False, "S", 1, host=h) for h in range(1, 41)])
    held = len(monitor.flows)
    assert monitor.warnings == (f"in no flow, for lack of room: {40 - held} packets",)
