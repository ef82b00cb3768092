from __future__ import annotations

import numpy as np
import pytest

from tests.core.tcpflows import START_NS, Segment, columns, handshake
from tui.core.columns import NONE32, Columns, Mark
from tui.core.flow.held import FlowLimits
from tui.core.flow.records import FlowRecords
from tui.core.flow.table import FlowTable
from tui.core.flow.tcpstate import STATES, conn_states, history_text


def flows_of(segments: list[Segment]) -> FlowRecords:
    table = FlowTable(collect=True)
    table.update(columns(segments))
    table.end_all()
    ended = table.take_ended()
    return ended.select(np.argsort(ended.flow))


def state(segments: list[Segment]) -> str:
    return STATES[int(conn_states(flows_of(segments))[0])]


SYN, SYNACK, ACK = handshake()
DATA = Segment(False, "P.", 101, 501, 50, ms=20)
REPLY = Segment(True, "P.", 501, 151, 70, ms=30)
FIN, FIN_BACK = Segment(False, "F.", 151, 571, ms=40), Segment(True, "F.", 571, 152, ms=50)
RST, RST_BACK = Segment(False, "R", 151, ms=60), Segment(True, "R.", 0, 101, ms=60)


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ([SYN], "S0"),
        ([SYN, SYNACK], "S1"),
        ([SYN, SYNACK, ACK, DATA], "S1"),
        ([SYN, RST_BACK], "REJ"),
        ([SYN, SYNACK, ACK, DATA, REPLY, FIN, FIN_BACK], "SF"),
        ([SYN, SYNACK, ACK, FIN], "S2"),
        ([SYN, SYNACK, ACK, FIN_BACK], "S3"),
        ([SYN, SYNACK, ACK, DATA, RST], "RSTO"),
        ([SYN, SYNACK, ACK, DATA, RST_BACK], "RSTR"),
        ([SYN, RST], "RSTOS0"),
        ([SYNACK, RST_BACK], "RSTRH"),
        ([SYN, FIN], "SH"),
        ([SYNACK, FIN_BACK], "SHR"),
        ([DATA, REPLY], "OTH"),
        ([Segment(False, "", 0, proto=17)], "S0"),
        ([Segment(False, "", 0, proto=17), Segment(True, "", 0, proto=17)], "SF"),
    ],
)
def test_the_state_is_zeeks_conn_state(segments: list[Segment], expected: str) -> None:
    assert state(segments) == expected


def test_the_side_that_sent_the_syn_is_the_source_even_when_the_answer_is_met_first() -> None:
    flow = flows_of([SYNACK, ACK])
    assert (int(flow.src_lo[0]), int(flow.dport[0])) == (0x0A000001, 443)


def test_the_history_names_the_events_in_their_order() -> None:
    flow = flows_of([SYN, SYNACK, ACK, DATA, REPLY, FIN, FIN_BACK])
    assert history_text(int(flow.history[0])) == "ShADdFf"


def test_the_round_trip_is_that_of_the_handshake_and_then_of_the_last_segment() -> None:
    ack = Segment(True, ".", 501, 151, ms=27)
    flow = flows_of([SYN, SYNACK, ACK, DATA, ack])
    assert (int(flow.rtt_ns[0]), int(flow.live_rtt_ns[1, 0])) == (10_000_000, 7_000_000)


def test_packets_and_bytes_are_counted_by_side() -> None:
    flow = flows_of([SYN, SYNACK, ACK, DATA, REPLY])
    assert flow.packets[:, 0].tolist() == [3, 2]
    assert flow.bytes[:, 0].tolist() == [3 * 54 + 50, 2 * 54 + 70]
    assert flow.payload[:, 0].tolist() == [50, 70]
    assert flow.sizes[:6, 0].tolist() == [54, -54, 54, 104, -124, 0]


def test_a_syn_with_another_number_begins_a_new_stream_and_one_sent_again_does_not() -> None:
    again = Segment(False, "S", 100, ms=1000)
    other = Segment(False, "S", 9000, ms=2000)
    seen = columns([SYN, again, other, Segment(True, "S.", 7, 9001, ms=2010)])
    FlowTable().update(seen)
    assert seen.stream.tolist() == [0, 0, 1, 1]
    assert [bool(m & Mark.PORTS_REUSED) for m in seen.marks.tolist()] == [False, False, True, False]
    assert seen.marks[1] & Mark.RETRANSMISSION


def test_streams_are_numbered_by_protocol_in_the_order_of_their_first_packets() -> None:
    tcp = [Segment(False, "S", 1, ms=i, host=h) for i, h in enumerate((7, 3, 7, 9))]
    udp = [Segment(False, "", 0, ms=10 + i, host=h, proto=17) for i, h in enumerate((5, 2, 5))]
    seen = columns([*tcp, *udp])
    FlowTable().update(seen)
    assert seen.stream.tolist() == [0, 1, 0, 2, 0, 1, 0]
    assert seen.flow.tolist() == [0, 1, 0, 2, 3, 4, 3]


def test_packets_without_addresses_belong_to_no_flow() -> None:
    seen = Columns.empty(3)
    table = FlowTable()
    table.update(seen)
    assert seen.flow.tolist() == [NONE32] * 3
    assert table.left_out == 0


def test_a_full_table_counts_what_finds_no_room_and_goes_on() -> None:
    table = FlowTable(FlowLimits(bits=6))
    table.update(columns([Segment(False, "S", 1, host=h) for h in range(1, 201)]))
    assert len(table) == table._held.limit
    assert table.left_out == 200 - len(table)


def test_idle_flows_make_room_for_new_ones_and_are_handed_out_whole() -> None:
    table = FlowTable(FlowLimits(bits=6), collect=True)
    table.update(columns([Segment(False, "S", 1, host=h) for h in range(1, 31)]))
    table.update(columns([Segment(False, "S", 1, ms=20_000, host=h) for h in range(100, 110)]))
    assert len(table.take_ended()) == 30
    assert len(table) == 10
    table.update(columns([Segment(True, "S.", 5, 2, ms=20_010, host=100)]))
    table.end_all()
    assert sorted(table.take_ended().packets.sum(axis=0).tolist()) == [1] * 9 + [2]


def test_first_and_last_times_stand_though_packets_come_out_of_order() -> None:
    flow = flows_of([SYN, Segment(True, "S.", 500, 101, ms=90), Segment(False, ".", 101, 501, ms=20)])
    assert (int(flow.first_ns[0]), int(flow.last_ns[0])) == (START_NS, START_NS + 90_000_000)


def test_an_answer_after_a_syn_of_the_other_side_tells_what_its_own_side_began_with() -> None:
    seen = columns([Segment(True, "S", 0, ms=1), Segment(False, "S.", 1, 0, ms=2), Segment(False, "S", 0, ms=3)])
    FlowTable().update(seen)
    assert seen.flow.tolist() == [0, 0, 1]


def test_where_there_is_no_time_for_all_connections_no_random_hash_decides_which() -> None:
    """Numbers leap, both sides begin streams in turn: more than is walked through, in another order for each key."""
    random = np.random.default_rng(5)
    segments = [
        Segment(
            bool(back), flags, int(seq), int(ack), int(size), ms=i / 10, host=int(host), proto=6 if host < 900 else 17
        )
        for i, (back, flags, seq, ack, size, host) in enumerate(
            zip(
                random.random(12_000) < 0.45, random.choice(["S", ".", "P.", "S.", "F."], 12_000),
                random.integers(0, 1 << 32, 12_000), random.integers(0, 1 << 32, 12_000),
                random.integers(0, 2, 12_000) * 100, random.integers(1, 999, 12_000), strict=True,
            )
        )
    ]  # fmt: skip
    runs = []
    for _ in range(3):
        table, seen = FlowTable(collect=True), columns(segments)
        table.update(seen.select(slice(0, 9_000)))
        table.update(seen.select(slice(9_000, None)))
        table.end_all()
        runs.append((seen.marks.tolist(), seen.stream.tolist(), table.take_ended().flow.tolist()))
    assert runs[0] == runs[1] == runs[2]
