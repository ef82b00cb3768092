"""Acknowledgments of what was not captured, against a plain model of Wireshark's rule, packet by packet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.tcpflows import Segment, columns, handshake
from tui.core.columns import Mark
from tui.core.flow import tcpunseen
from tui.core.flow.held import FlowLimits
from tui.core.flow.table import FlowTable

OPEN = handshake()


def data(seq: int, size: int, ack: int = 501) -> Segment:
    return Segment(False, "P.", seq, ack, size)


def ack(number: int) -> Segment:
    return Segment(True, ".", 501, number)


def marked(segments: Sequence[Segment], cuts: Sequence[int] = ()) -> list[int]:
    """Which segments are marked, as the table is given them in pieces."""
    table, found = FlowTable(FlowLimits(bits=8)), []
    for first, stop in zip([0, *cuts], [*cuts, len(segments)], strict=True):
        seen = columns(segments[first:stop])
        table.update(seen)
        found += [first + i for i, bits in enumerate(seen.marks.tolist()) if bits & Mark.ACK_LOST_SEGMENT]
    return found


@dataclass
class Side:
    """What packet-tcp.c keeps of one side."""

    next: int = 0
    edge: int = 0
    last_ack: int = 0
    window: int = -1
    duplicates: int = 0
    kept_alive: bool = False


def after(a: int, b: int) -> bool:
    return 0 < (a - b) % (1 << 32) < 1 << 31


def by_the_rule(segments: Sequence[Segment]) -> list[int]:
    sides: dict[int, list[Side]] = {}
    found = []
    for i, s in enumerate(segments):
        pair = sides.setdefault(s.host, [Side(), Side()])
        mine, other = pair[s.back], pair[not s.back]
        probe = bool(mine.next) and s.size == 1 and s.seq == mine.next and other.window == 0
        quiet = not set(s.flags) & set("SFR")
        same = quiet and s.size == 0 and s.seq == mine.next and s.ack == mine.last_ack
        if same and s.window and s.window == mine.window and not other.kept_alive:
            mine.duplicates = 1 if mine.duplicates < 0 else mine.duplicates + 1
        if s.ack != mine.last_ack:
            mine.duplicates = 0
        if other.edge and after(s.ack, other.edge) and "." in s.flags:
            if after(other.next, other.edge):
                other.edge = other.next
                found.append(i)
            else:
                if other.duplicates == 0:
                    found.append(i)
                other.duplicates = -1
        mine.kept_alive = not probe and quiet and s.size <= 1 and s.seq == mine.next - 1
        end = s.seq + s.size + bool(set(s.flags) & set("SF"))
        if not probe and (not mine.next or after(end, mine.next)):
            mine.next = end
        if not probe and (not mine.edge or s.seq == mine.edge):
            mine.edge = mine.next
        mine.last_ack, mine.window = s.ack, s.window
    return found


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ([data(101, 50), ack(151)], []),
        ([data(101, 50), ack(201)], [4]),
        ([data(101, 50), ack(201), ack(201), ack(301)], [4]),
        ([data(101, 50), data(201, 50), ack(251), ack(251)], [5]),
        ([data(201, 50), data(101, 100), ack(251)], []),
        ([data(201, 50), ack(101), data(101, 100), ack(251)], []),
        ([data(101, 50), ack(201), data(151, 50, ack=502), ack(301)], [4, 5, 6]),
    ],
)
def test_what_was_not_captured_is_told_once(segments: list[Segment], expected: list[int]) -> None:
    assert marked([*OPEN, *segments]) == expected


def test_a_byte_with_a_fin_that_overlaps_is_no_window_probe_though_the_window_is_closed() -> None:
    closed = [Segment(True, ".", 501, 101, window=0), *[Segment(False, ".", 101, 501)] * 4]
    said = [*OPEN, *closed, Segment(False, "F.", 100, 501, 1), ack(102)]
    assert marked(said) == by_the_rule(said) == [9]


def test_a_gap_is_remembered_from_batch_to_batch() -> None:
    segments = [*OPEN, data(101, 50), data(201, 50), data(251, 50), ack(301)]
    assert marked(segments, cuts=(5, 6)) == [6]


@st.composite
def talks(draw: st.DrawFn) -> list[Segment]:
    """Two sides that skip, repeat and acknowledge what they like, near to what would be right."""
    following = [1_000, 0xF000_0000]
    said = []
    for _ in range(draw(st.integers(1, 40))):
        back = draw(st.booleans())
        size = draw(st.sampled_from([0, 0, 1, 10, 20]))
        seq = following[back] + draw(st.sampled_from([0, 0, 0, 10, -10, -1, -20]))
        number = following[not back] + draw(st.sampled_from([0, 0, 0, 10, 20, -10]))
        flags = draw(st.sampled_from([".", ".", ".", ".", ".", "F.", "R.", "R", "P."]))
        said.append(Segment(back, flags, seq, number, size, window=draw(st.sampled_from([1_000, 1_000, 0]))))
        following[back] = max(following[back], seq + size + ("F" in flags))
    return said


@settings(max_examples=60, deadline=None)
@given(talks(), st.integers(0, 40))
def test_it_is_wiresharks_rule_however_the_packets_are_cut(said: list[Segment], cut: int) -> None:
    assert marked(said, [min(cut, len(said))]) == by_the_rule(said)


@settings(max_examples=25, deadline=None)
@given(st.lists(talks(), min_size=2, max_size=4))
def test_connections_abreast_are_stepped_through_as_one_alone_is(several: list[list[Segment]]) -> None:
    said = [replace(s, host=host) for host, talk in enumerate(several) for s in talk]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tcpunseen, "ABREAST", 1)
        abreast = marked(said)
    assert abreast == marked(said) == by_the_rule(said)


def test_a_flood_of_such_is_looked_at_only_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcpunseen, "STEPPED", 8)
    monkeypatch.setattr(tcpunseen, "WALKED", 8)
    said = [
        Segment(back, ".", 1_000 * i + 1, 1_000 * i + 500, 10, host=host)
        for host in range(40)
        for i, back in enumerate((False, True) * 5)
    ]
    assert 0 < len(marked(said)) < len(by_the_rule(said))
