"""JA3 and JA3S: fingerprints of TLS hellos (github.com/salesforce/ja3), as tshark has them."""

from __future__ import annotations

import hashlib

from tui.filters.readers.found import Found

_CLIENT = (
    "tls.handshake.ciphersuite", "tls.handshake.extension.type", "tls.handshake.extensions_supported_group",
    "tls.handshake.extensions_ec_point_format",
)  # fmt: skip
_SERVER = ("tls.handshake.ciphersuite", "tls.handshake.extension.type")


def add_fingerprint(found: Found, *, client: bool) -> None:
    """Add the fingerprint of a hello whose fields are all there."""
    names = ("tls.handshake.version", *(_CLIENT if client else _SERVER))
    parts = [found.get(name, []) for name in names]
    text = ",".join("-".join(str(value) for value in part if not _grease(value)) for part in parts).encode()
    name = "tls.handshake.ja3" if client else "tls.handshake.ja3s"
    found.add(f"{name}_full", text)
    found.add(name, hashlib.md5(text, usedforsecurity=False).hexdigest().encode())


def _grease(value: object) -> bool:
    """Values that mean nothing and keep servers from minding what they do not know (RFC 8701)."""
    return isinstance(value, int) and value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF
