from __future__ import annotations

import numpy as np
import pytest

from tests.core.tcpflows import Segment, columns, handshake
from tui.core.columns import Mark
from tui.core.flow.table import FlowTable

OPEN = handshake(rtt_ms=10)


def last_marks(*more: Segment) -> int:
    seen = columns([*OPEN, *more])
    FlowTable().update(seen)
    return int(seen.marks[-1]) & ~(Mark.PORTS | Mark.FROM_RESPONDER)


def data(seq: int, size: int, ms: float, ack: int = 501) -> Segment:
    return Segment(False, "P.", seq, ack, size, ms)


def ack(number: int, ms: float, window: int = 1000) -> Segment:
    return Segment(True, ".", 501, number, 0, ms, window)


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ([data(101, 50, 20)], 0),
        ([data(101, 50, 20), data(101, 50, 300)], Mark.RETRANSMISSION),
        ([data(201, 50, 20), data(101, 50, 22)], Mark.OUT_OF_ORDER),
        ([data(101, 50, 20), ack(151, 25), data(101, 50, 30)], Mark.RETRANSMISSION | Mark.SPURIOUS_RETRANSMISSION),
        ([data(101, 50, 20), data(171, 50, 21)], Mark.LOST_SEGMENT),
        ([data(101, 50, 20), ack(151, 25), ack(151, 26)], Mark.DUPLICATE_ACK),
        ([data(101, 50, 20), ack(151, 25), ack(151, 26, window=2000)], Mark.WINDOW_UPDATE),
        ([ack(101, 20), ack(101, 21, window=0)], Mark.ZERO_WINDOW),
        ([data(101, 50, 20), ack(151, 25), data(150, 1, 5000)], Mark.KEEP_ALIVE),
        ([data(101, 50, 20), ack(151, 25), data(150, 1, 5000), ack(151, 5010)], Mark.KEEP_ALIVE_ACK),
        ([ack(101, 20, window=0), data(101, 1, 300)], Mark.ZERO_WINDOW_PROBE),
    ],
)
def test_a_segment_is_marked_as_wireshark_would(segments: list[Segment], expected: int) -> None:
    assert last_marks(*segments) == expected


def test_a_retransmission_right_after_two_duplicate_acks_is_fast() -> None:
    sent = [data(101, 50, 20), ack(151, 25), data(201, 50, 26), data(251, 50, 27), data(301, 50, 28)]
    acks = [ack(151, 36), ack(151, 37), ack(151, 38)]
    assert last_marks(*sent, *acks, data(151, 50, 45)) == Mark.RETRANSMISSION | Mark.FAST_RETRANSMISSION


def test_sequence_numbers_wrap() -> None:
    top = 0xFFFFFFFF
    seen = columns(
        [
            Segment(False, "P.", top - 9, 1, 20, 0),
            Segment(False, "P.", 10, 1, 20, 1),
            Segment(False, "P.", 10, 1, 20, 900),
        ]
    )
    FlowTable().update(seen)
    marks = [int(m) & ~Mark.PORTS for m in seen.marks]
    assert marks == [0, 0, Mark.RETRANSMISSION]


def test_what_went_by_without_analysis_is_not_taken_for_lost() -> None:
    table = FlowTable()
    table.update(columns([*OPEN, data(101, 50, 20)]))
    table.update(columns([data(151, 50, 30), ack(201, 35)]), analysis=False)
    seen = columns([data(501, 50, 40), data(551, 50, 41), data(551, 50, 400), ack(601, 410)])
    table.update(seen)
    assert (seen.marks & ~np.uint32(Mark.PORTS | Mark.FROM_RESPONDER)).tolist() == [0, 0, Mark.RETRANSMISSION, 0]
    assert seen.seq_base.tolist() == [100] * 3 + [500]


def test_numbers_from_all_around_the_circle_are_compared_with_the_one_before() -> None:
    """SYN-ACKs of a flood that forges one pair of ends: each is ahead of the last, none of the first (backscatter)."""
    third = (1 << 32) // 3
    seen = columns([Segment(True, "S.", 1 + i * third, 7, 0, i * 1000) for i in range(4)])
    FlowTable().update(seen)
    assert [bool(m & Mark.LOST_SEGMENT) for m in seen.marks.tolist()] == [False, True, True, True]
    assert not (seen.marks & Mark.RETRANSMISSION).any()
    apart, table = seen.select(slice(0, 4)), FlowTable()
    for i in range(4):
        one = columns([Segment(True, "S.", 1 + i * third, 7, 0, i * 1000)])
        table.update(one)
        assert one.marks[0] == apart.marks[i]
