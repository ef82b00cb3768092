"""Guards: which packets of a batch have a header, told by their columns. They hold for inner headers too."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from tui.core.columns import NONE16, AddressKind, Columns, Mark
from tui.core.protocols import ID, Layer
from tui.filters.packets import Guard, Mask

_ARP = (0x0806, 0x8035)  # ARP and RARP, whose addresses stand in src and dst too
LINKTYPE_ETHERNET = 1


def everything(columns: Columns) -> Mask:
    return np.ones(len(columns), np.bool_)


def ethernet(columns: Columns) -> Mask:
    """An Ethernet header, of the frame or in a tunnel; the layer tells for those, whose linktype is the frame's."""
    bit = np.uint64(1 << Layer.ETH)
    return np.asarray((columns.linktype == LINKTYPE_ETHERNET) & ((columns.layers & bit) != 0))


@cache
def linktype(*types: int) -> Guard:
    return lambda columns: np.isin(columns.linktype, types)


def vlan(columns: Columns) -> Mask:
    return np.asarray(columns.vlan != NONE16)


def arp(columns: Columns) -> Mask:
    return np.asarray(((columns.ethertype == _ARP[0]) | (columns.ethertype == _ARP[1])) & (columns.l3 != NONE16))


def arp_ipv4(columns: Columns) -> Mask:
    return np.asarray(arp(columns) & (columns.kind == AddressKind.IPV4))


def arp_gratuitous(columns: Columns) -> Mask:
    """Sender and target are one, as Wireshark has it."""
    return np.asarray(arp_ipv4(columns) & (columns.ethertype == _ARP[0]) & (columns.src_lo == columns.dst_lo))


def arp_probe(columns: Columns) -> Mask:
    """A request whose sender has no address yet (RFC 5227)."""
    request = (columns.ethertype == _ARP[0]) & (columns.code == 1)
    return np.asarray(arp_ipv4(columns) & request & (columns.src_lo == 0) & (columns.dst_lo != 0))


def ipv4(columns: Columns) -> Mask:
    return np.asarray((columns.kind == AddressKind.IPV4) & ~arp(columns))


def ipv6(columns: Columns) -> Mask:
    return np.asarray(columns.kind == AddressKind.IPV6)


def arp_announcement(columns: Columns) -> Mask:
    """A request for its own address (RFC 5227)."""
    return np.asarray(arp_gratuitous(columns) & (columns.code == 1))


@cache
def transport(protocol: int, reach: int = 0) -> Guard:
    """Packets with the header of this IP protocol, of which at least `reach` bytes were captured.

    Not a fragment, not even the first: as in Wireshark, a datagram is whole or has no transport.
    """
    fragment = np.uint32(Mark.LATER_FRAGMENT | Mark.MORE_FRAGMENTS)

    def guard(columns: Columns) -> Mask:
        found = (columns.ip_proto == protocol) & (columns.l4 != NONE16) & (columns.kind != AddressKind.NONE)
        found &= (columns.marks & fragment) == 0
        if reach:
            found &= columns.l4 + np.uint32(reach) <= columns.caplen
        return np.asarray(found)

    return guard


tcp = transport(6)
tcp_ack = transport(6, 12)
tcp_flags = transport(6, 14)
tcp_window = transport(6, 16)
udp = transport(17)
sctp = transport(132)
dccp = transport(33)
igmp = transport(2)
icmp = transport(1)
icmpv6 = transport(58)


def icmp_echo(columns: Columns) -> Mask:
    """Messages with an identifier and a sequence number: echo, timestamp, information, address mask."""
    return np.asarray(icmp(columns) & np.isin(columns.code >> np.uint16(8), (0, 8, 13, 14, 15, 16, 17, 18)))


@cache
def icmp_type(*types: int) -> Guard:
    return lambda columns: icmp(columns) & np.isin(columns.code >> np.uint16(8), types)


@cache
def icmpv6_type(*types: int) -> Guard:
    return lambda columns: icmpv6(columns) & np.isin(columns.code >> np.uint16(8), types)


def icmp_too_big(columns: Columns) -> Mask:
    return np.asarray(icmp(columns) & (columns.code == (3 << 8 | 4)))


def icmpv6_echo(columns: Columns) -> Mask:
    return np.asarray(icmpv6(columns) & np.isin(columns.code >> np.uint16(8), (128, 129)))


@cache
def mark(bit: int) -> Guard:
    """Packets with this bit of `marks`."""
    return lambda columns: (columns.marks & np.uint32(bit)) != 0


@cache
def layer(*layers: Layer) -> Guard:
    """Packets with one of these layers, anywhere."""
    bits = np.uint64(sum(1 << item for item in layers))
    return lambda columns: (columns.layers & bits) != 0


@cache
def protocol(*names: str) -> Guard:
    """Packets whose highest protocol has one of these names."""
    ids = [ID[name] for name in names if name in ID]
    if len(ids) == 1:
        return lambda columns: columns.protocol == ids[0]
    return lambda columns: np.isin(columns.protocol, ids)


@cache
def carries(*layers: Layer) -> Guard:
    """Packets whose own payload, not that of an inner header, is one of these."""
    wanted = layer(*layers)
    inner = mark(Mark.INNER)
    return lambda columns: wanted(columns) & ~inner(columns) & (columns.payload != NONE16)


@cache
def carries_named(*names: str) -> Guard:
    """Packets whose own payload has one of these names."""
    named = protocol(*names)
    inner = mark(Mark.INNER)
    return lambda columns: named(columns) & ~inner(columns) & (columns.payload != NONE16)


@cache
def carrier(of: Layer, port: int) -> Guard:
    """Datagrams to or from the port of a tunnel: its layer alone may be that of a packet inside."""
    has = layer(of)
    return lambda columns: has(columns) & udp(columns) & ((columns.dport == port) | (columns.sport == port))


@cache
def both(first: Guard, second: Callable[[Columns], Mask]) -> Guard:
    return lambda columns: first(columns) & second(columns)


@cache
def either(first: Guard, second: Guard) -> Guard:
    return lambda columns: first(columns) | second(columns)
