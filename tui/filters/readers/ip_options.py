"""IPv4 options (RFC 791 section 3.1)."""

from __future__ import annotations

from tui.filters.sources import Parsed

_END, _NO_OPERATION = 0, 1


def read_ip_options(packet: bytes, _stream: bool) -> Parsed:
    """Type and length of each option, from a packet that begins with its IPv4 header."""
    options = packet[20 : (packet[0] & 15) * 4] if packet else b""
    found: dict[str, list[object]] = {}
    at = 0
    while at < len(options):
        kind = options[at]
        found.setdefault("ip.opt.type", []).append(kind)
        if kind == _END:
            break
        if kind == _NO_OPERATION:
            at += 1
            continue
        length = options[at + 1] if at + 1 < len(options) else 0
        if length < 2:
            break
        found.setdefault("ip.opt.len", []).append(length)
        at += length
    return found
