"""PPP in its framings (RFC 1661, 1662), Cisco HDLC."""

from __future__ import annotations

import numpy as np

from tui.core.columns import AddressKind
from tui.core.decode.batch import Batch
from tui.core.decode.gather import Rows, pick
from tui.core.decode.network import IPV4, IPV6
from tui.core.protocols import ETHERTYPES, PPP_PROTOCOLS, Layer

_IP, _IP6 = 0x0021, 0x0057


def ppp(b: Batch, rows: Rows) -> None:
    """PPP, with the HDLC address and control bytes where they are not compressed away."""
    at = b.here(rows)
    framed = b.data.headers(at, 2).u16(0) == 0xFF03
    b.at[rows] = at + np.where(framed, 2, 0)
    b.name(rows, "PPP")
    ppp_payload(b, rows)


def ppp_serial(b: Batch, rows: Rows) -> None:
    """PPP or Cisco HDLC, told apart by the first byte."""
    first = b.data.u8(b.at[rows])
    cisco = (first == 0x0F) | (first == 0x8F)
    if (some := pick(rows, ~cisco)) is not None:
        ppp(b, some)
    if (some := pick(rows, cisco)) is not None:
        hdlc(b, some)


def ppp_payload(b: Batch, rows: Rows) -> None:
    """The protocol number, one byte long if it is odd (RFC 1661 section 2), and what follows."""
    at, c = b.here(rows), b.columns
    word = b.data.headers(at, 2).u16(0)
    short = (word & 0x0100) != 0
    number = np.where(short, word >> 8, word).astype(np.uint16)
    b.at[rows] = at + np.where(short, 1, 2)
    b.layer(rows, Layer.PPP)
    none = pick(rows, c.kind[rows] == AddressKind.NONE)
    if none is not None:
        c.kind[none] = AddressKind.POINT
    b.malformed(pick(rows, b.at[rows] > b.end[rows]))
    b.network[rows] = np.where(number == _IP, IPV4, np.where(number == _IP6, IPV6, 0))
    named = PPP_PROTOCOLS[number]
    c.protocol[rows] = np.where(named != 0, named, c.protocol[rows])


def hdlc(b: Batch, rows: Rows) -> None:
    """Cisco HDLC: address, control, ethertype."""
    at, c = b.here(rows), b.columns
    h = b.data.headers(at, 4)
    b.name(rows, "CHDLC")
    kind = np.where(at + 4 <= b.end[rows], h.u16(2), 0)
    b.malformed(pick(rows, at + 4 > b.end[rows]))
    b.at[rows] = at + 4
    b.network[rows] = kind
    c.ethertype[rows] = kind
    c.kind[rows] = AddressKind.POINT
    named = ETHERTYPES[kind]
    c.protocol[rows] = np.where(named != 0, named, c.protocol[rows])
    if (some := pick(rows, kind == 0x8035)) is not None:
        b.name(some, "SLARP")  # the number of RARP means SLARP here
        b.network[some] = 0
