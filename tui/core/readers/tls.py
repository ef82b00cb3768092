"""TLS records and hello messages (RFC 8446 sections 4 and 5, RFC 6066 section 3, RFC 7301)."""

from __future__ import annotations

from dataclasses import dataclass

from tui.core.readers.cursor import Cursor, Short
from tui.core.text import printable

VERSIONS = {
    0x0002: "SSLv2", 0x0300: "SSLv3", 0x0301: "TLSv1.0", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3",
    0xFEFF: "DTLSv1.0", 0xFEFD: "DTLSv1.2", 0xFEFC: "DTLSv1.3",
}  # fmt: skip
MAX_RECORDS = 16
"""Records looked at in one packet; a segment of 1,460 bytes seldom holds more."""
MAX_NAMES = 8
"""Protocols listed of an ALPN extension."""


@dataclass(frozen=True, slots=True)
class Hello:
    """ClientHello or ServerHello, as far as the bytes go. `version`: the highest that is offered, or the one chosen."""

    client: bool
    version: int
    server_name: str
    alpn: tuple[str, ...]
    ciphers: tuple[int, ...]
    complete: bool
    """All extensions were there: an empty `server_name` means that there is none."""


@dataclass(frozen=True, slots=True)
class Record:
    type: int
    version: int
    body: bytes
    """As much as this packet holds."""
    length: int
    """What the record header says."""


def version_name(number: int) -> str:
    return VERSIONS.get(number) or (f"TLSv1.3 (draft {number & 255})" if number >> 8 == 0x7F else f"0x{number:04x}")


def records(data: bytes) -> list[Record]:
    """The records that begin in these bytes; empty when they do not begin with one."""
    found: list[Record] = []
    at = 0
    while at + 5 <= len(data) and len(found) < MAX_RECORDS:
        kind, version = data[at], data[at + 1] << 8 | data[at + 2]
        length = data[at + 3] << 8 | data[at + 4]
        if not 20 <= kind <= 24 or version >> 8 != 3 or length > 0x4800:
            break
        found.append(Record(kind, version, data[at + 5 : at + 5 + length], length))
        at += 5 + length
    return found


def handshake_bytes(data: bytes) -> bytes:
    """The handshake messages at the start of a stream, joined over the records that carry them."""
    parts = []
    for record in records(data):
        if record.type != 22:
            break
        parts.append(record.body)
    return b"".join(parts)


def read_hello(handshake: bytes) -> Hello | None:
    """The hello that these handshake bytes begin with; None when they begin with something else."""
    if len(handshake) < 4 or handshake[0] not in (1, 2):
        return None
    client = handshake[0] == 1
    cursor = Cursor(handshake)
    cursor.skip(1)
    length = cursor.u24()
    whole = length + 4 <= len(handshake)
    body = cursor.part(length)
    version, name, done = 0, "", False
    alpn: tuple[str, ...] = ()
    ciphers: tuple[int, ...] = ()
    try:
        version = body.u16()
        if version >> 8 not in (3, 0x7F, 0xFE):
            return None
        body.skip(32)
        body.skip(body.u8())
        if client:
            size = body.u16()
            ciphers = _u16s(body.part(size))
            body.skip(body.u8())
        else:
            ciphers = (body.u16(),)
            body.skip(1)
        version, name, alpn, done = _extensions(body, version, client)
    except Short:
        pass
    return Hello(client, version, name, alpn, ciphers, done or whole)


def _extensions(body: Cursor, version: int, client: bool) -> tuple[int, str, tuple[str, ...], bool]:
    """What the extensions add, as far as they were captured; the last value says whether all of them were there."""
    name = ""
    alpn: tuple[str, ...] = ()
    if body.left < 2:
        return version, name, alpn, body.left == 0
    size = body.u16()
    done = body.left >= size
    extensions = body.part(size)
    while extensions.left >= 4:
        kind, length = extensions.u16(), extensions.u16()
        whole = extensions.left >= length
        part = extensions.part(length)
        try:
            if kind == 0 and client:
                name = _server_name(part)
            elif kind == 16:
                alpn = _alpn(part)
            elif kind == 43:
                version = _supported_version(part, client, version)
        except Short:
            done = done and whole
    return version, name, alpn, done


def _server_name(part: Cursor) -> str:
    part.skip(2)
    if part.u8() != 0:
        return ""
    return printable(part.take(part.u16()), 255)


def _alpn(part: Cursor) -> tuple[str, ...]:
    part.skip(2)
    names: list[str] = []
    while part.left and len(names) < MAX_NAMES:
        names.append(printable(part.take(part.u8()), 40))
    return tuple(names)


def _supported_version(part: Cursor, client: bool, version: int) -> int:
    if not client:
        return part.u16()
    offered = [v for v in _u16s(part.part(part.u8())) if v & 0x0F0F != 0x0A0A]  # without GREASE (RFC 8701)
    return max((v for v in offered if v >> 8 == 3), default=offered[0] if offered else version)


def _u16s(part: Cursor) -> tuple[int, ...]:
    raw = part.take(part.left & ~1)
    return tuple(raw[i] << 8 | raw[i + 1] for i in range(0, len(raw), 2))
