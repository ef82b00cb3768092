"""What the packet list shows: all packets kept, or those that a filter matches, as they come."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import Columns
from tui.core.frames import FrameReader, Frames
from tui.store.rows import Rows
from tui.widgets.packet_page import Page

Int64 = NDArray[np.int64]
Describe = Callable[[Columns, int, bytes], str]
"""The info line of one row: `tui.core.info.info`."""
Match = Callable[[Columns, Callable[[Int64], Frames]], NDArray[np.bool_]]
"""A display filter over a batch; it may ask for the bytes of some of its rows."""


class Listing:
    """A PacketSource over the published rows. `update` takes in what was published since."""

    def __init__(self, reader: FrameReader, describe: Describe, match: Match | None = None) -> None:
        self._reader = reader
        self._describe = describe
        self._match = match
        self._rows = Rows()
        self._matches: list[Int64] = []
        self._joined: Int64 = np.empty(0, np.int64)
        self._looked_at = 0
        self._first_ns = 0

    @property
    def first_ns(self) -> int:
        return self._first_ns

    @property
    def filtered(self) -> bool:
        return self._match is not None

    @property
    def sequences(self) -> Int64 | None:
        """The packets that match; None means all."""
        return self._joined if self.filtered else None

    def update(self, rows: Rows, first_ns: int) -> None:
        """Take the rows published last."""
        self._rows = rows
        self._first_ns = first_ns
        if self._match is not None:
            self._catch_up(rows)

    def _catch_up(self, rows: Rows) -> None:
        assert self._match is not None
        found = []
        for start, columns in rows.slices(self._looked_at, rows.end):
            hits = np.flatnonzero(self._match(columns, self._reading(start)))
            found.append(hits + start)
        self._looked_at = rows.end
        gone = int(np.searchsorted(self._joined, rows.first))
        if found or gone:
            self._joined = np.concatenate([self._joined[gone:], *found])

    def _reading(self, start: int) -> Callable[[Int64], Frames]:
        return lambda index: self._reader.read(np.asarray(index, np.int64) + start)

    def __len__(self) -> int:
        return len(self._joined) if self.filtered else len(self._rows)

    def at(self, start: int, stop: int) -> Int64:
        start, stop = max(0, start), min(stop, len(self))
        if self.filtered:
            return self._joined[start:stop]
        return np.arange(start, max(start, stop), dtype=np.int64) + self._rows.first

    def position(self, sequence: int) -> int:
        if self.filtered:
            return int(np.searchsorted(self._joined, sequence))
        return max(0, min(sequence - self._rows.first, len(self._rows)))

    def page(self, sequences: Int64) -> Page:
        columns = self._rows.take(sequences)
        frames = self._reader.read(sequences)
        info = tuple(self._describe(columns, index, frames.bytes_of(index)) for index in range(len(sequences)))
        return Page(sequences, columns, info)
