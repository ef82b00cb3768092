"""Fields of what neighbours on a link say: spanning tree, LLDP, CDP, EAPOL."""

from __future__ import annotations

from tui.core.readers.cursor import Cursor, Short
from tui.filters.readers.found import Found

MAX_ITEMS = 64
_TAGS = (0x8100, 0x88A8, 0x9100)
_EAPOL_IN_LLC = b"\xaa\xaa\x03\0\0\0\x88\x8e"
_CDP_TEXTS = {1: "cdp.deviceid", 3: "cdp.portid", 5: "cdp.software_version", 6: "cdp.platform"}
_LLDP_TEXTS = {4: "lldp.port.desc", 5: "lldp.tlv.system.name", 6: "lldp.tlv.system.desc"}


def _behind_ethernet(data: bytes) -> tuple[int, Cursor]:
    """The ethertype, or the length, and what follows."""
    cursor = Cursor(data, 12)
    kind = cursor.u16()
    while kind in _TAGS:
        cursor.skip(2)
        kind = cursor.u16()
    return kind, cursor


def read_stp_fields(data: bytes, _stream: bool) -> Found:
    """Bridge protocol data (IEEE 802.1D section 9.3), behind LLC, or SNAP where it is Cisco's for each VLAN."""
    found = Found()
    try:
        _, cursor = _behind_ethernet(data)
        cursor.skip(8 if data[cursor.at : cursor.at + 1] == b"\xaa" else 3)
        cursor.skip(2)
        found.add("stp.version", cursor.u8())
        kind = cursor.u8()
        found.add("stp.type", kind)
        if kind == 0x80:
            return found
        flags = cursor.u8()
        found.add("stp.flags", flags)
        found.add("stp.flags.tc", flags & 1)
        found.add("stp.flags.tcack", flags >> 7)
        for name in ("root", "bridge"):
            found.add(f"stp.{name}.prio", cursor.u16() & 0xF000)
            found.add(f"stp.{name}.hw", int.from_bytes(cursor.take(6), "big"))
            if name == "root":
                found.add("stp.root.cost", cursor.u32())
        found.add("stp.port", cursor.u16())
    except Short:
        pass
    return found


def read_lldp_fields(data: bytes, _stream: bool) -> Found:
    """Elements of 7 bits type and 9 bits length (IEEE 802.1AB section 8.4)."""
    found = Found()
    try:
        _, cursor = _behind_ethernet(data)
        for _ in range(MAX_ITEMS):
            head = cursor.u16()
            kind, body = head >> 9, cursor.take(head & 0x1FF)
            found.add("lldp.tlv.type", kind)
            if kind == 0:
                break
            if kind == 1 and body[:1] == b"\4" and len(body) == 7:
                found.add("lldp.chassis.id.mac", int.from_bytes(body[1:], "big"))
            elif kind == 2 and body[:1] in (b"\1", b"\2", b"\5", b"\6", b"\7"):
                found.add("lldp.port.id", body[1:])
            elif kind in _LLDP_TEXTS:
                found.add(_LLDP_TEXTS[kind], body)
    except Short:
        pass
    return found


def read_cdp_fields(data: bytes, _stream: bool) -> Found:
    """Behind LLC and SNAP, or the four bytes of HDLC: version, time to live, checksum, elements."""
    found = Found()
    try:
        if data[:4] in (b"\x0f\0\x20\0", b"\x8f\0\x20\0"):
            cursor = Cursor(data, 4)
        else:
            _, cursor = _behind_ethernet(data)
            cursor.skip(8)
        found.add("cdp.version", cursor.u8())
        found.add("cdp.ttl", cursor.u8())
        cursor.skip(2)
        for _ in range(MAX_ITEMS):
            kind, size = cursor.u16(), cursor.u16()
            body = cursor.take(max(size - 4, 0))
            if kind in _CDP_TEXTS:
                found.add(_CDP_TEXTS[kind], body)
    except Short:
        pass
    return found


def read_eapol_fields(data: bytes, _stream: bool) -> Found:
    """EAP over LAN (IEEE 802.1X section 11.3), in Ethernet or behind the LLC of 802.11; EAP itself (RFC 3748)."""
    found = Found()
    try:
        at = data.find(_EAPOL_IN_LLC, 0, 128)
        cursor = Cursor(data, at + len(_EAPOL_IN_LLC)) if at >= 0 else _behind_ethernet(data)[1]
        found.add("eapol.version", cursor.u8())
        kind = cursor.u8()
        found.add("eapol.type", kind)
        found.add("eapol.len", cursor.u16())
        if kind == 3:
            found.add("eapol.keydes.type", cursor.u8())
        elif kind == 0:
            code = cursor.u8()
            found.add("eap.code", code)
            found.add("eap.id", cursor.u8())
            found.add("eap.len", cursor.u16())
            if code in (1, 2):
                found.add("eap.type", cursor.u8())
    except Short:
        pass
    return found
