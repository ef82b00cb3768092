"""Datagrams that come in fragments are told by the one that completes them; a flood of fragments costs little."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.decode.packets import ethernet, ipv4, udp
from tests.filters.packets import dns
from tui import filters
from tui.core.columns import Columns, Mark
from tui.core.decode import decode
from tui.core.flow.table import FlowTable
from tui.core.fragments import MOST_A_SECOND, MOST_BYTES, MOST_DATAGRAMS, Fragments, completing, read_piece
from tui.core.frames import Frames, from_packets
from tui.core.info.batch import infos
from tui.core.protocols import NAMES

QUERY = udp(5000, 53, dns("a" * 60 + "." + "b" * 60 + ".example.org"))
ADDRESS = bytes.fromhex("20010db8000000000000000000000001")


def of_ipv4(at: int, data: bytes, more: bool) -> bytes:
    return ethernet(0x0800, ipv4(17, data, fragment=at // 8 | (0x2000 if more else 0)))


def of_ipv6(at: int, data: bytes, more: bool) -> bytes:
    body = struct.pack("!BBHI", 17, 0, at | more, 77) + data
    head = struct.pack("!IHBB", 0x60000000, len(body), 44, 64) + ADDRESS + ADDRESS[::-1]
    return ethernet(0x86DD, head + body)


def cut(payload: bytes, size: int, make: object = of_ipv4) -> list[bytes]:
    starts = range(0, len(payload), size)
    return [make(at, payload[at : at + size], at + size < len(payload)) for at in starts]


def followed(packets: list[bytes], gap_ns: int = 1_000_000) -> tuple[Columns, Frames, FlowTable]:
    frames = from_packets(packets, times_ns=[i * gap_ns for i in range(len(packets))])
    columns, table = decode(frames), FlowTable()
    table.update(columns, frames)
    return columns, frames, table


def picked(columns: Columns, frames: Frames, text: str) -> list[int]:
    return (np.flatnonzero(filters.compile(text).match(columns, frames.select)) + 1).tolist()


@pytest.mark.parametrize("make", [of_ipv4, of_ipv6])
def test_the_last_fragment_has_the_name_and_the_ports_of_the_datagram(make: object) -> None:
    columns, frames, table = followed(cut(QUERY, 64, make))
    assert [NAMES[int(p)] for p in columns.protocol] == [NAMES[int(columns.protocol[0])]] * 2 + ["DNS"]
    assert (int(columns.sport[2]), int(columns.dport[2])) == (5000, 53)
    assert [bool(m & Mark.PORTS) for m in columns.marks.tolist()] == [False, False, True]
    assert picked(columns, frames, 'dns.qry.name contains "example"') == [3]
    assert picked(columns, frames, "udp.dstport == 53 && udp.length > 100") == [3]
    assert picked(columns, frames, "frame.len > 40 && dns.flags.response == 0") == [3]
    assert picked(columns, frames, "count(ip.addr) > 2 || count(ipv6.addr) > 2") == []
    assert infos(columns, frames)[2] == "5000 → 53, the last fragment of the datagram"
    assert table.records.packets[:, table.live()].sum() == 3


@given(st.permutations(range(5)), st.lists(st.integers(0, 4), max_size=5))
def test_in_any_order_and_with_some_twice(order: list[int], again: list[int]) -> None:
    pieces = cut(udp(7, 9, bytes(300)), 64)
    packets = [pieces[i] for i in order]
    columns, _, _ = followed(packets)
    assert completing(columns).tolist() == [4]
    twice = [pieces[i] for i in again if i != order[-1]] + packets
    columns, _, _ = followed(twice)
    assert completing(columns).tolist()[-1:] == [len(twice) - 1]


def test_what_is_cut_or_missing_completes_nothing() -> None:
    pieces = cut(QUERY, 64)
    assert not len(completing(followed(pieces[:1] + pieces[2:])[0]))
    frames = from_packets([p[:60] for p in pieces], lengths=[len(p) for p in pieces])
    columns = decode(frames)
    FlowTable().update(columns, frames)
    assert not len(completing(columns))


def test_a_rest_that_comes_too_late_begins_anew() -> None:
    assert not len(completing(followed(cut(QUERY, 64), gap_ns=40_000_000_000)[0]))


def test_a_flood_of_first_fragments_is_bounded() -> None:
    table = Fragments()
    packets = [of_ipv4(8 * (i % 1000), bytes(1400), True) for i in range(MOST_A_SECOND // 2)]
    packets = [p[:18] + struct.pack("!H", i) + p[20:] for i, p in enumerate(packets)]
    frames = from_packets(packets * 3, times_ns=list(range(3 * len(packets))))
    assert table.feed(decode(frames), frames) == []
    assert len(table._waiting) <= MOST_DATAGRAMS
    assert sum(d.size for d in table._waiting.values()) == table._bytes <= MOST_BYTES
    assert table.skipped == len(frames) - MOST_A_SECOND


@given(st.binary(max_size=120))
def test_any_bytes_are_a_piece_or_none(data: bytes) -> None:
    for first in (b"", b"\x45", b"\x60\0\0\0\0\x40\x2c"):
        piece = read_piece(first + data)
        assert piece is None or len(piece.data) > 0


@given(st.lists(st.tuples(st.integers(0, 8191), st.integers(1, 200), st.booleans()), max_size=20))
def test_any_pieces_of_one_datagram(pieces: list[tuple[int, int, bool]]) -> None:
    packets = [ethernet(0x0800, ipv4(17, bytes(8 * n), fragment=at | 0x2000 * more)) for at, n, more in pieces]
    if packets:
        columns, frames, _ = followed(packets)
        assert len(filters.compile("udp.length > 0").match(columns, frames.select)) == len(packets)
