"""Fields of headers that other packets follow: GRE (RFC 2784, RFC 2890), MPLS (RFC 3032), PPPoE (RFC 2516)."""

from __future__ import annotations

from tui.core.readers.cursor import Cursor, Short
from tui.filters.readers.found import Found

MAX_LABELS = 16
_TAGS = (0x8100, 0x88A8, 0x9100, 0x9200, 0x9300)
_MPLS, _PPPOE = (0x8847, 0x8848), (0x8863, 0x8864)


def read_gre_fields(data: bytes, _stream: bool) -> Found:
    """Flags, protocol, and the key and the sequence number that the flags announce."""
    found, cursor = Found(), Cursor(data)
    try:
        flags = cursor.u16()
        found.add("gre.flags_and_version", flags)
        found.add("gre.proto", cursor.u16())
        if flags & 7:
            return found
        cursor.skip(4 if flags & 0xC000 else 0)
        if flags & 0x2000:
            found.add("gre.key", cursor.u32())
        if flags & 0x1000:
            found.add("gre.sequence_number", cursor.u32())
    except Short:
        pass
    return found


def read_link_fields(data: bytes, _stream: bool) -> Found:
    """The labels or the PPPoE header behind an Ethernet header and its tags."""
    found, cursor = Found(), Cursor(data)
    try:
        cursor.skip(12)
        kind = cursor.u16()
        while kind in _TAGS:
            cursor.skip(2)
            kind = cursor.u16()
        if kind in _MPLS:
            _labels(cursor, found)
        elif kind in _PPPOE:
            cursor.skip(1)
            found.add("pppoe.code", cursor.u8())
            found.add("pppoe.session_id", cursor.u16())
            found.add("pppoe.payload_length", cursor.u16())
            if kind == _PPPOE[1]:
                found.add("ppp.protocol", cursor.u16())
    except Short:
        pass
    return found


def read_ppp_fields(data: bytes, _stream: bool) -> Found:
    """The protocol of a PPP frame (RFC 1661 section 2), address and control before it or not; one byte where odd."""
    found, cursor = Found(), Cursor(data)
    try:
        if data[:2] == b"\xff\x03":
            cursor.skip(2)
        first = cursor.u8()
        found.add("ppp.protocol", first if first & 1 else first << 8 | cursor.u8())
    except Short:
        pass
    return found


def _labels(cursor: Cursor, found: Found) -> None:
    for _ in range(MAX_LABELS):
        entry = cursor.u32()
        found.add("mpls.label", entry >> 12)
        found.add("mpls.exp", entry >> 9 & 7)
        found.add("mpls.bottom", entry >> 8 & 1)
        found.add("mpls.ttl", entry & 0xFF)
        if entry >> 8 & 1:
            break
