"""An MMDB file written by hand (MaxMind DB format 2.0), for tests: IPv4 networks to records."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Mapping
from typing import Any

_MARK = b"\xab\xcd\xefMaxMind.com"


def encoded(value: Any) -> bytes:
    """One value of the data section."""
    if isinstance(value, str):
        raw = value.encode()
        return _control(2, len(raw)) + raw
    if isinstance(value, Mapping):
        return _control(7, len(value)) + b"".join(encoded(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return bytes([len(value), 11 - 7]) + b"".join(map(encoded, value))
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return _control(6 if value < 1 << 32 else 9, len(raw)) + raw


def _control(kind: int, size: int) -> bytes:
    extended = bytes([kind - 7]) if kind > 7 else b""
    first = 0 if kind > 7 else kind << 5
    return (bytes([first | size]) if size < 29 else bytes([first | 29, size - 29])) + extended


def mmdb(networks: Mapping[str, Any]) -> bytes:
    """A whole file of these networks."""
    nodes: list[list[Any]] = [[None, None]]
    for text, record in networks.items():
        network = ipaddress.ip_network(text)
        bits = f"{int(network.network_address):032b}"[: network.prefixlen]
        at = 0
        for bit in map(int, bits[:-1]):
            if nodes[at][bit] is None:
                nodes.append([None, None])
                nodes[at][bit] = len(nodes) - 1
            at = nodes[at][bit]
        nodes[at][int(bits[-1])] = (record,)
    data, places, tree = b"", {}, b""
    for number, node in enumerate(nodes):
        for bit, side in enumerate(node):
            if isinstance(side, tuple):
                places[number, bit] = len(nodes) + 16 + len(data)
                data += encoded(side[0])
    for number, node in enumerate(nodes):
        for bit, side in enumerate(node):
            value = len(nodes) if side is None else places.get((number, bit), side)
            tree += struct.pack(">I", value)
    about = {
        "node_count": len(nodes), "record_size": 32, "ip_version": 4, "database_type": "Test",
        "languages": ["en"], "binary_format_major_version": 2, "binary_format_minor_version": 0,
        "build_epoch": 1, "description": {"en": "test"},
    }  # fmt: skip
    return tree + bytes(16) + data + _MARK + encoded(about)
