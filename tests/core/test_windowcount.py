"""A window over everything amounts to what the monitor has counted; parts of it add up; flows are those of the time."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.tcpflows import Segment, columns, handshake
from tui.capture.pcapfile import open_capture
from tui.core import windowcount
from tui.core.columns import AddressKind, Columns, Mark, concatenate
from tui.core.decode import decode
from tui.core.flow.listed import FlowRows
from tui.core.flow.tcpstate import STATES
from tui.core.flow.windowed import picked, window_rows
from tui.core.frames import from_packets
from tui.core.snapshot import Talker
from tui.core.state import State
from tui.core.window import Window
from tui.core.windowcount import Counted, WindowCount
from tui.engine.monitor import Monitor

DEMO = Path(__file__).resolve().parents[2] / "tui/data/demo.pcap"


@cache
def demo() -> tuple[Monitor, Columns]:
    """The demo capture, counted by a monitor, and its annotated columns."""
    monitor, parts = Monitor(), []
    source = open_capture(str(DEMO))
    while source.state is not State.ENDED:
        frames = source.read(1.0)
        if frames is not None:
            batch = decode(frames)
            monitor.ingest(batch, frames)
            parts.append(batch)
            source.release(frames)
    source.close()
    return monitor, concatenate(parts)


def counted(batch: Columns, *cuts: int) -> Counted:
    count = WindowCount()
    edges = [0, *sorted(cuts), len(batch)]
    for a, b in pairwise(edges):
        count.add(batch.select(slice(a, b)))
    return count.result()


def conversation() -> Columns:
    """Two connections one after the other; the second is refused. Annotated by a monitor."""
    segments = [
        *handshake(ms=0, rtt_ms=4, host=1),
        Segment(False, "P.", 101, 501, 70, 30, host=1),
        Segment(True, "P.", 501, 171, 900, 40, host=1),
        Segment(False, "P.", 101, 501, 70, 400, host=1),
        Segment(False, "S", 1, ms=2_000, host=2),
        Segment(True, "R.", 0, 2, ms=2_001, host=2),
    ]
    made = columns(segments)
    Monitor().ingest(made, from_packets([bytes(60)] * len(made), times_ns=made.time_ns.tolist()))
    return made


def heavy(talkers: tuple[Talker, ...]) -> list[Talker]:
    """Those that are heavier than the lightest: of equals, which ones are listed is left open."""
    weight = [talker.sent_bytes + talker.received_bytes for talker in talkers]
    return [talker for talker, w in zip(talkers, weight, strict=True) if w > weight[-1]]


def test_the_whole_is_what_the_monitor_counted() -> None:
    monitor, batch = demo()
    snapshot, found = monitor.snapshot(), counted(batch)
    assert (found.packets, found.bytes) == (snapshot.packets, snapshot.bytes)
    assert found.protocols == snapshot.protocols
    assert found.ports == snapshot.ports
    assert heavy(found.talkers) == heavy(snapshot.talkers)
    assert heavy(found.pairs) == heavy(snapshot.pairs)


def test_flows_are_what_the_monitor_has_of_them() -> None:
    monitor, batch = demo()
    held = monitor.flow_rows(limit=100_000, sort="first", descending=False).flows
    held = held.select(np.argsort(held.flow))
    flows = counted(batch, 500, 5_000).flows
    for name in ("flow", "packets", "bytes", "payload", "seen", "first_ns", "last_ns", "events", "sport", "dport",
                 "ttl", "src_lo", "dst_lo", "ip_proto", "stream", "first_dir_ns", "last_dir_ns"):  # fmt: skip
        assert np.array_equal(getattr(flows, name), getattr(held, name)), name


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 8_000), max_size=50))
def test_how_it_is_cut_makes_no_difference(cuts: list[int]) -> None:
    _, batch = demo()
    one, parts = counted(batch), counted(batch, *(min(cut, len(batch)) for cut in cuts))
    assert (one.protocols, heavy(one.talkers)) == (parts.protocols, heavy(parts.talkers))
    assert np.array_equal(one.flows.table, parts.flows.table)


def test_nothing_is_nothing() -> None:
    found = WindowCount().result()
    assert (found.packets, found.protocols, found.talkers, len(found.flows)) == (0, (), (), 0)


@pytest.mark.parametrize("end", [4, 5, 6])
def test_a_flow_has_the_counts_of_the_window_only(end: int) -> None:
    batch = conversation().select(slice(3, end))
    flows = counted(batch).flows
    assert len(flows) == 1
    assert int(flows.packets.sum()) == end - 3
    assert int(flows.events[0, 0]) == (1 if end == 6 else 0)
    assert flows.first_ns[0] == batch.time_ns[0]


def test_a_side_that_answers_first_in_the_window_is_still_the_one_that_answers() -> None:
    """Seen from its first packet in the window, the server would have been the client."""
    batch = conversation()
    flows = counted(batch.select(slice(4, 5))).flows
    assert (int(flows.sport[0]), int(flows.dport[0])) == (int(batch.sport[0]), int(batch.dport[0]))
    assert flows.packets[:, 0].tolist() == [0, 1]


def rows_of(batch: Columns) -> FlowRows:
    monitor = Monitor()
    monitor.ingest(batch, from_packets([bytes(60)] * len(batch), times_ns=batch.time_ns.tolist()))
    return monitor.flow_rows(limit=100, sort="first", descending=False)


def test_state_and_round_trip_are_the_flow_s_where_the_session_knows_it() -> None:
    batch = conversation()
    held = rows_of(batch)
    window = Window(0, 10**9, 3, 6)
    flows = counted(batch.select(slice(3, 6))).flows
    listed = window_rows(flows, picked(held, flows.flow), window)
    assert [STATES[state] for state in listed.state] == ["S1"]
    assert listed.flows.rtt_ns[0] == 4_000_000
    assert listed.packets_per_s.tolist() == [3.0]
    alone = window_rows(flows, picked(held, flows.flow[:0]), window)
    assert [STATES[state] for state in alone.state] == ["OTH"]
    assert alone.ended.tolist() == [True]


def forged(first: int, count: int) -> Columns:
    """A flood: each packet from an address, and so in a flow, of its own; all to one service."""
    made = Columns.empty(count)
    numbers = np.arange(first, first + count)
    made.flow[:], made.src_lo[:], made.dst_lo[:] = numbers, numbers, 7
    made.kind[:], made.ip_proto[:], made.dport[:] = AddressKind.IPV4, 6, 80
    made.length[:], made.time_ns[:], made.marks[:] = 60, numbers, Mark.PORTS
    return made


def test_a_flood_of_forged_addresses_is_counted_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each packet was a flow that was kept: a million took 800 MB."""
    monkeypatch.setattr(windowcount, "FLOWS", 50)
    monkeypatch.setattr(windowcount, "ROOM", 200)
    count, large = WindowCount(), forged(10_000, 1)
    large.length[:] = 9_000
    for first in range(0, 1_000, 100):
        count.add(forged(first, 100))
        count.add(large)
        assert sum(len(keys) for keys, _ in count._parts) <= 200
        if first == 500:
            count.result()
    found = count.result()
    assert len(found.flows) == 50
    assert found.beyond == 1_001 - 50
    assert int(found.flows.bytes.sum(axis=0).max()) == 90_000
    (service,) = found.ports
    assert service.received_bytes == 1_000 * 60 + 90_000, "whoever was let go is counted, and counted once"
    assert window_rows(found.flows, rows_of(conversation()), Window(0, 10, 0, 10), found.beyond).total == 1_001
