"""Reading packets back: from segments or from the capture file that is replayed, in any thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tui.core.frames import Frames
from tui.store.rows import Rows
from tui.store.segments import Descriptor, Segment
from tui.store.series import Lost
from tui.store.spool import OFFSET_BITS, OFFSET_MASK, Locators, Store

Int64 = NDArray[np.int64]

GAP = 16_384
"""Bytes between two frames that are read along rather than skipped: one call costs as much."""
FIELDS = ("locator", "caplen", "length", "time_ns", "linktype", "interface", "direction")


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
        buffer, offset, caplen = self._bytes(full["locator"], full["caplen"].astype(np.int64))
        return Frames(
            buffer=buffer,
            offset=offset,
            caplen=caplen,
            length=full["length"].astype(np.int64),
            time_ns=full["time_ns"],
            linktype=full["linktype"],
            interface=full["interface"],
            direction=full["direction"],
        )

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
        group = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(order))))
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


class FileStore:
    """The plain capture file that is replayed is its own store: nothing is written twice."""

    temporary = False
    segments: tuple[Segment, ...] = ()
    unwritten = 0
    warnings: tuple[str, ...] = ()

    def __init__(self, path: str) -> None:
        self.path = path
        self.first_kept = 0
        self._file = Descriptor(os.open(path, os.O_RDONLY | os.O_CLOEXEC))

    def write(self, frames: Frames, first: int) -> Locators:
        """Positions are the locators."""
        if frames.position is None:
            return np.zeros(len(frames), np.uint64)
        return frames.position.astype(np.uint64)

    def readable(self, number: int) -> FileStore | None:
        return self if number == 0 else None

    def pread_into(self, room: memoryview, offset: int) -> int:
        """Bytes of the file."""
        done = 0
        while done < len(room):
            try:
                got = os.preadv(self._file.fd, [room[done:]], offset + done)
            except OSError:
                break
            if not got:
                break
            done += got
        return done

    def forget(self, before: int) -> None:
        """The file stays as it is."""

    def flush(self) -> bool:
        return True

    def conclude(self, counters: Sequence[Lost], time_ns: int) -> None:
        """Nothing is written."""

    def close(self) -> None:
        """Readers that still look keep the file open."""

    def abandon(self) -> None:
        """The file stays."""


class NoStore:
    """Keeps nothing: for runs that only count."""

    temporary = False
    segments: tuple[Segment, ...] = ()
    unwritten = 0
    warnings: tuple[str, ...] = ()
    first_kept = 0

    def write(self, frames: Frames, first: int) -> Locators:
        return np.zeros(len(frames), np.uint64)

    def readable(self, number: int) -> None:
        return None

    def forget(self, before: int) -> None:
        """Nothing is kept."""

    def flush(self) -> bool:
        return True

    def conclude(self, counters: Sequence[Lost], time_ns: int) -> None:
        """Nothing is written."""

    def close(self) -> None:
        """Nothing to do."""

    def abandon(self) -> None:
        """Nothing to do."""
