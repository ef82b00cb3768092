"""What pcapng blocks hold: clocks of interfaces, options, the headers of packet blocks as arrays.

Format: draft-ietf-opsawg-pcapng, sections 3.5 (options) and 4 (blocks).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui.capture.records import Int64
from tui.capture.source import InterfaceInfo

OPTION_END, OPTION_COMMENT, OPTION_FLAGS = 0, 1, 2
OPTION_NAME, OPTION_DESCRIPTION, OPTION_RESOLUTION, OPTION_OFFSET = 2, 3, 9, 14
_MOST_S = 1 << 33
"""Seconds that an interface may add, 270 years: what is more is a damaged file, and would not fit 64 bits of ns."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How an interface counts time: ticks per second as a power, and seconds to add."""

    base: int = 10
    exponent: int = 6
    offset_s: int = 0

    def to_ns(self, ticks: NDArray[np.uint64]) -> Int64:
        """Nanoseconds since the epoch, kept within 64 bits whatever the file says."""
        per_second = self.base**self.exponent
        seconds, rest = np.zeros(len(ticks), np.uint64), ticks
        if per_second < 1 << 64:
            seconds, rest = ticks // np.uint64(per_second), ticks % np.uint64(per_second)
        finer = self.exponent - (9 if self.base == 10 else 30)
        if finer > 0:  # the fraction times 10^9 must fit 64 bits: digits below a nanosecond go first
            divisor = self.base**finer
            rest = rest // np.uint64(divisor) if divisor < 1 << 64 else np.zeros(len(ticks), np.uint64)
            per_second = self.base ** (self.exponent - finer)
        fraction = rest * np.uint64(10**9) // np.uint64(per_second)
        whole = np.minimum(seconds, np.uint64(1 << 34)).astype(np.int64) + self.offset_s
        return np.clip(whole, -(1 << 33), 1 << 33) * 1_000_000_000 + fraction.astype(np.int64)


class Packets(NamedTuple):
    """Packet blocks in one piece of a file, of all three kinds; arrays of shape (n,)."""

    start: Int64
    """Where each block begins in the piece."""
    size: Int64
    """Bytes of the block."""
    header: Int64
    """Bytes of it before the frame."""
    simple: NDArray[np.bool_]
    """Which are simple packet blocks: without interface, time and options."""
    interface: Int64
    """Number within the section."""
    ticks: NDArray[np.uint64]
    """Time in the units of the interface."""
    caplen: Int64
    length: Int64

    def head(self, n: int) -> Packets:
        """The first n of them."""
        return Packets(**{name: values[:n] for name, values in self._asdict().items()})

    @property
    def options(self) -> Int64:
        """Where the options of each would begin: frames are padded to four bytes."""
        return self.start + self.header + (self.caplen + 3) // 4 * 4

    @property
    def end(self) -> Int64:
        """Where the options of each must have ended: before the length that closes the block."""
        return self.start + self.size - 4


def describe(block: bytes, order: str) -> tuple[InterfaceInfo, Clock]:
    """What an interface description block says. `order`: "<" or ">", the byte order of its section."""
    linktype, _, snaplen = struct.unpack_from(order + "HHI", block, 8)
    options = dict(options_of(block, 16, order))
    base, exponent = 10, 6
    if len(resolution := options.get(OPTION_RESOLUTION, b"")) == 1:
        base, exponent = (2 if resolution[0] & 0x80 else 10), resolution[0] & 0x7F
    offset = options.get(OPTION_OFFSET, b"")
    seconds = struct.unpack(order + "q", offset)[0] if len(offset) == 8 else 0
    name, description = (
        options.get(code, b"").decode("utf-8", "replace").rstrip("\0") for code in (OPTION_NAME, OPTION_DESCRIPTION)
    )
    clock = Clock(base, exponent, max(-_MOST_S, min(_MOST_S, seconds)))
    return InterfaceInfo(name, linktype, snaplen, description), clock


def options_of(block: bytes, at: int, order: str) -> Iterator[tuple[int, bytes]]:
    """(code, value) of each option of a block from the place `at` on, as far as they lie inside."""
    end = len(block) - 4
    while at + 4 <= end:
        code, size = struct.unpack_from(order + "HH", block, at)
        if code == OPTION_END:
            return
        yield code, block[at + 4 : min(at + 4 + size, end)]
        at += 4 + (size + 3) // 4 * 4


def options_are_broken(block: bytes, at: int, order: str) -> bool:
    """Whether an option from the place `at` on claims to go on behind the end of its block."""
    end = len(block) - 4
    while at + 4 <= end:
        code, size = struct.unpack_from(order + "HH", block, at)
        if code == OPTION_END:
            return False
        at += 4 + (size + 3) // 4 * 4
    return at > end
