"""Saving: all packets or some, joined in the order in which they came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tui.core.frames import FrameReader, Frames
from tui.store import formats
from tui.store.capturewriter import CaptureWriter
from tui.store.contract import OFFSET_BITS, OFFSET_MASK, Store
from tui.store.layout import Owner
from tui.store.rows import Rows
from tui.store.segments import Segment
from tui.store.series import Interface, Lost

BATCH = 16_384
"""Packets read back at once; also bounded by BATCH_BYTES."""
BATCH_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class SaveReport:
    """What was saved; `missing`: packets asked for that are no longer kept, or never could be."""

    path: Path
    packets: int
    bytes: int
    missing: int = 0
    unsaid: int = 0
    """Packets that are in the file without their notes and marks: only pcapng has a place for them."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a save is made from: the rows as they were published when it began, and where their bytes are."""

    rows: Rows
    reader: FrameReader
    interfaces: Sequence[Interface] = ()
    segments: tuple[Segment, ...] = ()
    """Files that hold nothing but these rows in their order, for copying them whole; else none."""
    skip: int = 0
    """Where in the first of them the first row's record begins."""
    lost: Sequence[Lost] = ()
    comment: str = ""
    """Why it was saved, an alert: written into the first block of a pcapng file."""
    notes: Mapping[int, str] = field(default_factory=dict)
    """Comments of packets in a pcapng file, by sequence number."""


def material(
    rows: Rows,
    reader: FrameReader,
    store: Store,
    interfaces: Sequence[Interface],
    lost: Sequence[Lost] = (),
    comment: str = "",
    notes: Mapping[int, str] | None = None,
) -> Material:
    """What a save of these rows needs from a store."""
    segments, skip = store.segments, 0
    if segments and len(rows):
        first = int(rows.pick(np.array([rows.first], np.int64), ("locator",))[0][0])
        segments = tuple(s for s in segments if s.number >= first >> OFFSET_BITS) if first else ()
        skip = (first & OFFSET_MASK) - formats.RECORD_HEADER
    return Material(rows, reader, interfaces, segments, skip, lost, comment, dict(notes or {}))


def save(
    what: Material, path: Path, sequences: NDArray[np.int64] | None = None, owner: Owner | None = None
) -> SaveReport:
    """Write a capture file, pcap or pcapng by its suffix: all rows, or the given sequence numbers.

    Raises SaveError, and then leaves nothing behind.
    """
    missing = 0
    with CaptureWriter(path, what.interfaces, owner, what.comment) as writer:
        if sequences is None and what.segments and len(what.rows) and not writer.blocks:
            writer.join(what.segments, what.skip, len(what.rows))
        else:
            for frames, numbers, gone in _batches(what, sequences):
                said = numbers[np.isin(numbers, list(what.notes))] if what.notes and writer.blocks else numbers[:0]
                rows = np.searchsorted(numbers, said).tolist()
                writer.write(frames, {row: what.notes[number] for row, number in zip(rows, said.tolist(), strict=True)})
                missing += gone
            writer.lost(what.lost)
    unsaid = 0 if writer.blocks else len(noted(what.notes, what.rows, sequences))
    return SaveReport(writer.path, writer.packets, writer.bytes, missing, unsaid)


def noted(notes: Mapping[int, str], rows: Rows, sequences: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """The packets that are kept and asked for (None: all), and have notes."""
    some = np.fromiter(notes, np.int64, len(notes))
    kept = some[(some >= rows.first) & (some < rows.end)]
    return kept if sequences is None else kept[np.isin(kept, sequences)]


def _batches(what: Material, sequences: NDArray[np.int64] | None) -> Iterator[tuple[Frames, NDArray[np.int64], int]]:
    """Frames and their sequence numbers in order, with how many were gone; bounded in packets and in bytes."""
    rows = what.rows
    wanted = np.arange(rows.first, rows.end, dtype=np.int64) if sequences is None else np.unique(sequences)
    kept = wanted[(wanted >= rows.first) & (wanted < rows.end)]
    gone = len(wanted) - len(kept)
    for start in range(0, len(kept), BATCH):
        some = kept[start : start + BATCH]
        caplen, locator = rows.pick(some, ("caplen", "locator"))
        for part in _bounded(caplen.astype(np.int64)):
            frames = what.reader.read(some[part])
            here = (frames.caplen > 0) | ((caplen[part] == 0) & (locator[part] != 0))
            lost = len(here) - int(here.sum())
            yield (frames.select(here) if lost else frames), some[part][here], gone + lost
            gone = 0
    if gone:
        yield what.reader.read(kept[:0]), kept[:0], gone


def _bounded(caplen: NDArray[np.int64]) -> Iterator[slice]:
    """Runs of packets with BATCH_BYTES at most, or one packet."""
    ends = np.cumsum(caplen)
    start = 0
    while start < len(caplen):
        done = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + BATCH_BYTES, "right")))
        yield slice(start, stop)
        start = stop
