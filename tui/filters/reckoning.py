"""Arithmetic of display filters, on values of a filter and on arrays of fields.

As Wireshark reckons, in C: a quotient is cut towards zero, a rest has the sign of what is divided. Nothing is divided
by zero: the result is 0.
"""

from __future__ import annotations

import operator

import numpy as np
from numpy.typing import NDArray

_SIGNS = {"&": operator.and_, "+": operator.add, "-": operator.sub, "*": operator.mul}
_LARGEST = (1 << 63) - 1


def reckon(sign: str, a: int, b: int) -> int:
    """Of two values of a filter."""
    if sign in _SIGNS:
        return int(_SIGNS[sign](a, b))
    if b == 0:
        return 0
    rest = abs(a) % abs(b) * (-1 if a < 0 else 1)
    return rest if sign == "%" else (a - rest) // b


def reckon_arrays(sign: str, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of two fields, packet by packet."""
    with np.errstate(all="ignore"):
        if sign in _SIGNS:
            return np.asarray(_SIGNS[sign](a, b))
        divisor = np.where(b == 0, 1, b)
        rest = np.fmod(a, divisor)
        return np.where(b == 0, 0, rest if sign == "%" else (a - rest) // divisor)


def reckon_with(sign: str, data: NDArray[np.int64], value: int) -> NDArray[np.int64]:
    """Of a field and a value of the filter, which may be larger than a field can be."""
    return reckon_arrays(sign, data, np.full(len(data), max(min(value, _LARGEST), -_LARGEST), np.int64))
