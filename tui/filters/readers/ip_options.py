"""IPv4 options (RFC 791 section 3.1) and IPv6 extension headers (RFC 8200 section 4)."""

from __future__ import annotations

from tui.filters.sources import Parsed

_END, _NO_OPERATION = 0, 1
_NAMES = {0: "ipv6.hopopts", 43: "ipv6.routing", 60: "ipv6.dstopts"}
_FRAGMENT, _AH = 44, 51
MAX_EXTENSIONS = 32


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


def read_extensions(packet: bytes, _stream: bool) -> Parsed:
    """Which extension headers there are, and what the fragment header says."""
    found: dict[str, list[object]] = {}
    at, kind = 40, packet[6] if len(packet) >= 40 else -1
    for _ in range(MAX_EXTENSIONS):
        if at + 8 > len(packet):
            break
        if kind in _NAMES:
            found[_NAMES[kind]] = [1]
            size = 8 + 8 * packet[at + 1]
        elif kind == _FRAGMENT:
            word = packet[at + 2] << 8 | packet[at + 3]
            found["ipv6.fraghdr"] = [1]
            found["ipv6.fraghdr.offset"] = [word >> 3]
            found["ipv6.fraghdr.more"] = [word & 1]
            found["ipv6.fraghdr.ident"] = [int.from_bytes(packet[at + 4 : at + 8], "big")]
            size = 8
            if word >> 3:
                break
        elif kind == _AH:
            size = 8 + 4 * packet[at + 1]
        else:
            break
        kind, at = packet[at], at + size
    return found
