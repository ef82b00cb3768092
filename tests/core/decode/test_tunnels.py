"""Packets inside packets: the row has the outer addresses, the inner name, and the layers of both."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from tests.core.decode.packets import ethernet, ipv4, ipv6, see, udp
from tui.core.columns import Mark, address_text
from tui.core.decode import decode, decode_inner
from tui.core.frames import from_packets
from tui.core.protocols import NAMES

DNS = bytes.fromhex("000101000001000000000000016100000100 01".replace(" ", ""))
INNER = ipv4(17, udp(5000, 53, DNS), src=0x01020304)
FRAME = ethernet(0x0800, INNER)


def over_udp(port: int, header: bytes, inner: bytes) -> bytes:
    return ethernet(0x0800, ipv4(17, udp(6000, port, header + inner)))


TUNNELS = {
    "IP in IP": ethernet(0x0800, ipv4(4, INNER)),
    "IPv4 in IPv6": ethernet(0x86DD, ipv6(4, INNER)),
    "GRE": ethernet(0x0800, ipv4(47, b"\0\0\x08\0" + INNER)),
    "GRE with key and sequence": ethernet(0x0800, ipv4(47, b"\x30\0\x08\0" + bytes(8) + INNER)),
    "Ethernet in GRE": ethernet(0x0800, ipv4(47, b"\0\0\x65\x58" + FRAME)),
    "ERSPAN": ethernet(0x0800, ipv4(47, b"\x10\0\x88\xbe" + bytes(12) + FRAME)),
    "EtherIP": ethernet(0x0800, ipv4(97, b"\x30\0" + FRAME)),
    "MPLS in IP": ethernet(0x0800, ipv4(137, b"\0\1\1\x40" + INNER)),
    "VXLAN": over_udp(4789, b"\x08" + bytes(7), FRAME),
    "Geneve with options": over_udp(6081, b"\2\0\x65\x58" + bytes(12), FRAME),
    "GTP": over_udp(2152, struct.pack("!BBHI", 0x30, 255, len(INNER), 1), INNER),
    "GTP with an extension": over_udp(
        2152, struct.pack("!BBHI", 0x34, 255, len(INNER) + 8, 1) + b"\0\0\0\x85\1\0\0\0", INNER
    ),
    "L2TP": over_udp(1701, b"\0\2\0\1\0\1\xff\x03\0\x21", INNER),
}


@pytest.mark.parametrize("packet", TUNNELS.values(), ids=TUNNELS)
def test_a_tunnel_shows_outer_addresses_and_the_inner_name(packet: bytes) -> None:
    seen = see(packet)
    assert seen.name == "DNS"
    assert seen.has(Mark.INNER)
    assert {"DNS", "UDP", "IP"} <= seen.layer_names
    assert seen.src in {"10.0.0.1", "2001:db8::1"}


@pytest.mark.parametrize("packet", TUNNELS.values(), ids=TUNNELS)
def test_the_inner_packet_can_be_asked_for(packet: bytes) -> None:
    frames = from_packets([ethernet(0x0800, ipv4(17, udp(1, 2, b"x"))), packet])
    inner, parents = decode_inner(frames, decode(frames))
    assert parents.tolist() == [1] * len(parents)
    at = len(inner) - 1
    assert address_text(int(inner.kind[at]), 0, int(inner.src_lo[at])) == "1.2.3.4"
    assert (int(inner.sport[at]), int(inner.dport[at]), NAMES[inner.protocol[at]]) == (5000, 53, "DNS")
    assert packet[int(inner.l3[at]) :].startswith(INNER[:20])


@pytest.mark.parametrize("outer", [ipv4(1, b"\3\3" + bytes(6) + INNER), ipv4(1, b"\x0b\0" + bytes(6) + INNER[:28])])
def test_a_quoted_packet_lends_its_layers_but_not_its_name(outer: bytes) -> None:
    seen = see(ethernet(0x0800, outer))
    assert (seen.name, seen.ports) == ("ICMP", None)
    assert {"ICMP", "UDP"} <= seen.layer_names
    assert not seen.has(Mark.MALFORMED)


def test_a_packet_too_deep_is_left_alone() -> None:
    packet = INNER
    for _ in range(12):
        packet = ipv4(4, packet)
    seen = see(ethernet(0x0800, packet))
    assert seen.name == "IPv4"


def test_levels_come_outer_first() -> None:
    frames = from_packets([ethernet(0x0800, ipv4(4, ipv4(4, INNER)))])
    inner, parents = decode_inner(frames, decode(frames), np.array([0]))
    assert parents.tolist() == [0, 0]
    assert inner.l3.tolist() == [34, 54]
