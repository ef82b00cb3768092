"""Quotes: the addresses and ports of the packet that an ICMP error carries, for many errors at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tui.core.columns import AddressKind
from tui.core.hashing import HashKey
from tui.core.ipproto import ICMP
from tui.detectors.batch import ported
from tui.detectors.part import Part
from tui.detectors.tables import I64, U64


class Quoted(NamedTuple):
    """Of the quoted packets: hash of the connection (0 where it cannot be read), hash of its sender."""

    tuple: U64
    src: U64


def quoted(part: Part, rows: I64, hash_key: HashKey) -> Quoted:
    """Read the IPv4 (RFC 792) or IPv6 (RFC 4443) header and the ports behind it, where no options lie between."""
    head = part.head[rows].astype(np.uint64)
    four = part.ip_proto[rows] == ICMP

    def number(at: int, size: int) -> U64:
        value = np.zeros(len(rows), np.uint64)
        for i in range(size):
            value = (value << np.uint64(8)) | head[:, at + i]
        return value

    zero = np.zeros(len(rows), np.uint64)
    src_hi, dst_hi = np.where(four, zero, number(8, 8)), np.where(four, zero, number(24, 8))
    src_lo = np.where(four, number(12, 4), number(16, 8))
    dst_lo = np.where(four, number(16, 4), number(32, 8))
    proto = np.where(four, head[:, 9], head[:, 6])
    sport = np.where(four, number(20, 2), number(40, 2)).astype(np.uint16)
    dport = np.where(four, number(22, 2), number(42, 2)).astype(np.uint16)
    kind = np.where(four, AddressKind.IPV4, AddressKind.IPV6)
    readable = np.where(four, head[:, 0] == 0x45, head[:, 0] >> np.uint64(4) == 6)
    src, dst = hash_key.address(src_hi, src_lo, kind), hash_key.address(dst_hi, dst_lo, kind)
    tuples = hash_key.pair(src + ported(sport), dst + ported(dport), proto)
    return Quoted(np.where(readable, tuples, zero), src)
