"""Ethertypes: VLAN tags, MPLS, PPPoE, LLC and SNAP, and the layer 2 protocols that have a name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import AddressKind
from tui.core.decode.batch import Batch
from tui.core.decode.gather import Int64, Rows, one_of, pick
from tui.core.decode.network import ARP, IPV4, IPV6, RARP
from tui.core.decode.ppp import ppp_payload
from tui.core.protocols import ETHERTYPES, LLC_SAPS, SNAP_CISCO, Layer

_TAGS = (0x8100, 0x88A8, 0x9100, 0x9200, 0x9300)
_MPLS = (0x8847, 0x8848)
_PPPOE_DISCOVERY, _PPPOE_SESSION = 0x8863, 0x8864
_MOST_TAGS = 8
_PLAIN = np.zeros(65536, np.bool_)
_PLAIN[[IPV4, ARP, RARP, IPV6]] = True


def ethertype(b: Batch, rows: Rows, kind: NDArray[np.uint16]) -> None:
    """Follow `kind`, the ethertype of each of `rows`, to the network layer."""
    some = pick(rows, ~one_of(kind, (IPV4, IPV6, ARP, RARP)))
    if some is None:
        return
    b.name(some, "Ethernet")
    b.columns.ethertype[some] = b.network[some]
    _beyond(b, some, _MOST_TAGS)


def addresses(b: Batch, rows: Rows, at: Int64) -> None:
    """Destination and source MAC at `at` become the addresses of packets whose network layer has none."""
    h, c = b.data.headers(at, 16), b.columns
    c.kind[rows] = AddressKind.MAC
    c.dst_lo[rows] = h.u64(0) >> np.uint64(16)
    c.src_lo[rows] = h.u64(6) >> np.uint64(16)


def _beyond(b: Batch, rows: Rows, depth: int) -> None:
    """Packets whose ethertype is no network layer's."""
    kind = b.network[rows]
    tag = one_of(kind, _TAGS)
    if (some := pick(rows, tag)) is not None:
        _vlan(b, some, depth)
    if (some := pick(rows, one_of(kind, _MPLS))) is not None:
        mpls(b, some)
    if (some := pick(rows, kind == _PPPOE_SESSION)) is not None:
        pppoe(b, some)
    if (some := pick(rows, kind <= 1500)) is not None:
        _length(b, some)
    rest = pick(rows, (kind > 1500) & ~tag & ~_PLAIN[kind])
    if rest is not None:
        named = ETHERTYPES[b.network[rest]]
        c = b.columns
        c.protocol[rest] = np.where(named != 0, named, c.protocol[rest])


def _vlan(b: Batch, rows: Rows, depth: int) -> None:
    """802.1Q and 802.1ad tags; the outermost is kept."""
    c, at = b.columns, b.here(rows)
    h = b.data.headers(at, 4)
    b.malformed(pick(rows, at + 4 > b.end[rows]))
    b.layer(rows, Layer.VLAN)
    outer = c.vlan[rows]
    c.vlan[rows] = np.where(outer == 0xFFFF, h.u16(0) & 0x0FFF, outer)
    b.network[rows] = np.where(at + 4 <= b.end[rows], h.u16(2), 0x9999)
    b.at[rows] = at + 4
    rest = pick(rows, ~_PLAIN[b.network[rows]])
    if rest is not None and depth:
        b.columns.ethertype[rest] = b.network[rest]
        _beyond(b, rest, depth - 1)


def mpls(b: Batch, rows: Rows) -> None:
    """A stack of MPLS labels (RFC 3032); what follows is told by its first half byte, as routers do."""
    b.name(rows, "MPLS")
    b.layer(rows, Layer.MPLS)
    b.network[rows] = 0
    left = rows
    for _ in range(_MOST_TAGS):
        at = b.here(left)
        bottom = b.data.u8(at + 2) & 1
        b.at[left] = at + 4
        more = pick(left, bottom == 0)
        if more is None:
            break
        left = more
    else:
        b.malformed(left)
    first = b.data.u8(b.at[rows]) >> 4
    inside = b.at[rows] < b.end[rows]
    b.network[rows] = np.where(inside & (first == 4), IPV4, np.where(inside & (first == 6), IPV6, 0))
    if (some := pick(rows, inside & (first == 0))) is not None:
        b.carries(some, 1, skip=4)  # a pseudowire control word (RFC 4448), then Ethernet
    if (some := pick(rows, inside & (first != 0) & (first != 4) & (first != 6))) is not None:
        b.carries(some, 1)


def pppoe(b: Batch, rows: Rows) -> None:
    """PPPoE sessions (RFC 2516)."""
    at = b.here(rows)
    h = b.data.headers(at, 8)
    b.name(rows, "PPPoE")
    b.layer(rows, Layer.PPPOE)
    b.end[rows] = np.minimum(b.end[rows], at + 6 + h.u16(4))
    b.at[rows] = at + 6
    b.network[rows] = 0
    ppp_payload(b, rows)


def _length(b: Batch, rows: Rows) -> None:
    """IEEE 802.3: a length where the ethertype would be, then LLC."""
    length = b.network[rows].astype(np.int64)
    b.end[rows] = np.minimum(b.end[rows], b.at[rows] + length)
    b.network[rows] = 0
    llc(b, rows)


def llc(b: Batch, rows: Rows) -> None:
    """IEEE 802.2 LLC, and SNAP with the protocols of IEEE and Cisco."""
    at, c = b.here(rows), b.columns
    h = b.data.headers(at, 8)
    sap = h.u8(0)
    c.protocol[rows] = LLC_SAPS[sap]
    pair = h.u16(0)
    b.layer(rows, Layer.LLC)
    snap = (pair == 0xAAAA) & (h.u8(2) == 3)
    organisation = h.u32(2) & 0xFFFFFF
    kind = h.u16(6)
    if (some := pick(rows, pair == 0xFFFF)) is not None:
        b.name(some, "IPX")  # Novell's "raw 802.3", which has no LLC
        ipx(b, some)
    if (some := pick(rows, (sap == 0xE0) & (pair != 0xFFFF))) is not None:
        b.at[some] += 3
        ipx(b, some)
    osi = pair == 0xFEFE
    for first, name in ((0x83, "ISIS"), (0x81, "CLNP"), (0x82, "ESIS")):
        if (some := pick(rows, osi & (h.u8(3) == first))) is not None:
            b.name(some, name)
    encapsulated = snap & ((organisation == 0) | (organisation == 0x0000F8))
    if (some := pick(rows, encapsulated)) is not None:
        b.at[some] += 8
        b.network[some] = np.maximum(kind[encapsulated], 0x5DD)
        b.columns.ethertype[some] = b.network[some]
        beyond = pick(some, ~_PLAIN[b.network[some]])
        if beyond is not None:
            _beyond(b, beyond, 1)
    cisco = snap & (organisation == 0x00000C)
    if (some := pick(rows, cisco)) is not None:
        c.protocol[some] = SNAP_CISCO[kind[cisco]]
    if (some := pick(rows, (pair == 0x0606) & (h.u8(2) == 3))) is not None:
        b.at[some] += 3
        b.network[some] = IPV4


_IPX_SOCKETS = {0x0451: "NCP", 0x0452: "IPX SAP", 0x0453: "IPX RIP", 0x0455: "NBIPX", 0x0553: "NBIPX"}


def ipx(b: Batch, rows: Rows) -> None:
    """IPX: the protocol is told by its sockets."""
    b.name(rows, "IPX")
    h = b.data.headers(b.at[rows], 32)
    there, here = h.u16(16), h.u16(28)
    b.malformed(pick(rows, b.at[rows] + 30 > b.end[rows]))
    for socket, name in _IPX_SOCKETS.items():
        if (some := pick(rows, (there == socket) | (here == socket))) is not None:
            b.name(some, name)
