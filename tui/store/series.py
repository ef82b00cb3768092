"""Series: the files of one interface (or of all of them), one after the other, and how records get into them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tui import __version__
from tui.core.frames import Frames
from tui.store import formats
from tui.store.disk import Disk
from tui.store.pool import CHUNK, Chunk, Pieces, Pool, cut
from tui.store.rows import distinct
from tui.store.segments import Segment

NUMBERS = 65_536
"""Interface numbers have 16 bits."""
Int64 = NDArray[np.int64]
NO_PACKETS: Int64 = np.empty(0, np.int64)


class Interface(Protocol):
    """What a store wants to know of an interface."""

    @property
    def name(self) -> str: ...

    @property
    def linktype(self) -> int: ...

    @property
    def description(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Lost:
    """Counters of an interface, for the statistics block of a pcapng file; None is not known."""

    received: int | None = None
    interface: int | None = None
    kernel: int | None = None

    def block(self, number: int, time_ns: int) -> bytes:
        """The block for the interface that has this number in the file."""
        return formats.statistics_block(number, time_ns, self.received, self.interface, self.kernel)


Interfaces = Callable[[], Sequence[Interface]]


class Series:
    """Appends records to the segment that is being written. Belongs to the worker."""

    def __init__(self, pool: Pool, disk: Disk, interfaces: Interfaces, linktype: int, blocks: bool) -> None:
        """`blocks`: pcapng, else pcap of one link type."""
        self._pool = pool
        self._disk = disk
        self._interfaces = interfaces
        self._linktype = linktype
        self._blocks = blocks
        self._local = np.full(NUMBERS if blocks else 0, -1, np.int64)  # interface number in this file
        self._described = 0
        self._chunk: Chunk | None = None
        self.segment = Segment(0, Path(), 0)

    @property
    def linktype(self) -> int:
        return self._linktype

    @property
    def room(self) -> int:
        """Bytes that can be appended now."""
        return (CHUNK - self._chunk.filled if self._chunk else 0) + self._pool.free * CHUNK

    def begin(self, segment: Segment) -> None:
        """Go on in a new segment."""
        self.segment = segment
        self._local.fill(-1)
        self._described = 0
        application = f"nettui {__version__}"
        self._append_bytes(formats.section_block(application) if self._blocks else formats.pcap_header(self._linktype))
        segment.body = segment.size

    def finish(self) -> None:
        """Nothing more goes into this segment."""
        chunk, self._chunk = self._chunk, None
        if chunk:
            self._disk.full(self.segment, chunk)

    def conclude(self, counters: Sequence[Lost], time_ns: int) -> None:
        """What each interface received and lost, at the end of a pcapng file."""
        for interface in np.flatnonzero(self._local >= 0).tolist():
            if interface < len(counters):
                self._append_bytes(counters[interface].block(int(self._local[interface]), time_ns))

    def records(self, frames: Frames) -> formats.Records:
        """Frames as records of this file; describes interfaces that it has not seen."""
        if not self._blocks:
            return formats.pcap_records(frames)
        for number in distinct(frames.interface):
            if self._local[number] < 0:
                self._describe(number, int(frames.linktype[frames.interface == number][0]))
        return formats.pcapng_records(frames, self._local[frames.interface])

    def append(self, pieces: Pieces, records: Int64) -> None:
        """Gather pieces of memory into chunks; there must be room. `records`: bytes up to the end of each packet's."""
        ends = np.cumsum(pieces[:, 1].astype(np.int64))
        done, total = 0, int(ends[-1]) if len(ends) else 0
        base, told = self.segment.size, 0
        while done < total:
            chunk = self._chunk or self._take(base + (int(records[told - 1]) if told else 0))
            stop = min(total, done + CHUNK - chunk.filled)
            ended = int(np.searchsorted(records, stop, "right"))
            if ended > told:  # known before the bytes are there: whoever writes those finds their ends
                chunk.ends.append(base + records[told:ended])
                told = ended
            self._pool.gather(chunk, pieces if stop - done == total else cut(pieces, ends, done, stop))
            self.segment.size += stop - done
            done = stop
            if chunk.filled == CHUNK:
                self._chunk = None
                self._disk.full(self.segment, chunk)
        if self._chunk:
            self._disk.filling(self.segment, self._chunk)

    def _take(self, boundary: int) -> Chunk:
        segment = self.segment
        chunk = self._chunk = self._pool.take(segment.size)
        chunk.boundary = boundary
        segment.waiting[segment.size // CHUNK] = chunk
        return chunk

    def _describe(self, number: int, linktype: int) -> None:
        known = self._interfaces()
        name, description = (known[number].name, known[number].description) if number < len(known) else ("", "")
        self._append_bytes(formats.interface_block(linktype, name, description))
        self._local[number] = self._described
        self._described += 1

    def _append_bytes(self, raw: bytes) -> None:
        kept = np.frombuffer(raw, np.uint8)
        self.append(np.array([[kept.ctypes.data, len(raw)]], np.uint64), NO_PACKETS)
