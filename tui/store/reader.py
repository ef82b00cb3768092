"""Reading packets back: from segments or from the capture file that is replayed, in any thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import run_lengths
from tui.core.columns import Columns
from tui.core.frames import Frames
from tui.store.contract import OFFSET_BITS, OFFSET_MASK, Locators, Store
from tui.store.rows import Rows

Int64 = NDArray[np.int64]

GAP = 16_384
"""Bytes between two frames that are read along rather than skipped: one call costs as much."""
FIELDS = ("locator", "caplen", "length", "time_ns", "linktype", "interface", "direction")


def framed(told: Mapping[str, NDArray[Any]], buffer: NDArray[np.uint8], offset: Int64, caplen: Int64) -> Frames:
    """Frames of bytes that were read back, with what their columns tell of them."""
    return Frames(
        buffer=buffer,
        offset=offset,
        caplen=caplen,
        length=told["length"].astype(np.int64),
        time_ns=told["time_ns"],
        linktype=told["linktype"],
        interface=told["interface"],
        direction=told["direction"],
    )


class Reader:
    """A FrameReader over what is published. Memory is bounded by what the caller asks for at once."""

    def __init__(self, rows: Callable[[], Rows], store: Store) -> None:
        self._rows = rows
        self._store = store

    def read(self, sequences: NDArray[np.int64]) -> Frames:
        """The frames of these sequence numbers; those that are not kept, or not any more, have caplen 0."""
        rows = self._rows()
        kept = (sequences >= rows.first) & (sequences < rows.end)
        found = dict(zip(FIELDS, rows.pick(sequences[kept], FIELDS), strict=True))
        full = {name: np.zeros(len(sequences), values.dtype) for name, values in found.items()}
        for name, values in found.items():
            full[name][kept] = values
        return self._frames(full)

    def frames_of(self, columns: Columns) -> Frames:
        """The frames of packets by their columns, published or not; caplen 0 for those that are not kept."""
        return self._frames({name: getattr(columns, name) for name in FIELDS})

    def _frames(self, told: dict[str, NDArray[Any]]) -> Frames:
        buffer, offset, caplen = self._bytes(told["locator"], told["caplen"].astype(np.int64))
        return framed(told, buffer, offset, caplen)

    def _bytes(self, locator: Locators, caplen: Int64) -> tuple[NDArray[np.uint8], Int64, Int64]:
        """One buffer with all the frames, where each begins, and how long it is (0: not there)."""
        caplen = np.where(locator == 0, 0, caplen)
        order = np.argsort(locator, kind="stable")
        order = order[caplen[order] > 0]
        offset = np.zeros(len(locator), np.int64)
        if not len(order):
            return np.zeros(0, np.uint8), offset, caplen
        start = locator[order].astype(np.int64)
        end = start + caplen[order]
        # Where a new stretch begins: another file, or a gap too wide to read along (locators of files lie far apart)
        first = np.flatnonzero(np.concatenate(([True], start[1:] > np.maximum.accumulate(end)[:-1] + GAP)))
        stop = np.maximum.reduceat(end, first)
        size = stop - start[first]
        place = np.cumsum(size) - size
        buffer = np.empty(int(size.sum()), np.uint8)
        group = np.repeat(np.arange(len(first)), run_lengths(first, len(order)))
        got = np.array(
            [
                self._stretch(buffer, *where)
                for where in zip(place.tolist(), start[first].tolist(), size.tolist(), strict=True)
            ]
        )
        offset[order] = place[group] + start - start[first][group]
        missing = end - start[first][group] > got[group]
        caplen[order[missing]] = 0
        return buffer, offset, caplen

    def _stretch(self, buffer: NDArray[np.uint8], place: int, locator: int, size: int) -> int:
        """Read one stretch into the buffer; how many bytes there were."""
        file = self._store.readable(locator >> OFFSET_BITS)
        return file.pread_into(buffer.data[place : place + size], locator & OFFSET_MASK) if file else 0
