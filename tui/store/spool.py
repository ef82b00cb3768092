"""SegmentStore: every frame goes into a segment before anything parses it; where it lies is known at once."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tui.core.frames import Frames
from tui.errors import SaveError
from tui.store.contract import OFFSET_BITS, Locators
from tui.store.disk import Disk
from tui.store.layout import Layout
from tui.store.pool import CHUNK, Pool
from tui.store.segments import Descriptor, Segment
from tui.store.series import Interfaces, Lost, Series

POOL_BYTES = 64 << 20
"""Bound of what waits for the disk; 0.1 to 0.2 s of a link of 4 Gb/s."""


class SegmentStore:
    """Segments written through a pool by a disk thread, bounded by size, files, packets and free disk space."""

    def __init__(
        self,
        layout: Layout,
        interfaces: Interfaces,
        pool_bytes: int = POOL_BYTES,
        wait_s: float = 0.0,
    ) -> None:
        """`wait_s`: how long `write` may wait for the disk; 0 where packets do not wait either."""
        self._layout = layout
        self._interfaces = interfaces
        self._wait_s = wait_s
        self._pool = Pool(pool_bytes)
        self._disk = Disk(self._pool, self._open_file)
        self._series: dict[tuple[int, int], Series] = {}
        self._segments: dict[int, Segment] = {}
        self._closed: deque[Segment] = deque()
        self._numbers = self._begun = 0
        self._closed_bytes = 0
        self._keep_bytes = layout.keep_bytes
        self._skipped = 0
        self._behind = False
        self.first_kept = 0
        self._disk.start()

    @property
    def unwritten(self) -> int:
        """Packets that were seen and could not be kept."""
        return self._skipped + self._disk.lost_packets

    @property
    def kept_bytes(self) -> int:
        """Bytes in all segments."""
        return self._closed_bytes + sum(s.segment.size for s in list(self._series.values()))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was given up, in words."""
        found = []
        problem = self._disk.problem
        if problem:
            found.append(f"packets are no longer kept: {problem.strerror or problem}")
        if self._disk.deleted and not problem:
            found.append("the file that packets are written to was deleted: save them before you leave")
        if self._behind and not problem:
            found.append(f"the disk is too slow: {self.unwritten:,} packets were not kept")
        return tuple(found)

    @property
    def temporary(self) -> bool:
        return self._layout.per_interface

    @property
    def segments(self) -> tuple[Segment, ...]:
        """See Store: only pcap files of a single series are in the order of the packets."""
        if self._layout.suffix != ".pcap" or self._begun > 1 or self.unwritten:
            return ()
        return tuple(self._segments.values())

    @property
    def files(self) -> tuple[Path, ...]:
        """See Store: those of `-w`."""
        return () if self.temporary else tuple(s.path for s in self._segments.values() if s.file)

    @property
    def layout(self) -> Layout:
        return self._layout

    def readable(self, number: int) -> Segment | None:
        return self._segments.get(number)

    def write(self, frames: Frames, first: int) -> Locators:
        """See Store. Frames may be released when this returns."""
        locators = np.zeros(len(frames), np.uint64)
        if self._disk.problem:
            self._skipped += len(frames)
            return locators
        for key, rows in self._groups(frames):
            some = frames if rows is None else frames.select(rows)
            where = self._write_series(key, some, first, first + len(frames))
            if rows is None:
                return where
            locators[rows] = where
        return locators

    def _groups(self, frames: Frames) -> list[tuple[tuple[int, int], NDArray[np.int64] | None]]:
        """The frames of each series; None for all of them."""
        if not len(frames):
            return []
        number, linktype = int(frames.interface[0]), int(frames.linktype[0])
        if self._layout.suffix == ".pcapng":
            return [((0, 0), None)]
        if (frames.linktype == linktype).all() and (
            not self._layout.per_interface or (frames.interface == number).all()
        ):
            return [((number if self._layout.per_interface else 0, linktype), None)]
        if not self._layout.per_interface:
            raise SaveError("a pcap file holds one link type, and these interfaces have several", "use -w FILE.pcapng")
        keys = frames.interface.astype(np.int64) << 16 | frames.linktype
        return [((int(key) >> 16, int(key) & 0xFFFF), np.flatnonzero(keys == key)) for key in np.unique(keys)]

    def _write_series(self, key: tuple[int, int], frames: Frames, first: int, end: int) -> Locators:
        """Records of one series, cut where a segment is full."""
        series = self._series.get(key) or self._begin(key, first)
        locators = np.zeros(len(frames), np.uint64)
        done = 0
        while done < len(frames) and series and self._room_for_blocks(series):
            rest = frames.select(slice(done, None)) if done else frames
            records = series.records(rest)
            ends = np.cumsum(records.sizes)
            segment = series.segment
            fits = int(np.searchsorted(ends, self._layout.segment_bytes - segment.size, "right"))
            if not fits and segment.size > segment.body:
                series = self._rotate(key, series, first)
                continue
            fits = max(1, fits)  # a record longer than a segment has one to itself
            stop = self._within_pool(series, ends[:fits])
            if stop:
                begin = ends[:stop] - records.sizes[:stop] + (segment.size + records.data_at)
                locators[done : done + stop] = (segment.number << OFFSET_BITS | begin).astype(np.uint64)
                series.append(records.pieces[: stop * records.per_record], ends[:stop])
                segment.end = end
            done += stop
            if stop < fits:
                break
        if done < len(frames):
            self._skipped += len(frames) - done
            self._behind = True
        return locators

    def _room_for_blocks(self, series: Series) -> bool:
        """Whether headers and interface descriptions fit, whatever the records do."""
        return series.room >= CHUNK // 2 or (self._wait_s > 0 and self._pool.wait(1, self._wait_s))

    def _within_pool(self, series: Series, ends: NDArray[np.int64]) -> int:
        """How many records the pool can take now, after waiting where the source can wait."""
        wanted = int(ends[-1]) - series.room
        if wanted > 0 and self._wait_s:
            self._pool.wait(min(self._pool.free + -(-wanted // CHUNK), self._pool.count // 2), self._wait_s)
        return int(np.searchsorted(ends, series.room, "right"))

    def _begin(self, key: tuple[int, int], first: int) -> Series | None:
        """A series' first file; None when the pool has no room for its header."""
        if not self._pool.free:
            return None
        self._begun += 1
        series = Series(self._pool, self._disk, self._interfaces, key[1], self._layout.suffix == ".pcapng")
        series.begin(self._new_segment(key[0], first))
        self._series[key] = series
        return series

    def _new_segment(self, series: int, first: int) -> Segment:
        self._numbers += 1
        segment = Segment(self._numbers, self._layout.path(self._numbers, series), first)
        self._segments = {**self._segments, segment.number: segment}
        return segment

    def _rotate(self, key: tuple[int, int], series: Series, first: int) -> Series | None:
        """Close the file that is full, begin the next, let the oldest go."""
        self._finish(series)
        while self._closed and (
            self._closed_bytes > self._keep_bytes - self._layout.segment_bytes
            or len(self._closed) + len(self._series) > self._layout.keep_files
        ):
            self._drop(self._closed.popleft())
        if not self._pool.free:
            del self._series[key]
            return None
        series.begin(self._new_segment(key[0], first))
        return series

    def _finish(self, series: Series) -> None:
        segment = series.segment
        series.finish()
        self._closed.append(segment)
        self._closed_bytes += segment.size

    def _drop(self, segment: Segment) -> None:
        """Delete a closed file; who reads it keeps it open."""
        self._closed_bytes -= segment.size
        self._segments = {number: s for number, s in self._segments.items() if s is not segment}
        self.first_kept = max(self.first_kept, segment.end)
        self._disk.then(segment, partial(_delete, segment))

    def forget(self, before: int) -> None:
        """See Store. Only a spool lets go of files for this."""
        if self._layout.per_interface:
            while self._closed and self._closed[0].end <= before:
                self._drop(self._closed.popleft())

    def _open_file(self, segment: Segment) -> None:
        """Create a segment's file (in the disk thread); OSError where the disk is full or the folder gone."""
        flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | (os.O_EXCL if self._layout.per_interface else os.O_TRUNC)
        fd = os.open(segment.path, flags, 0o600)
        segment.file = Descriptor(fd)
        if self._layout.owner:
            self._layout.owner.take(fd)
        if self._layout.free_floor:
            disk = os.fstatvfs(fd)
            missing = self._layout.free_floor - disk.f_bavail * disk.f_frsize
            if missing > 0:
                self._keep_bytes = max(2 * self._layout.segment_bytes, self.kept_bytes - missing)

    def conclude(self, counters: Sequence[Lost], time_ns: int) -> None:
        """See Store. A file that was asked for is there, be it without a packet."""
        if not self._series and not self.temporary and (known := self._interfaces()):
            self._begin((0, 0 if self._layout.suffix == ".pcapng" else known[0].linktype), 0)
        for series in self._series.values():
            if self._layout.suffix == ".pcapng" and self._room_for_blocks(series):
                series.conclude(counters, time_ns)

    def flush(self) -> bool:
        """Wait until all is in the files; False when the disk does not take it: what it did not take is unwritten."""
        return self._disk.flush()

    def close(self) -> None:
        """Write what is left. A spool is deleted, files of `-w` stay."""
        for series in self._series.values():
            self._finish(series)
        self._series.clear()
        self._disk.stop()
        self._layout.close()
        self._pool.close()

    def abandon(self) -> None:
        """See Store. Files of `-w` lose nothing: the disk thread writes on until the process is gone."""
        if self.temporary:
            self._layout.close()
        else:
            self._disk.flush(1.0)


def _delete(segment: Segment) -> None:
    segment.file = None
    with contextlib.suppress(OSError):
        segment.path.unlink()
