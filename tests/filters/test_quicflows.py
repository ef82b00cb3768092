"""What QUIC packets do not say themselves comes from others of their connection."""

from __future__ import annotations

import struct

import pytest

from tests.filters.packets import ether, ipv4, udp
from tui import filters
from tui.core.decode import decode
from tui.core.flow.table import FlowTable
from tui.core.frames import from_packets
from tui.filters.quicflows import MOST, Connections

CLIENT, SERVER, FIRST = b"\x11" * 5, b"\x22" * 8, b"\x33" * 12


def long_header(kind: int, dcid: bytes, scid: bytes) -> bytes:
    head = bytes([0xC0 | kind << 4]) + struct.pack(">I", 1) + bytes([len(dcid)]) + dcid + bytes([len(scid)]) + scid
    return head + (b"\0" if not kind else b"") + b"\x40\x40" + bytes(64)


def packet(data: bytes, back: bool = False) -> bytes:
    data += bytes(1200 - len(data)) if data[0] & 0x80 else b""
    if back:
        return ether(ipv4("10.0.0.9", "10.0.0.1", 17, udp(443, 40_000, data)))
    return ether(ipv4("10.0.0.1", "10.0.0.9", 17, udp(40_000, 443, data)))


TALK = [
    packet(long_header(0, FIRST, CLIENT)),
    packet(long_header(0, CLIENT, SERVER), back=True),
    packet(b"\x40" + SERVER + bytes(30)),
    packet(b"\x40" + CLIENT + bytes(30), back=True),
]


@pytest.mark.parametrize("every", [1, 2, 4])
def test_the_connection_id_of_a_short_header_is_as_long_as_its_owner_made_it(every: int) -> None:
    found, table = {}, FlowTable()
    for text in ("quic.dcid == 22:22:22:22:22:22:22:22", "quic.dcid == 11:11:11:11:11"):
        run, numbers, table = filters.Run(filters.compile(text)), [], FlowTable()
        for at in range(0, len(TALK), every):
            frames = from_packets(TALK[at : at + every], times_ns=list(range(at, min(at + every, len(TALK)))))
            columns = decode(frames)
            table.update(columns, frames)
            numbers += [at + int(i) + 1 for i in run.match(columns, frames.select, at).nonzero()[0]]
        found[text[13:15]] = numbers
    assert found == {"22": [3], "11": [2, 4]}


def test_connections_that_are_remembered_are_bounded() -> None:
    connections = Connections()
    for stream in range(2 * MOST):
        connections.of(stream)
    assert len(connections) == MOST
    assert 0 not in connections
