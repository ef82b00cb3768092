"""Options of neighbour discovery (RFC 4861 section 4.6), and the groups of IGMP (RFC 2236, RFC 3376)."""

from __future__ import annotations

from tui.filters.readers.found import Found

_BEFORE = {133: 8, 134: 16, 135: 24, 136: 24, 137: 40}
"""Bytes of each message before its options."""
MAX_OPTIONS = 32


def read_neighbour_options(data: bytes, _stream: bool) -> Found:
    """Type of each option, and the addresses, prefixes and MTU in them."""
    found = Found()
    at = _BEFORE.get(data[0], len(data)) if data else 0
    for _ in range(MAX_OPTIONS):
        if at + 2 > len(data) or not data[at + 1]:
            break
        kind, end = data[at], at + 8 * data[at + 1]
        if end > len(data):
            break
        found.add("icmpv6.opt.type", kind)
        if kind in (1, 2) and end - at == 8:
            found.add("icmpv6.opt.linkaddr", int.from_bytes(data[at + 2 : end], "big"))
        elif kind == 3 and end - at == 32:
            found.add("icmpv6.opt.prefix", int.from_bytes(data[at + 16 : end], "big"))
        elif kind == 5 and end - at == 8:
            found.add("icmpv6.opt.mtu", int.from_bytes(data[at + 4 : end], "big"))
        at = end
    return found


def read_groups(data: bytes, _stream: bool) -> Found:
    """The group of a message, or those of all records of a version 3 report."""
    found = Found()
    if len(data) >= 8 and data[0] in (0x11, 0x12, 0x16, 0x17):
        found.add("igmp.maddr", int.from_bytes(data[4:8], "big"))
    elif len(data) >= 8 and data[0] == 0x22:
        at = 8
        for _ in range(int.from_bytes(data[6:8], "big")):
            if at + 8 > len(data):
                break
            found.add("igmp.maddr", int.from_bytes(data[at + 4 : at + 8], "big"))
            at += 8 + 4 * (data[at + 1] + int.from_bytes(data[at + 2 : at + 4], "big"))
    return found
