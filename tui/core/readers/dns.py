"""DNS messages (RFC 1035 section 4), which mDNS, LLMNR and the NetBIOS name service share."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from tui.core.readers.cursor import Cursor, Short
from tui.core.text import printable

MAX_RECORDS = 64
"""Records read of one message: far more than honest answers hold, so that a hostile one costs little."""
MAX_JUMPS = 16
"""Compression pointers followed in one name; honest names need one or two."""
MAX_NAME = 255  # RFC 1035 section 2.3.4
MOST_STEPPED = 2_048
"""Bytes of a name that is too long which are stepped over to read what follows it."""
TOO_LONG = "<Name too long>"
"""Wireshark's words in place of such a name."""

TYPES = {
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 10: "NULL", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT", 17: "RP",
    18: "AFSDB", 24: "SIG", 25: "KEY", 28: "AAAA", 29: "LOC", 33: "SRV", 35: "NAPTR", 37: "CERT", 39: "DNAME",
    41: "OPT", 43: "DS", 44: "SSHFP", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 50: "NSEC3", 51: "NSEC3PARAM",
    52: "TLSA", 53: "SMIMEA", 59: "CDS", 60: "CDNSKEY", 61: "OPENPGPKEY", 64: "SVCB", 65: "HTTPS", 99: "SPF",
    249: "TKEY", 250: "TSIG", 251: "IXFR", 252: "AXFR", 255: "ANY", 256: "URI", 257: "CAA",
}  # fmt: skip
RCODES = {
    0: "No error", 1: "Format error", 2: "Server failure", 3: "No such name", 4: "Not implemented", 5: "Refused",
    6: "Name exists", 7: "RRset exists", 8: "RRset does not exist", 9: "Not authoritative", 10: "Name out of zone",
}  # fmt: skip
"""Wireshark's words for the response codes."""


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    type: int


@dataclass(frozen=True, slots=True)
class Record:
    name: str
    type: int
    ttl: int
    value: str
    """An address, a name or a text, by type; "" where the type says nothing in one line."""


@dataclass(frozen=True, slots=True)
class DnsMessage:
    txid: int
    response: bool
    opcode: int
    rcode: int
    truncated: bool
    questions: tuple[Question, ...]
    answers: tuple[Record, ...]
    authorities: int
    additionals: int
    cut: bool
    """The message ends before its counts are met."""


def type_name(number: int) -> str:
    return TYPES.get(number) or f"TYPE{number}"


def rcode_text(number: int) -> str:
    return RCODES.get(number) or f"Rcode {number}"


def read_dns(data: bytes) -> DnsMessage | None:
    """The message; None when not even its header of 12 bytes is there."""
    if len(data) < 12:
        return None
    cursor = Cursor(data)
    txid, flags = cursor.u16(), cursor.u16()
    asked, answered, authorities, additionals = cursor.u16(), cursor.u16(), cursor.u16(), cursor.u16()
    questions: list[Question] = []
    answers: list[Record] = []
    cut = False
    try:
        for _ in range(min(asked, MAX_RECORDS)):
            name = read_name(cursor)
            questions.append(Question(name, cursor.u16()))
            cursor.skip(2)
        answers.extend(_record(cursor) for _ in range(min(answered, MAX_RECORDS)))
    except Short:
        cut = True
    return DnsMessage(
        txid, bool(flags & 0x8000), flags >> 11 & 15, flags & 15, bool(flags & 0x200),
        tuple(questions), tuple(answers), authorities, additionals, cut,
    )  # fmt: skip


def read_name(cursor: Cursor) -> str:
    """A name with compression (RFC 1035 section 4.1.4), "<Root>" for the empty one, or TOO_LONG.

    Raises Short where it is broken.
    """
    labels: list[bytes] = []
    data, at, jumps, size = cursor.data, cursor.at, 0, 0
    while True:
        if at >= cursor.end:
            raise Short
        n = data[at]
        if n == 0:
            at += 1
            break
        if n >= 0xC0:
            if at + 2 > cursor.end or jumps >= MAX_JUMPS:
                raise Short
            target = (n & 0x3F) << 8 | data[at + 1]
            if jumps == 0:
                cursor.at = at + 2
            jumps += 1
            at = target
            continue
        size += n + 1
        if n > 63 or size > MOST_STEPPED or at + 1 + n > cursor.end:
            raise Short
        if size <= MAX_NAME:
            labels.append(data[at + 1 : at + 1 + n])
        at += 1 + n
    if jumps == 0:
        cursor.at = at
    if size > MAX_NAME:
        return TOO_LONG
    return printable(b".".join(labels)) if labels else "<Root>"


def _record(cursor: Cursor) -> Record:
    name = read_name(cursor)
    kind = cursor.u16()
    cursor.skip(2)
    ttl = cursor.u32()
    size = cursor.u16()
    start = cursor.at
    cursor.skip(size)
    inner = Cursor(cursor.data, start, cursor.at)
    return Record(name, kind, ttl, record_value(kind, inner, size))


def record_value(kind: int, inner: Cursor, size: int) -> str:
    """The data of a record in one line; "" where its type says nothing so short, or where it is broken."""
    try:
        return _value(kind, inner, size)
    except Short:
        return ""


def _value(kind: int, inner: Cursor, size: int) -> str:
    if kind == 1 and size == 4:
        return ".".join(map(str, inner.take(4)))
    if kind == 28 and size == 16:
        return str(ipaddress.IPv6Address(inner.take(16)))
    if kind in (2, 5, 12, 39, 6):
        return read_name(inner)
    if kind == 15:
        inner.skip(2)
        return read_name(inner)
    if kind == 33:
        inner.skip(4)
        port = inner.u16()
        return f"{read_name(inner)}:{port}"
    if kind in (16, 99):
        return printable(inner.take(inner.u8()), 80)
    return ""


def netbios_name(encoded: str) -> str:
    """The name in a NetBIOS first-level encoding (RFC 1001 section 14.1) with its suffix, such as `WORKGROUP<1b>`."""
    text = encoded.split(".")[0]
    if len(text) != 32 or any(c not in "ABCDEFGHIJKLMNOP" for c in text):
        return encoded
    raw = bytes((ord(text[i]) - 65) << 4 | (ord(text[i + 1]) - 65) for i in range(0, 32, 2))
    return f"{printable(raw[:15].rstrip(b' ').replace(bytes(1), b''))}<{raw[15]:02x}>"
