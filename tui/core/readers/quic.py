"""QUIC packets (RFC 9000 section 17) and the ClientHello in an Initial, whose keys anyone can derive (RFC 9001 5.2)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

import numpy as np

from tui.core.readers.aes import counter_mode, encrypt
from tui.core.readers.cursor import Cursor, Short

V1, V2 = 0x00000001, 0x6B3343CF
_SALT_V1 = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
_SALT_V2 = bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9")
_SALT_29 = bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899")
_SALT_23 = bytes.fromhex("c3eef712c72ebb5a11a7d2432bb46365bef9f502")
TYPES_V1 = ("Initial", "0-RTT", "Handshake", "Retry")
TYPES_V2 = ("Retry", "Initial", "0-RTT", "Handshake")
MAX_FRAMES = 64
"""Frames read of one Initial; a browser that scatters its hello sends about 20."""


@dataclass(frozen=True, slots=True)
class LongHeader:
    """One packet with a long header; `number_at` is where its protected packet number begins."""

    type: str
    version: int
    dcid: bytes
    scid: bytes
    token: bytes
    start: int
    number_at: int
    end: int


def version_text(version: int) -> str:
    if version == V1:
        return "v1"
    if version == V2:
        return "v2"
    return f"draft-{version & 255}" if version >> 8 == 0xFF0000 else f"0x{version:08x}"


def read_long(data: bytes, at: int = 0) -> LongHeader | None:
    """The long header at `at`; None where there is a short header, or the bytes end."""
    if at >= len(data) or not data[at] & 0x80:
        return None
    cursor = Cursor(data, at)
    try:
        first, version = cursor.u8(), cursor.u32()
        dcid = cursor.take(cursor.u8())
        scid = cursor.take(cursor.u8())
        if version == 0:
            return LongHeader("Version Negotiation", 0, dcid, scid, b"", at, cursor.at, len(data))
        kind = (TYPES_V2 if version == V2 else TYPES_V1)[first >> 4 & 3]
        if kind == "Retry":
            return LongHeader(kind, version, dcid, scid, b"", at, cursor.at, len(data))
        token = cursor.take(_varint(cursor)) if kind == "Initial" else b""
        length = _varint(cursor)
    except Short:
        return None
    return LongHeader(kind, version, dcid, scid, token, at, cursor.at, min(cursor.at + length, len(data)))


def read_packets(data: bytes) -> list[LongHeader]:
    """The long-header packets that stand one after the other in a datagram, at most 8."""
    found: list[LongHeader] = []
    at = 0
    while len(found) < 8 and (header := read_long(data, at)) is not None:
        found.append(header)
        at = header.end
    return found


def read_initial(data: bytes, key: bytes = b"", *, to_client: bool = False) -> bytes:
    """The handshake bytes in an Initial packet, up to the first gap; b"" where there are none.

    `key`: the connection ID that the client chose first, which a client's first packet has itself.
    """
    header = read_long(data)
    if header is None or header.type != "Initial":
        return b""
    plain = _decrypt(data, header, key or header.dcid, b"server in" if to_client else b"client in")
    return _crypto(plain) if plain else b""


def _decrypt(data: bytes, header: LongHeader, key: bytes, label: bytes) -> bytes:
    """The frames of an Initial (RFC 9001 sections 5.3 and 5.4); b"" where it cannot be."""
    sample = data[header.number_at + 4 : header.number_at + 20]
    salt = _salt(header.version)
    if salt is None or len(sample) < 16:
        return b""
    secret = _expand(hmac.digest(salt, key, "sha256"), label, 32)
    prefix = b"quicv2 " if header.version == V2 else b"quic "
    sealing, iv, protect = (_expand(secret, prefix + name, n) for name, n in ((b"key", 16), (b"iv", 12), (b"hp", 16)))
    mask = encrypt(protect, np.frombuffer(sample, np.uint8).reshape(1, 16))[0].tobytes()
    size = ((data[header.start] ^ mask[0]) & 3) + 1
    number = bytes(a ^ b for a, b in zip(data[header.number_at :][:size], mask[1:], strict=False))
    nonce = (int.from_bytes(iv, "big") ^ int.from_bytes(number, "big")).to_bytes(12, "big")
    sealed = data[header.number_at + size : max(header.end - 16, 0)]
    return counter_mode(sealing, nonce, sealed) if sealed else b""


def _salt(version: int) -> bytes | None:
    if version == V2:
        return _SALT_V2
    if version == V1:
        return _SALT_V1
    if version >> 8 == 0xFF0000:
        draft = version & 255
        if draft >= 33:
            return _SALT_V1
        return _SALT_29 if draft >= 29 else _SALT_23 if draft >= 23 else None
    return None


def _expand(secret: bytes, label: bytes, length: int) -> bytes:
    """HKDF-Expand-Label with no context (RFC 8446 section 7.1); one hash is long enough for all our keys."""
    full = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes([len(full)]) + full + b"\x00"
    return hmac.new(secret, info + b"\x01", hashlib.sha256).digest()[:length]


def _crypto(plain: bytes) -> bytes:
    """The CRYPTO frames put in order, up to the first gap (RFC 9000 section 19.6)."""
    cursor = Cursor(plain)
    pieces: dict[int, bytes] = {}
    try:
        while cursor.left and len(pieces) < MAX_FRAMES:
            kind = cursor.u8()
            if kind in (0, 1):
                continue
            if kind == 6:
                offset, length = _varint(cursor), _varint(cursor)
                pieces[offset] = cursor.part(length).rest()
            elif kind in (2, 3):
                _skip_ack(cursor, kind)
            else:
                break
    except Short:
        pass
    joined = b""
    for offset in sorted(pieces):
        if offset > len(joined):
            break
        joined = joined[:offset] + pieces[offset]
    return joined


def _skip_ack(cursor: Cursor, kind: int) -> None:
    _varint(cursor)
    _varint(cursor)
    ranges = _varint(cursor)
    _varint(cursor)
    for _ in range(min(ranges, MAX_FRAMES)):
        _varint(cursor)
        _varint(cursor)
    for _ in range(3 if kind == 3 else 0):
        _varint(cursor)


def _varint(cursor: Cursor) -> int:
    """A variable-length integer (RFC 9000 section 16)."""
    first = cursor.u8()
    value = first & 0x3F
    for byte in cursor.take((1 << (first >> 6)) - 1):
        value = value << 8 | byte
    return value
