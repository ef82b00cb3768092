"""Fields of routing and of what builds tunnels: OSPF, BGP, EIGRP, IKE, WireGuard, SCTP; TFTP."""

from __future__ import annotations

from tui.core.readers.cursor import Cursor, Short
from tui.filters.readers.found import Found

MAX_MESSAGES = 64
_BGP_MARKER = b"\xff" * 16


def read_ospf_fields(data: bytes, _stream: bool) -> Found:
    """RFC 2328 appendix A.3, RFC 5340 appendix A.3: headers and hellos."""
    found, cursor = Found(), Cursor(data)
    try:
        version, kind = cursor.u8(), cursor.u8()
        found.add("ospf.version", version)
        found.add("ospf.msg", kind)
        cursor = Cursor(data, 4, min(max(cursor.u16(), 4), len(data)))  # a digest may follow
        found.add("ospf.srcrouter", cursor.u32())
        found.add("ospf.area_id", cursor.u32())
        cursor.skip(2)
        if version == 2:
            found.add("ospf.auth.type", cursor.u16())
            cursor.skip(8)
        else:
            cursor.skip(2)
        if kind == 1:
            _ospf_hello(cursor, version, found)
    except Short:
        pass
    return found


def _ospf_hello(cursor: Cursor, version: int, found: Found) -> None:
    cursor.skip(4)
    if version == 2:
        interval = cursor.u16()
        cursor.skip(1)
        found.add("ospf.hello.router_priority", cursor.u8())
        dead = cursor.u32()
    else:
        found.add("ospf.hello.router_priority", cursor.u8())
        cursor.skip(3)
        interval, dead = cursor.u16(), cursor.u16()
    found.add("ospf.hello.hello_interval", interval)
    found.add("ospf.hello.router_dead_interval", dead)
    found.add("ospf.hello.designated_router", cursor.u32())
    found.add("ospf.hello.backup_designated_router", cursor.u32())
    while cursor.left >= 4:
        found.add("ospf.hello.active_neighbor", cursor.u32())


def read_bgp_fields(data: bytes, _stream: bool) -> Found:
    """RFC 4271 section 4: the messages that lie whole in these bytes."""
    found, at = Found(), 0
    for _ in range(MAX_MESSAGES):
        if data[at : at + 16] != _BGP_MARKER or at + 19 > len(data):
            break
        size, kind = int.from_bytes(data[at + 16 : at + 18], "big"), data[at + 18]
        if size < 19 or at + size > len(data):
            break
        found.add("bgp.length", size)
        found.add("bgp.type", kind)
        body = Cursor(data, at + 19, at + size)
        try:
            if kind == 1:
                found.add("bgp.open.version", body.u8())
                found.add("bgp.open.myas", body.u16())
                found.add("bgp.open.holdtime", body.u16())
                found.add("bgp.open.identifier", body.u32())
            elif kind == 3:
                found.add("bgp.notify.major_error", body.u8())
        except Short:
            pass
        at += size
    return found


def read_isakmp_fields(data: bytes, _stream: bool) -> Found:
    """RFC 7296 section 3.1; on port 4500 behind four zero bytes (RFC 3948)."""
    found, cursor = Found(), Cursor(data)
    if len(data) < 28:
        return found
    try:
        if data[:4] == bytes(4) and len(data) >= 32:
            cursor.skip(4)
        found.add("isakmp.ispi", cursor.take(8))
        found.add("isakmp.rspi", cursor.take(8))
        found.add("isakmp.nextpayload", cursor.u8())
        found.add("isakmp.version", cursor.u8())
        found.add("isakmp.exchangetype", cursor.u8())
        found.add("isakmp.flags", cursor.u8())
        found.add("isakmp.messageid", cursor.u32())
        found.add("isakmp.length", cursor.u32())
    except Short:
        pass
    return found


def read_wireguard_fields(data: bytes, _stream: bool) -> Found:
    """The four messages of WireGuard (whitepaper section 5.4), numbers little endian."""
    found, cursor = Found(), Cursor(data)
    try:
        kind = cursor.u8()
        found.add("wg.type", kind)
        cursor.skip(3)
        if kind in (1, 2):
            found.add("wg.sender", cursor.le32())
        if kind in (2, 3, 4):
            found.add("wg.receiver", cursor.le32())
        if kind == 4:
            found.add("wg.counter", int.from_bytes(cursor.take(8), "little"))
    except Short:
        pass
    return found


def read_sctp_fields(data: bytes, _stream: bool) -> Found:
    """RFC 9260 section 3: the kind of each chunk."""
    found, cursor = Found(), Cursor(data)
    try:
        cursor.skip(8)
        found.add("sctp.checksum", cursor.u32())
        for _ in range(MAX_MESSAGES):
            if not cursor.left:
                break
            start, kind, flags = cursor.at, cursor.u8(), cursor.u8()
            size = cursor.u16()
            found.add("sctp.chunk_type", kind)
            found.add("sctp.chunk_flags", flags)
            found.add("sctp.chunk_length", size)
            if kind == 0:
                found.add("sctp.data_tsn_raw", cursor.u32())
                cursor.skip(4)
                found.add("sctp.data_payload_proto_id", cursor.u32())
            cursor.skip(start + max(size + 3 & ~3, 4) - cursor.at)
    except Short:
        pass
    return found


def read_tftp_fields(data: bytes, _stream: bool) -> Found:
    """RFC 1350 section 5."""
    found, cursor = Found(), Cursor(data)
    try:
        kind = cursor.u16()
        found.add("tftp.opcode", kind)
        if kind in (1, 2):
            name = "tftp.source_file" if kind == 1 else "tftp.destination_file"
            found.add(name, cursor.until(b"\0"))
            found.add("tftp.type", cursor.until(b"\0"))
        elif kind in (3, 4):
            found.add("tftp.block", cursor.u16())
        elif kind == 5:
            found.add("tftp.error.code", cursor.u16())
    except Short:
        pass
    return found
