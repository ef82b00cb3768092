"""Flows, marks, series and counters do not depend on how packets are cut into batches, and agree with plain Python."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from itertools import pairwise

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.core.tcpflows import Segment, columns
from tui.core.clock import PacketClock
from tui.core.columns import Columns
from tui.core.features import features
from tui.core.flow.records import SPEC, FlowRecords
from tui.core.flow.table import FlowTable
from tui.core.rates import Rates

BY_TABLE = {"end", "slot"}
"""Fields that come from the random key of a table."""

segments = st.builds(
    Segment,
    back=st.booleans(),
    flags=st.sampled_from(["S", "S.", ".", "P.", "F.", "R", "R.", ""]),
    seq=st.integers(0, 400) | st.integers(0xFFFFFF00, 0xFFFFFFFF),
    ack=st.integers(0, 400),
    size=st.sampled_from([0, 0, 1, 20, 100]),
    window=st.sampled_from([0, 500, 1000]),
    host=st.integers(1, 4),
    proto=st.sampled_from([6, 6, 6, 17]),
)
gaps_ms = st.sampled_from([0.1, 2.0, 15.0, 400.0, 3000.0])


@st.composite
def conversations(draw: st.DrawFn) -> list[Segment]:
    made = draw(st.lists(st.tuples(segments, gaps_ms), max_size=40))
    clock, timed = 0.0, []
    for segment, gap in made:
        clock += gap
        timed.append(Segment(**{**{f: getattr(segment, f) for f in segment.__dataclass_fields__}, "ms": clock}))
    return timed


def cut(seen: Columns, cuts: list[int]) -> list[Columns]:
    edges = [0, *sorted(c % (len(seen) + 1) for c in cuts), len(seen)]
    return [seen.select(slice(a, b)) for a, b in pairwise(edges)]


def run(timed: list[Segment], cuts: list[int]) -> tuple[Columns, FlowRecords]:
    seen, table = columns(timed), FlowTable(collect=True)
    for part in cut(seen, cuts):
        table.update(part)
    table.end_all()
    ended = table.take_ended()
    return seen, ended.select(np.argsort(ended.flow))


BOTH_BEGIN = [
    Segment(back=False, flags="S.", seq=1, ack=7, ms=1.0),
    Segment(back=False, flags="S", seq=9, ms=2.0),
    Segment(back=True, flags="S", seq=0, ms=3.0),
]
"""A new stream of one side, of which the other side's SYN knows nothing."""


@settings(max_examples=60, deadline=None)
@given(conversations(), st.lists(st.integers(0, 40), max_size=4))
@example(BOTH_BEGIN, [2])
def test_flows_and_marks_do_not_depend_on_batch_cuts(timed: list[Segment], cuts: list[int]) -> None:
    whole, flows = run(timed, [])
    parts, same = run(timed, cuts)
    for name in ("flow", "stream", "marks"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name), name)
    assert len(flows) == len(same)
    for name in SPEC.keys() - BY_TABLE:
        np.testing.assert_allclose(getattr(flows, name), getattr(same, name), rtol=1e-9, err_msg=name)


@settings(max_examples=40, deadline=None)
@given(conversations())
def test_features_agree_with_a_computation_packet_by_packet(timed: list[Segment]) -> None:
    seen, flows = run(timed, [])
    by_flow = defaultdict(list)
    for i, flow in enumerate(seen.flow.tolist()):
        by_flow[flow].append((int(seen.time_ns[i]), int(seen.length[i]), int(seen.src_lo[i])))
    found = features(flows)
    for k, flow in enumerate(flows.flow.tolist()):
        packets = by_flow[flow]
        sizes = [size for _, size, _ in packets]
        duration = (packets[-1][0] - packets[0][0]) / 1e9
        out = [time for time, _, src in packets if src == int(flows.src_lo[k])]
        gaps = [(b - a) / 1e9 for a, b in pairwise(out)]
        expected = {
            "duration_s": duration,
            "packets": len(out),
            "packets_back": len(packets) - len(out),
            "bytes_per_s": sum(sizes) / duration if duration else 0,
            "packets_per_s": len(packets) / duration if duration else 0,
            "mean_size": statistics.fmean(sizes),
            "std_size": statistics.pstdev(sizes),
            "gap_mean_out_s": statistics.fmean(gaps) if gaps else 0,
            "gap_std_out_s": statistics.pstdev(gaps) if gaps else 0,
        }
        for name, value in expected.items():
            assert math.isclose(found[name][k], value, rel_tol=1e-6, abs_tol=1e-6), name


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-(10**9), 10**10) | st.sampled_from([10**13, 10**15]), max_size=60),
    st.lists(st.integers(0, 60), max_size=4),
)
def test_series_do_not_depend_on_batch_cuts_and_lose_no_packet(steps: list[int], cuts: list[int]) -> None:
    def series(edges: list[int]) -> tuple[list[int], int, int, int]:
        clock, rates = PacketClock(), Rates()
        for a, b in pairwise(edges):
            part = times[a:b]
            n = len(part)
            rates.update(clock.advance(part), np.full(n, 60, np.uint32), np.zeros(n, np.uint16), a)
        made = rates.series(("TCP",))
        total = int(made.packets.sum() + made.older_packets.sum())
        return made.packets.tolist(), made.first_s, total, rates.dropped_minutes

    times = 1_700_000_000_000_000_000 + np.cumsum(np.array(steps, np.int64))
    n = len(times)
    whole = series([0, n])
    assert whole == series([0, *sorted(c % (n + 1) for c in cuts), n])
    assert whole[2] == n or whole[3] > 0
