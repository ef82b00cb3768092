"""Distinct: how many different values have been seen, exact up to a bound, then by HyperLogLog."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import run_starts

EXACT = 65_536
"""Values told apart exactly; beyond it the count is an estimate."""
_BITS = 14
"""Registers: 2**14 of one byte, for a standard error of 0.8 % (Flajolet et al. 2007)."""


class Distinct:
    """Feed it 64-bit hashes; the same value must give the same hash."""

    def __init__(self) -> None:
        self._values = np.empty(0, np.uint64)
        self._registers = np.zeros(1 << _BITS, np.uint8)
        self.exact = True

    def add(self, hashes: NDArray[np.uint64]) -> None:
        """Take in hashes, in any order, any number of times."""
        if self.exact:
            both = np.concatenate([self._values, hashes])
            both.sort()
            self._values = both[run_starts(both)]
            if len(self._values) <= EXACT:
                return
            self.exact, hashes, self._values = False, self._values, np.empty(0, np.uint64)
        mixed = hashes * np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing: all bits count
        mixed ^= mixed >> np.uint64(32)
        mixed *= np.uint64(0xD6E8FEB86659FD93)
        place = mixed >> np.uint64(64 - _BITS)
        rest = (mixed << np.uint64(_BITS)) | np.uint64(1 << (_BITS - 1))
        # leading zeros, by the exponent of the value as a float; rounding up at a power of two is one rank in 2**52
        rank = 64 - np.frexp(rest.astype(np.float64))[1] + 1
        np.maximum.at(self._registers, place.astype(np.int64), np.clip(rank, 1, 64).astype(np.uint8))

    def __len__(self) -> int:
        """The count, or its estimate."""
        if self.exact:
            return len(self._values)
        m = 1 << _BITS
        estimate = 0.7213 / (1 + 1.079 / m) * m * m / np.ldexp(1.0, -self._registers.astype(np.int64)).sum()
        empty = int(np.count_nonzero(self._registers == 0))
        if estimate <= 2.5 * m and empty:
            estimate = m * math.log(m / empty)
        return round(float(estimate))
