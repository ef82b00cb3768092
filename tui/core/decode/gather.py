"""Gather: headers read at many places of a buffer with one array operation each, never past its end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]
Rows = slice | Int64
"""Which packets of a batch: ALL, or their indices. Both index an array, the first without copying it."""

ALL = slice(None)
_SMALL = 512  # a buffer below this is copied into one of this size, so that every width fits


class Headers:
    """The same `width` bytes of k headers; fields are read by their offset in the header."""

    __slots__ = ("raw", "width")

    def __init__(self, raw: NDArray[np.uint8], width: int) -> None:
        self.raw = raw
        self.width = width

    def field(self, at: int, dtype: str) -> NDArray[np.generic]:
        """A view of one field, still in the byte order of the wire."""
        return np.ndarray((len(self.raw) // self.width,), dtype, self.raw, at, (self.width,))

    def u8(self, at: int) -> NDArray[np.uint8]:
        return self.field(at, "u1").astype(np.uint8)

    def u16(self, at: int) -> NDArray[np.uint16]:
        return self.field(at, ">u2").astype(np.uint16)

    def u32(self, at: int) -> NDArray[np.uint32]:
        return self.field(at, ">u4").astype(np.uint32)

    def u64(self, at: int) -> NDArray[np.uint64]:
        return self.field(at, ">u8").astype(np.uint64)

    @property
    def matrix(self) -> NDArray[np.uint8]:
        """All bytes, shape (k, width)."""
        return self.raw.reshape(-1, self.width)


class Bytes:
    """A buffer of frames. What lies behind its end reads as zeros."""

    __slots__ = ("_buffer",)

    def __init__(self, buffer: NDArray[np.uint8]) -> None:
        if len(buffer) < _SMALL:
            padded = np.zeros(_SMALL, np.uint8)
            padded[: len(buffer)] = buffer
            buffer = padded
        self._buffer = buffer

    def headers(self, at: Int64, width: int) -> Headers:
        """`width` bytes (at most 256) from each of the places `at`, which are never negative."""
        last = len(self._buffer) - width
        if not len(at) or int(at.max()) <= last:
            return Headers(self._windows(self._buffer, width)[at].view(np.uint8), width)
        raw = self._windows(self._buffer, width)[np.minimum(at, last)]
        beyond = np.flatnonzero(at > last)
        tail = np.zeros(2 * width, np.uint8)
        tail[:width] = self._buffer[last:]
        raw[beyond] = self._windows(tail, width)[np.minimum(at[beyond] - last, width)]
        return Headers(raw.view(np.uint8), width)

    def u8(self, at: Int64) -> NDArray[np.uint8]:
        """One byte from each place."""
        return self._buffer.take(at, mode="clip")

    @staticmethod
    def _windows(buffer: NDArray[np.uint8], width: int) -> NDArray[np.void]:
        """Every run of `width` bytes as one void element: indexing it copies whole headers."""
        return np.ndarray((len(buffer) - width + 1,), f"V{width}", buffer, 0, (1,))


def one_of(values: NDArray[np.generic], numbers: Sequence[int]) -> Bool:
    """Which of `values` are among a few numbers; np.isin costs ten times as much for so few."""
    found = values == numbers[0]
    for number in numbers[1:]:
        found |= values == number
    return np.asarray(found, np.bool_)


def pick(rows: Rows, mask: Bool) -> Rows | None:
    """Those of `rows` where `mask` (one value for each of them) holds; None when it holds nowhere."""
    count = int(np.count_nonzero(mask))
    if count == 0:
        return None
    if count == len(mask):
        return rows
    return mask.nonzero()[0] if isinstance(rows, slice) else rows.compress(mask)
