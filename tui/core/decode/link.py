"""The link layer: every link type ends at an ethertype and the place of the network header, or at a name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NO_ADDRESS, AddressKind, Mark
from tui.core.decode.batch import Batch
from tui.core.decode.ethernet import ethertype, pppoe
from tui.core.decode.gather import ALL, Headers, Rows, one_of, pick
from tui.core.decode.linktypes import NAMED, LinkType
from tui.core.decode.network import IPV4, IPV6
from tui.core.decode.ppp import hdlc, ppp, ppp_serial
from tui.core.decode.wireless import ieee80211, ppi, prism, radiotap
from tui.core.protocols import Layer


def decode_link(b: Batch, linktype: NDArray[np.uint16] | int) -> None:
    """Read the link header of every packet: sets `network`, and `at` to the network header."""
    if isinstance(linktype, int):
        _one(b, ALL, linktype)
        return
    first = int(linktype[0])
    if linktype.strides == (0,) or bool((linktype == first).all()):
        _one(b, ALL, first)
        return
    for number in np.flatnonzero(np.bincount(linktype)):
        rows = pick(ALL, linktype == number)
        if rows is not None:
            _one(b, rows, int(number))


def _one(b: Batch, rows: Rows, number: int) -> None:
    kind = LinkType.ethertype(number)
    if kind is not None:
        _announced(b, rows, kind)
        return
    reader = _READERS.get(number)
    if reader is not None:
        reader(b, rows)
    elif number in NAMED:
        b.name(rows, NAMED[number])


def ethernet(b: Batch, rows: Rows) -> None:
    """Ethernet II and IEEE 802.3."""
    at = b.here(rows)
    h = b.data.headers(at, 16)
    kind = h.u16(12)
    whole = b.end[rows] - at >= 14
    if not whole.all():
        cut = pick(rows, ~whole)
        b.name(cut if cut is not None else rows, "Ethernet")
        b.malformed(cut)
        kind[~whole] = 0
        rows_whole = pick(rows, whole)
        if rows_whole is None:
            return
        h, kind, rows, at = b.data.headers(b.at[rows_whole], 16), kind[whole], rows_whole, at[whole]
    b.layer(rows, Layer.ETH)
    b.name(rows, "Ethernet")
    _group(b, rows, h)
    b.network[rows] = kind
    b.at[rows] = at + 14
    ethertype(b, rows, kind)


def _group(b: Batch, rows: Rows, h: Headers) -> None:
    """Mark broadcast and multicast by the destination address."""
    some = pick(ALL, (h.u8(0) & 1) != 0)
    if some is None:
        return
    two = h.field(4, ">u2")[some] == 0xFFFF
    everyone = two & (h.field(0, ">u4")[some] == 0xFFFFFFFF)
    index = some if isinstance(rows, slice) else rows[some]
    b.columns.marks[index] |= np.where(everyone, np.uint32(Mark.BROADCAST), np.uint32(Mark.MULTICAST))


def cooked(b: Batch, rows: Rows, size: int, kind_at: int, proto_at: int, address_at: int) -> None:
    """Linux cooked capture, version 1 and 2 (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2)."""
    c, at = b.columns, b.here(rows)
    b.name(rows, "SLL")
    whole = pick(rows, b.end[rows] - at >= size)
    if whole is None:
        b.malformed(rows)
        return
    b.malformed(pick(rows, b.end[rows] - at < size))
    rows, at = whole, b.at[whole]
    h = b.data.headers(at, 24)
    kind = h.u16(proto_at)
    packet_type = (h.u16(kind_at) if size == 16 else h.u8(kind_at).astype(np.uint16)).astype(np.uint32)
    group = np.where(packet_type == 1, Mark.BROADCAST, 0) | np.where(packet_type == 2, Mark.MULTICAST, 0)
    c.marks[rows] |= group.astype(np.uint32)
    length = h.u16(address_at - 2) if size == 16 else h.u8(address_at - 1)
    if (six := pick(rows, length == 6)) is not None:
        word = b.data.headers(b.at[six] + address_at, 8).u64(0)
        c.src_lo[six] = word >> np.uint64(16)
        c.dst_hi[six] = NO_ADDRESS
        c.kind[six] = AddressKind.MAC
    b.network[rows] = kind
    b.at[rows] = at + size
    ethertype(b, rows, kind)


def sll(b: Batch, rows: Rows) -> None:
    cooked(b, rows, 16, 0, 14, 6)


def sll2(b: Batch, rows: Rows) -> None:
    cooked(b, rows, 20, 10, 0, 12)


def raw(b: Batch, rows: Rows) -> None:
    """An IP packet with nothing before it: the version tells which."""
    b.name(rows, "Raw packet")
    version = b.data.u8(b.at[rows]) >> 4
    present = b.end[rows] > b.at[rows]
    kind = np.where(version == 4, np.uint16(IPV4), np.where(version == 6, np.uint16(IPV6), np.uint16(0)))
    b.network[rows] = np.where(present, kind, 0)


def network(b: Batch, rows: Rows) -> None:
    """As `raw`, but what is no IP keeps the name of what carried it."""
    raw(b, rows)
    b.name(rows, "Unknown")


def raw4(b: Batch, rows: Rows) -> None:
    b.network[rows] = IPV4


def raw6(b: Batch, rows: Rows) -> None:
    b.network[rows] = IPV6


_FAMILY6 = (10, 23, 24, 28, 30)  # AF_INET6 of Linux, Windows, NetBSD, FreeBSD, Darwin


def loopback(b: Batch, rows: Rows) -> None:
    """BSD loopback: an address family in the byte order of the machine that captured."""
    at = b.here(rows)
    word = b.data.headers(at, 4).u32(0)
    family = np.where(word > 0xFFFF, word.byteswap(), word)
    kind = np.where(family == 2, np.uint16(IPV4), np.where(one_of(family, _FAMILY6), np.uint16(IPV6), np.uint16(0)))
    other = (kind == 0) & (family >= 0x600) & (family < 0x10000)
    b.name(rows, "Null/Loopback")
    b.network[rows] = np.where(other, family.astype(np.uint16), kind)
    b.at[rows] = at + 4
    b.malformed(pick(rows, b.end[rows] < at + 4))
    ethertype(b, rows, b.network[rows])


def ipoib(b: Batch, rows: Rows) -> None:
    """IP over InfiniBand (LINKTYPE_IPOIB): a 40 byte pseudo header, then ethertype and two reserved bytes."""
    at = b.here(rows)
    kind = b.data.headers(at, 44).u16(40)
    b.name(rows, "IPoIB")
    b.network[rows] = np.where(b.end[rows] - at >= 44, kind, 0)
    b.at[rows] = at + 44
    ethertype(b, rows, b.network[rows])


def _announced(b: Batch, rows: Rows, kind: int) -> None:
    """What an ethertype announces, with nothing before it, as GRE and others carry it."""
    b.network[rows] = kind
    ethertype(b, rows, b.network[rows])


_READERS: dict[int, Callable[[Batch, Rows], None]] = {
    LinkType.NULL: loopback, LinkType.LOOP: loopback, LinkType.ETHERNET: ethernet, LinkType.IPOIB: ipoib,
    LinkType.PPP: ppp, LinkType.PPP_HDLC: ppp_serial, LinkType.PPP_PPPD: ppp_serial, LinkType.HDLC: hdlc,
    LinkType.PPP_ETHER: pppoe, LinkType.LINUX_SLL: sll, LinkType.SLL2: sll2,
    LinkType.RAW: raw, 12: raw, 14: raw, LinkType.IPV4: raw4, LinkType.IPV6: raw6, LinkType.NETWORK: network,
    LinkType.IEEE802_11: ieee80211, LinkType.RADIOTAP: radiotap, LinkType.PPI: ppi,
    LinkType.PRISM: prism, LinkType.AVS: prism,
}  # fmt: skip
