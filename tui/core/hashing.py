"""Keyed 64-bit hashes of addresses and ports, over whole columns at once.

The key is random for each process, so that nobody can aim packets at one slot of a table.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
_HALF = np.uint64(32)


def _odd() -> np.uint64:
    return np.uint64(int.from_bytes(os.urandom(8), "little") | 1)


@dataclass(frozen=True, slots=True)
class HashKey:
    """Random odd multipliers: one set for each table."""

    factors: tuple[np.uint64, np.uint64, np.uint64, np.uint64] = field(
        default_factory=lambda: (_odd(), _odd(), _odd(), _odd())
    )

    @classmethod
    def of(cls, secret: bytes) -> HashKey:
        """The key that belongs to a secret of at least 32 bytes: whoever does not know it cannot aim either."""
        a, b, c, d = (np.uint64(int.from_bytes(secret[i : i + 8], "little") | 1) for i in range(0, 32, 8))
        return cls((a, b, c, d))

    def address(self, hi: U64, lo: U64, port: NDArray[np.integer] | int = 0) -> U64:
        """One end of a flow: never 0, the same for the same address and port."""
        a, b, c, _ = self.factors
        h = lo * a
        h ^= h >> _HALF
        h += hi
        h *= b
        h ^= h >> _HALF
        h += np.asarray(port).astype(np.uint64)
        h *= c
        h ^= h >> _HALF
        h |= np.uint64(1)
        return h

    def pair(self, one: U64, other: U64, extra: NDArray[np.integer] | int = 0) -> U64:
        """Both ends, the same in either direction; `extra` tells apart what must not share (protocol, kind)."""
        h = one + other
        h += np.asarray(extra).astype(np.uint64)
        h *= self.factors[3]
        h ^= h >> _HALF
        h |= np.uint64(1)
        return h
