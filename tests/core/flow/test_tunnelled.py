"""Connections inside tunnels are followed as those outside are."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from tests.core.decode.packets import ethernet, ipv4, udp
from tui import filters
from tui.core.columns import Columns, Mark
from tui.core.decode import decode
from tui.core.flow.table import FlowTable
from tui.core.frames import Frames, from_packets
from tui.core.info.batch import infos
from tui.core.protocols import NAMES, Layer

CLIENT, SERVER = 0x0A000001, 0xC0A80001
SYN, SYN_ACK, ACK, PUSH = 0x02, 0x12, 0x10, 0x18
HELLO = bytes.fromhex("160301004001000 03c0303".replace(" ", "")) + bytes(60)


def segment(back: bool, flags: int, seq: int, ack: int, data: bytes = b"") -> bytes:
    ports = (443, 40_000) if back else (40_000, 443)
    header = struct.pack("!HHIIBBHHH", *ports, seq, ack, 5 << 4, flags, 500, 0, 0)
    src, dst = (SERVER, CLIENT) if back else (CLIENT, SERVER)
    return ipv4(6, header + data, src=src, dst=dst)


TALK = [
    segment(False, SYN, 1000, 0), segment(True, SYN_ACK, 9000, 1001), segment(False, ACK, 1001, 9001),
    segment(False, PUSH, 1001, 9001, HELLO), segment(False, PUSH, 1001, 9001, HELLO),
]  # fmt: skip
TUNNELS = {
    "IP in IP": lambda inner: ethernet(0x0800, ipv4(4, inner)),
    "GRE": lambda inner: ethernet(0x0800, ipv4(47, b"\0\0\x08\0" + inner)),
    "VXLAN": lambda inner: ethernet(0x0800, ipv4(17, udp(6000, 4789, b"\x08" + bytes(7) + ethernet(0x0800, inner)))),
}
PLAIN = ethernet(0x0800, segment(False, PUSH, 77, 99, b"other"))


def followed(packets: list[bytes]) -> tuple[Columns, Frames, FlowTable]:
    frames = from_packets(packets, times_ns=[i * 1_000_000_000 for i in range(len(packets))])
    columns, table = decode(frames), FlowTable()
    table.update(columns, frames)
    return columns, frames, table


def picked(columns: Columns, frames: Frames, text: str) -> list[int]:
    return (np.flatnonzero(filters.compile(text).match(columns, frames.select)) + 1).tolist()


@pytest.mark.parametrize("tunnel", TUNNELS)
def test_sequence_numbers_streams_and_analysis_are_of_the_packet_inside(tunnel: str) -> None:
    columns, frames, _ = followed([TUNNELS[tunnel](inner) for inner in TALK])
    assert picked(columns, frames, "tcp.seq == 0") == [1, 2]
    assert picked(columns, frames, "tcp.seq == 1 && tcp.ack == 1") == [3, 4, 5]
    assert picked(columns, frames, "tcp.stream == 0") == [1, 2, 3, 4, 5]
    assert picked(columns, frames, "tcp.analysis.retransmission") == [5]
    assert "Seq=0 " in infos(columns, frames)[0]
    assert columns.marks[4] & Mark.RETRANSMISSION


@pytest.mark.parametrize("tunnel", TUNNELS)
def test_the_flow_inside_is_listed_beside_the_tunnel(tunnel: str) -> None:
    columns, _, table = followed([TUNNELS[tunnel](inner) for inner in TALK])
    records = table.records.select(table.live())
    assert {int(proto) for proto in records.ip_proto} == {int(columns.ip_proto[0]), 6}
    inside = records.select(records.ip_proto == 6)
    assert (int(inside.src_lo[0]), int(inside.dport[0])) == (CLIENT, 443)
    assert inside.packets[:, 0].tolist() == [4, 1]


def test_a_flow_in_a_tunnel_is_not_the_one_with_the_same_ends_outside() -> None:
    columns, frames, table = followed([PLAIN, *(TUNNELS["GRE"](inner) for inner in TALK)])
    assert len(table) == 3
    assert picked(columns, frames, "tcp.stream == 0") == [1]
    assert picked(columns, frames, "tcp.analysis.flags") == [6]


def test_what_the_dialogue_tells_names_the_packet_outside() -> None:
    first, rest = HELLO[:20], HELLO[20:]
    talk = [*TALK[:3], segment(False, PUSH, 1001, 9001, first), segment(False, PUSH, 1021, 9001, rest)]
    columns, frames, _ = followed([TUNNELS["GRE"](inner) for inner in talk])
    assert [NAMES[int(p)] for p in columns.protocol] == ["TCP", "TCP", "TCP", "TCP", "TLS"]
    assert int(columns.layers[4]) >> Layer.TLS & 1
    assert picked(columns, frames, 'nettui.protocol == "TLS"') == [5]


def test_an_icmp_error_has_the_stream_of_what_it_quotes() -> None:
    error = ethernet(0x0800, ipv4(1, b"\3\1\0\0" + bytes(4) + TALK[0][:40]))
    other = ethernet(
        0x0800, ipv4(1, b"\3\1\0\0" + bytes(4) + segment(False, SYN, 5, 0)[:40].replace(b"\x9c\x40", b"\x9c\x41"))
    )
    columns, frames, table = followed([ethernet(0x0800, TALK[0]), error, other])
    assert picked(columns, frames, "tcp.stream == 0") == [1, 2]
    assert columns.stream[2] == 1  # quoted, and never seen itself
    assert len(table) == 2


def test_results_do_not_depend_on_how_packets_are_cut_into_batches() -> None:
    packets = [TUNNELS["VXLAN"](inner) for inner in TALK] + [PLAIN]
    whole, _, _ = followed(packets)
    table = FlowTable()
    for i, packet in enumerate(packets):
        frames = from_packets([packet], times_ns=[i * 1_000_000_000])
        columns = decode(frames)
        table.update(columns, frames)
        for name in ("stream", "seq_base", "marks", "protocol", "layers"):
            assert getattr(columns, name)[0] == getattr(whole, name)[i], (i, name)
