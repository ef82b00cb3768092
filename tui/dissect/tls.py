"""TLS records as layers (RFC 8446 sections 4 and 5): scapy wants a cryptography library for them."""

from __future__ import annotations

from contextlib import suppress

from tui.core.info.tls import CONTENT, HANDSHAKE, hello_text
from tui.core.readers.cursor import Cursor, Short
from tui.core.readers.tls import read_hello, records, version_name
from tui.core.text import printable
from tui.dissect.nodes import Field, Layer
from tui.dissect.words import text_filter

EXTENSIONS = {
    0: "server_name", 5: "status_request", 10: "supported_groups", 11: "ec_point_formats", 13: "signature_algorithms",
    16: "application_layer_protocol_negotiation", 18: "signed_certificate_timestamp", 21: "padding",
    22: "encrypt_then_mac", 23: "extended_master_secret", 27: "compress_certificate", 35: "session_ticket",
    41: "pre_shared_key", 43: "supported_versions", 44: "cookie", 45: "psk_key_exchange_modes",
    49: "post_handshake_auth",
    50: "signature_algorithms_cert", 51: "key_share", 65037: "encrypted_client_hello", 65281: "renegotiation_info",
}  # fmt: skip
MAX_EXTENSIONS = 64


def tls_layers(data: bytes, start: int, end: int) -> list[Layer]:
    """A layer for each record in `data[start:end]`; none where it does not begin with a record."""
    layers: list[Layer] = []
    at = start
    for record in records(data[start:end]):
        stop = at + 5 + len(record.body)
        name = CONTENT[record.type]
        fields = [
            Field("content type", f"{name} ({record.type})", at, at + 1, f"tls.record.content_type == {record.type}"),
            Field("version", version_name(record.version), at + 1, at + 3, _version("record", record.version)),
            Field("length", str(record.length), at + 3, at + 5, f"tls.record.length == {record.length}"),
        ]
        inside = _handshake(data, at + 5, stop) if record.type == 22 else None
        if record.body:
            fields.append(inside or Field("data", f"{len(record.body)} bytes", at + 5, stop))
        title = f"Transport Layer Security, {inside.text if inside else name}"
        layers.append(Layer("TLS", title, at, stop, tuple(fields)))
        at = stop
    return layers


def _handshake(data: bytes, start: int, end: int) -> Field | None:
    """The first handshake message of a record; None where it is encrypted."""
    if end - start < 4 or data[start] not in HANDSHAKE:
        return None
    kind, size = data[start], int.from_bytes(data[start + 1 : start + 4], "big")
    if size > end - start - 4 and kind not in (1, 2, 11):
        return None
    hello = read_hello(data[start:end])
    text = hello_text(hello) if hello else HANDSHAKE[kind]
    stop = min(start + 4 + size, end)
    children = [
        Field("handshake type", f"{HANDSHAKE[kind]} ({kind})", start, start + 1, f"tls.handshake.type == {kind}"),
        Field("length", str(size), start + 1, start + 4),
    ]
    if hello:
        with suppress(Short):
            _hello(Cursor(data, start + 4, stop), children, client=hello.client)
    return Field("handshake", text, start, stop, "", tuple(children))


def _hello(cursor: Cursor, out: list[Field], client: bool) -> None:
    """The fields of a hello in order; Short where it ends before."""
    at = cursor.at
    version = cursor.u16()
    out.append(Field("version", version_name(version), at, at + 2, _version("handshake", version)))
    out.append(Field("random", cursor.take(32).hex(), at + 2, at + 34))
    at = cursor.at
    session = cursor.take(cursor.u8())
    out.append(Field("session id", session.hex() or "none", at, cursor.at))
    at = cursor.at
    if client:
        size = cursor.u16()
        cursor.skip(size)
        out.append(Field("cipher suites", f"{size // 2} suites", at, cursor.at))
        at = cursor.at
        cursor.skip(cursor.u8())
        out.append(Field("compression methods", f"{cursor.at - at - 1} methods", at, cursor.at))
    else:
        suite = f"0x{cursor.u16():04x}"
        out.append(Field("cipher suite", suite, at, cursor.at, f"tls.handshake.ciphersuite == {suite}"))
        cursor.skip(1)
        out.append(Field("compression method", str(cursor.data[at + 2]), at + 2, at + 3))
    at = cursor.at
    size = cursor.u16()
    inner = _extensions(cursor.part(size))
    out.append(Field("extensions", f"{len(inner)} extensions, {size} bytes", at, cursor.at, "", inner))


def _extensions(cursor: Cursor) -> tuple[Field, ...]:
    found: list[Field] = []
    while cursor.left >= 4 and len(found) < MAX_EXTENSIONS:
        at = cursor.at
        kind, size = cursor.u16(), cursor.u16()
        body = cursor.part(size).rest()
        text, asked = f"{size} bytes", f"tls.handshake.extension.type == {kind}"
        if kind == 0 and size > 5:
            text = printable(body[5:], 255)
            asked = text_filter("tls.handshake.extensions_server_name", text)
        found.append(Field(EXTENSIONS.get(kind, f"extension {kind}"), text, at, cursor.at, asked))
    return tuple(found)


def _version(of: str, version: int) -> str:
    return f"tls.{of}.version == 0x{version:04x}"
