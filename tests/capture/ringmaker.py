"""A ring as the kernel would have filled it, in anonymous memory."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from tui.capture.packetsocket import Geometry

VLAN_VALID = 0x10 | 0x40
GAP = 46
"""Bytes between the kernel's header and an Ethernet frame, with our reserve."""


@dataclass(frozen=True, slots=True)
class Given:
    """One frame as the kernel has it: without its outer tag."""

    data: bytes
    length: int = 0
    time_ns: int = 0
    tag: tuple[int, int] | None = None
    pkttype: int = 0
    hatype: int = 1
    ifindex: int = 1
    protocol: int = 0x0800


def make_ring(blocks: Sequence[Sequence[Given]], block_size: int = 1 << 14) -> tuple[mmap.mmap, Geometry]:
    """Blocks in order; an empty one is still the kernel's."""
    mapping = mmap.mmap(-1, block_size * len(blocks))
    for number, frames in enumerate(blocks):
        at = first = number * block_size + 48
        for place, given in enumerate(frames):
            mac = 68 + GAP
            size = (mac + len(given.data) + 7) & ~7
            tpid, tci = given.tag or (0, 0)
            header = struct.pack(
                "=6IHHIIH10x",
                0 if place == len(frames) - 1 else size,
                given.time_ns // 10**9,
                given.time_ns % 10**9,
                len(given.data),
                given.length or len(given.data),
                VLAN_VALID if given.tag else 0,
                mac,
                mac + 14,
                0xAAAAAAAA,
                tci,
                tpid,
            )
            link = struct.pack(
                "=H2siHBB8s",
                17,
                given.protocol.to_bytes(2, "big"),
                given.ifindex,
                given.hatype,
                given.pkttype,
                6,
                given.data[6:12].ljust(8, b"\0"),
            )
            mapping[at : at + 68] = header + link
            mapping[at + mac : at + mac + len(given.data)] = given.data
            at += size
        begin = number * block_size
        mapping[begin : begin + 24] = struct.pack(
            "=6I", 1, 0, int(bool(frames)), len(frames), first - begin, at - begin
        )
    return mapping, Geometry(block_size, len(blocks))
