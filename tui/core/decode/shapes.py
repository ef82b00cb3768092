"""Shapes: protocols that are told by their first byte and a length field, all of them tested in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.core.decode.gather import Bool, Bytes, Int64
from tui.core.protocols import ID, NAMES

ANY = range(256)
TEXT = (*range(9, 14), *range(32, 127))


@dataclass(frozen=True, slots=True)
class Shape:
    """What the first message in a payload must look like. `width` 0: there is no length field."""

    first: Iterable[int] = ANY
    """Values that the first byte may have."""
    at: int = 0
    width: int = 0
    extra: int = 0
    """Bytes of the message that its length field does not count."""
    least: int = 1
    little: bool = False


class Shapes:
    """The shapes of many protocols as tables by protocol id."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        n = len(NAMES)
        self.known = np.zeros(n, np.bool_)
        self._first = np.zeros((n, 256), np.bool_)
        self._at = np.zeros(n, np.int64)
        self._width = np.zeros(n, np.int64)
        self._extra = np.zeros(n, np.int64)
        self._least = np.zeros(n, np.int64)
        self._little = np.zeros(n, np.bool_)
        for name, shape in shapes.items():
            k = ID[name]
            self.known[k] = True
            self._first[k, list(shape.first)] = True
            self._at[k], self._width[k], self._extra[k] = shape.at, shape.width, shape.extra
            self._least[k], self._little[k] = shape.least, shape.little

    def fit(
        self, data: Bytes, at: Int64, room: Int64, length: Int64, first: NDArray[np.uint8], protocol: NDArray[np.uint16]
    ) -> Bool:
        """Which payloads look like the protocol that is named for each: a whole message stands at their beginning."""
        width = self._width[protocol]
        place = self._at[protocol]
        word = data.headers(at + place, 8).u64(0)
        bits = (width << 3).astype(np.uint64)
        big = np.right_shift(word, np.uint64(64) - np.maximum(bits, np.uint64(8)))
        low = word.byteswap() & (np.left_shift(np.uint64(1), bits) - np.uint64(1))
        size = np.where(self._little[protocol], low, big).astype(np.int64) + self._extra[protocol]
        sized = (room >= place + width) & (size >= self._least[protocol]) & (size <= length)
        fits: Bool = self._first[protocol, first] & (sized | (width == 0))
        return fits
