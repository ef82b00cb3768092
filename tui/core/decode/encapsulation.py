"""Tunnels over UDP: VXLAN (RFC 7348), Geneve (RFC 8926), GTP-U (3GPP TS 29.281), L2TP (RFC 2661), Teredo (RFC 4380)."""

from __future__ import annotations

import numpy as np

from tui.core.decode.batch import Batch
from tui.core.decode.gather import ALL, Rows, pick
from tui.core.decode.linktypes import LinkType
from tui.core.decode.transport import UDP
from tui.core.protocols import ID

_MOST_GTP_EXTENSIONS = 8


def decode_encapsulation(b: Batch) -> None:
    """Find the packets that UDP datagrams carry. Ports are those of the datagrams, the tunnel's layer is added."""
    protocol = b.columns.protocol
    for name, reader in _READERS.items():
        mask = protocol == ID[name]
        if mask.any() and (rows := pick(ALL, mask & (b.proto == UDP))) is not None:
            reader(b, rows)


def vxlan(b: Batch, rows: Rows) -> None:
    b.malformed(pick(rows, b.end[rows] - b.at[rows] < 8))
    b.carries(rows, LinkType.ETHERNET, skip=8)


def geneve(b: Batch, rows: Rows) -> None:
    h = b.data.headers(b.at[rows], 4)
    size = 8 + (h.u8(0) & 0x3F).astype(np.int64) * 4
    kind = h.u16(2)
    for number, linktype in ((0x6558, LinkType.ETHERNET), (0x0800, LinkType.NETWORK), (0x86DD, LinkType.NETWORK)):
        mask = kind == number
        if (some := pick(rows, mask)) is not None:
            b.carries(some, linktype, skip=size[mask])


def gtp(b: Batch, rows: Rows) -> None:
    """G-PDUs only; sequence number, N-PDU number and extension headers are stepped over."""
    h = b.data.headers(b.at[rows], 12)
    flags = h.u8(0)
    user = (flags >> 5 == 1) & (h.u8(1) == 255)
    some = pick(rows, user)
    if some is None:
        return
    optional = (flags[user] & 7) != 0
    size = np.where(optional, 12, 8).astype(np.int64)
    following = np.where((flags[user] & 4) != 0, h.u8(11)[user], 0)
    at = b.here(some)
    for _ in range(_MOST_GTP_EXTENSIONS):
        more = following != 0
        if not more.any():
            break
        length = b.data.u8(at + size).astype(np.int64) * 4
        more &= length > 0
        size += np.where(more, length, 0)
        following = np.where(more, b.data.u8(at + size - 1), 0)
    b.carries(some, LinkType.NETWORK, skip=size)


def l2tp(b: Batch, rows: Rows) -> None:
    """Data messages: optional length, sequence numbers and padding, then PPP."""
    at = b.here(rows)
    h = b.data.headers(at, 12)
    flags = h.u16(0)
    data = ((flags & 0x8000) == 0) & ((flags & 0x000F) == 2)
    size = 6 + np.where((flags & 0x4000) != 0, 2, 0) + np.where((flags & 0x0800) != 0, 4, 0)
    padded = (flags & 0x0200) != 0
    padding = b.data.headers(at + size, 2).u16(0).astype(np.int64)
    size = size + np.where(padded, 2 + padding, 0)
    if (some := pick(rows, data)) is not None:
        b.carries(some, LinkType.PPP, skip=size[data])


def teredo(b: Batch, rows: Rows) -> None:
    """IPv6, behind an authentication and an origin indication."""
    at = b.here(rows)
    h = b.data.headers(at, 4)
    authenticated = h.u16(0) == 1
    size = np.where(authenticated, 13 + h.u8(2).astype(np.int64) + h.u8(3), 0)
    size += np.where(b.data.headers(at + size, 2).u16(0) == 0, 8, 0)
    b.carries(rows, LinkType.NETWORK, skip=size)


def mpls(b: Batch, rows: Rows) -> None:
    b.carries(rows, LinkType.of_ethertype(0x8847))


_READERS = {"VXLAN": vxlan, "Geneve": geneve, "GTP": gtp, "L2TP": l2tp, "Teredo": teredo, "MPLS": mpls}
