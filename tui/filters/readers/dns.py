"""Fields of DNS messages (RFC 1035, RFC 3596, RFC 2782), which mDNS and LLMNR share; NetBIOS names too."""

from __future__ import annotations

from enum import Enum

from tui.core.readers.cursor import Cursor, Short
from tui.core.readers.dns import MAX_RECORDS, netbios_name, read_name
from tui.filters.readers.found import Found

_FLAGS = {
    "dns.flags": (0, 0xFFFF), "dns.flags.response": (15, 1), "dns.flags.opcode": (11, 15),
    "dns.flags.truncated": (9, 1),
}  # fmt: skip
_UNICAST_FLAGS = {"dns.flags.recdesired": (8, 1), "dns.flags.z": (6, 1), "dns.flags.checkdisable": (4, 1)}
_RESPONSE_FLAGS = {
    "dns.flags.authoritative": (10, 1), "dns.flags.recavail": (7, 1), "dns.flags.authenticated": (5, 1),
    "dns.flags.rcode": (0, 15),
}  # fmt: skip
_LLMNR_FLAGS = {"dns.flags.conflict": (10, 1), "dns.flags.tentative": (8, 1)}
_NBNS_FLAGS = {
    "nbns.flags": (0, 0xFFFF), "nbns.flags.response": (15, 1), "nbns.flags.opcode": (11, 15),
    "nbns.flags.truncated": (9, 1), "nbns.flags.broadcast": (4, 1),
}  # fmt: skip
_NAME_VALUES = {2: "dns.ns", 5: "dns.cname", 12: "dns.ptr.domain_name"}
_QUESTIONS, _ANSWERS = "dns.count.queries", "dns.count.answers"


class _Dialect(Enum):
    """Who speaks: the flags of LLMNR (RFC 4795 section 2.1.1) and the classes of mDNS (RFC 6762 section 18) differ."""

    DNS = 0
    MDNS = 1
    LLMNR = 2


def read_dns_fields(data: bytes, stream: bool) -> Found:
    """Fields of the message; over TCP, of all messages behind their lengths."""
    found = Found()
    if not stream:
        _message(data, found, _Dialect.DNS)
        return found
    at = 0
    while at + 2 < len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        if size < 12 or at + 2 + size > len(data):
            break
        found.add("dns.length", size)
        _message(data[at + 2 : at + 2 + size], found, _Dialect.DNS)
        at += 2 + size
    return found


def read_mdns_fields(data: bytes, _stream: bool) -> Found:
    found = Found()
    _message(data, found, _Dialect.MDNS)
    return found


def read_llmnr_fields(data: bytes, _stream: bool) -> Found:
    found = Found()
    _message(data, found, _Dialect.LLMNR)
    return found


def _message(data: bytes, found: Found, dialect: _Dialect) -> None:
    cursor = Cursor(data)
    try:
        found.add("dns.id", cursor.u16())
        _flags(cursor.u16(), found, dialect)
        counts = [cursor.u16() for _ in range(4)]
        for name, count in zip((_QUESTIONS, _ANSWERS, "dns.count.auth_rr", "dns.count.add_rr"), counts, strict=True):
            found.add(name, count)
        for _ in range(min(counts[0], MAX_RECORDS)):
            _question(cursor, found, dialect)
        for _ in range(min(sum(counts[1:]), MAX_RECORDS)):
            _record(cursor, found, dialect)
    except Short:
        return


def _flags(flags: int, found: Found, dialect: _Dialect) -> None:
    found.bits(flags, _FLAGS)
    if dialect is _Dialect.LLMNR:
        found.bits(flags, _LLMNR_FLAGS)
        if flags & 0x8000:
            found.add("dns.flags.rcode", flags & 15)
        return
    found.bits(flags, _UNICAST_FLAGS)
    if flags & 0x8000:
        found.bits(flags, _RESPONSE_FLAGS)
    elif flags & 0x20:
        found.add("dns.flags.authenticated", 1)


def _question(cursor: Cursor, found: Found, dialect: _Dialect) -> None:
    name = read_name(cursor)
    kind, group = cursor.u16(), cursor.u16()
    shown = "" if name == "<Root>" else name
    found.add("dns.qry.name", name.encode())
    found.add("dns.qry.name.len", len(shown) if shown else 6)
    found.add("dns.count.labels", shown.count(".") + 1 if shown else 0)
    found.add("dns.qry.type", kind)
    if dialect is _Dialect.MDNS:
        found.add("dns.qry.qu", group >> 15)
        group &= 0x7FFF
    found.add("dns.qry.class", group)


def _record(cursor: Cursor, found: Found, dialect: _Dialect) -> None:
    name = read_name(cursor)
    kind, group, ttl, size = cursor.u16(), cursor.u16(), cursor.u32(), cursor.u16()
    found.add("dns.resp.name" if kind != 33 else "dns.srv.name", name.encode())
    found.add("dns.resp.type", kind)
    if dialect is _Dialect.MDNS:
        found.add("dns.resp.cache_flush", group >> 15)
        group &= 0x7FFF
    if kind == 41:  # an OPT record keeps other things in these places (RFC 6891)
        found.add("dns.rr.udp_payload_size", group)
        found.add("dns.resp.z", ttl & 0xFFFF)
        found.add("dns.resp.z.do", ttl >> 15 & 1)
    else:
        found.add("dns.resp.class", group)
        found.add("dns.resp.ttl", ttl)
    found.add("dns.resp.len", size)
    start = cursor.at
    cursor.skip(size)
    if kind == 33:
        _service(name, found)
    try:
        _value(kind, Cursor(cursor.data, start, start + size), size, found)
    except Short:
        return


def _service(name: str, found: Found) -> None:
    """RFC 2782: _service._transport.domain."""
    parts = name.split(".", 2)
    for field, part in zip(("dns.srv.service", "dns.srv.proto"), parts, strict=False):
        found.add(field, part.encode())


def _value(kind: int, inner: Cursor, size: int, found: Found) -> None:
    if kind == 1 and size == 4:
        found.add("dns.a", inner.u32())
    elif kind == 28 and size == 16:
        found.add("dns.aaaa", inner.u64() << 64 | inner.u64())
    elif kind in _NAME_VALUES:
        found.add(_NAME_VALUES[kind], read_name(inner).encode())
    elif kind == 10:
        found.add("dns.null", inner.take(size))
    elif kind == 15:
        found.add("dns.mx.preference", inner.u16())
        found.add("dns.mx.mail_exchange", read_name(inner).encode())
    elif kind in (16, 99):
        while inner.left:
            length = inner.u8()
            found.add("dns.txt.length", length)
            found.add("dns.txt", inner.take(length))
    elif kind == 33:
        for part in ("dns.srv.priority", "dns.srv.weight", "dns.srv.port"):
            found.add(part, inner.u16())
        found.add("dns.srv.target", read_name(inner).encode())
    elif kind == 41:
        while inner.left >= 4:
            found.add("dns.opt.code", inner.u16())
            inner.skip(inner.u16())
    elif kind == 6:
        found.add("dns.soa.mname", read_name(inner).encode())
        found.add("dns.soa.rname", read_name(inner).encode())
        for part in ("serial_number", "refresh_interval", "retry_interval", "expire_limit", "minimum_ttl"):
            found.add(f"dns.soa.{part}", inner.u32())


def read_nbns_fields(data: bytes, _stream: bool) -> Found:
    """NetBIOS name service (RFC 1002 section 4.2)."""
    found = Found()
    cursor = Cursor(data)
    try:
        found.add("nbns.id", cursor.u16())
        found.bits(cursor.u16(), _NBNS_FLAGS)
        counts = [cursor.u16() for _ in range(4)]
        for number in range(min(sum(counts), MAX_RECORDS)):
            found.add("nbns.name", netbios_name(read_name(cursor)).encode())
            found.add("nbns.type", cursor.u16())
            cursor.skip(2)
            if number >= counts[0]:
                cursor.skip(4)
                cursor.skip(cursor.u16())
    except Short:
        pass
    return found
