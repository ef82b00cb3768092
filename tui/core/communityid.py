"""Community ID v1: the flow identity that Zeek, Suricata and others compute alike.

Specification: https://github.com/corelight/community-id-spec
"""

from __future__ import annotations

import base64
import hashlib

from tui.core.columns import AddressKind
from tui.core.ipproto import SCTP, TCP, UDP

_PORTS = frozenset((TCP, UDP, SCTP))
"""Protocols whose ports take part."""
_ICMP, _ICMP6 = 1, 58
_ANSWERS = {
    _ICMP: {8: 0, 0: 8, 13: 14, 14: 13, 15: 16, 16: 15, 10: 9, 9: 10, 17: 18, 18: 17},
    _ICMP6: {128: 129, 129: 128, 133: 134, 134: 133, 135: 136, 136: 135, 130: 131, 131: 130, 144: 145, 145: 144,
             139: 140, 140: 139},
}  # fmt: skip
"""ICMP types that answer each other: they take the place of ports."""


def community_id(
    kind: int,
    src: tuple[int, int],
    dst: tuple[int, int],
    proto: int,
    sport: int,
    dport: int,
    code: int = 0,
    seed: int = 0,
) -> str | None:
    """The identity of a flow between addresses (hi, lo); `code` is ICMP's type << 8 | code. None: not IP."""
    if kind not in (AddressKind.IPV4, AddressKind.IPV6):
        return None
    one, other = _packed(kind, src), _packed(kind, dst)
    ports: tuple[int, int] | None = (sport, dport) if proto in _PORTS else None
    ordered = False
    if proto in _ANSWERS:
        asked = code >> 8
        answer = _ANSWERS[proto].get(asked)
        ports = (asked, code & 0xFF) if answer is None else (asked, answer)
        ordered = answer is None
    first, second = (one, ports[0] if ports else 0), (other, ports[1] if ports else 0)
    if not ordered and second < first:
        first, second = second, first
    data = seed.to_bytes(2, "big") + first[0] + second[0] + bytes((proto, 0))
    if ports:
        data += first[1].to_bytes(2, "big") + second[1].to_bytes(2, "big")
    digest = hashlib.sha1(data, usedforsecurity=False).digest()
    return "1:" + base64.b64encode(digest).decode("ascii")


def _packed(kind: int, address: tuple[int, int]) -> bytes:
    hi, lo = address
    return lo.to_bytes(4, "big") if kind == AddressKind.IPV4 else hi.to_bytes(8, "big") + lo.to_bytes(8, "big")
