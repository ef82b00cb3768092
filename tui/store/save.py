"""Saving: all packets or some, pcap or pcapng by suffix, joined in order, and either whole or not at all."""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tui import __version__
from tui.core.frames import FrameReader, Frames
from tui.errors import SaveError
from tui.store import formats
from tui.store.layout import Owner
from tui.store.pool import IOV_MAX
from tui.store.rows import Rows
from tui.store.segments import Segment
from tui.store.series import Interface
from tui.store.spool import OFFSET_BITS, OFFSET_MASK, Store

BATCH = 16_384
"""Packets read back at once; also bounded by BATCH_BYTES."""
BATCH_BYTES = 16 << 20
COPY = 64 << 20
"""Bytes that one call copies within the kernel."""
PCAPNG_SUFFIXES = (".pcapng", ".ntar")


@dataclass(frozen=True, slots=True)
class SaveReport:
    """What was saved; `missing`: packets asked for that are no longer kept."""

    path: Path
    packets: int
    bytes: int
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Lost:
    """Counters of an interface for the statistics block of a pcapng file; None is not known."""

    received: int | None = None
    interface: int | None = None
    kernel: int | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """What a save is made from: the rows as they were published at its beginning, and where their bytes are."""

    rows: Rows
    reader: FrameReader
    interfaces: Sequence[Interface] = ()
    segments: tuple[Segment, ...] = ()
    """Files that hold nothing but these rows in their order, for copying them whole; else none."""
    lost: Sequence[Lost] = ()
    comment: str = ""
    """Written into a pcapng file's first block: why it was saved, the alert."""


def material(
    rows: Rows,
    reader: FrameReader,
    store: Store,
    interfaces: Sequence[Interface],
    lost: Sequence[Lost] = (),
    comment: str = "",
) -> Material:
    """What a save of these rows needs from a store."""
    segments = store.segments
    if segments and len(rows):
        first = int(rows.pick(np.array([rows.first], np.int64), ("locator",))[0][0]) >> OFFSET_BITS
        segments = tuple(s for s in segments if s.number >= first) if first else ()
    return Material(rows, reader, interfaces, segments, lost, comment)


def save(
    what: Material, path: Path, sequences: NDArray[np.int64] | None = None, owner: Owner | None = None
) -> SaveReport:
    """Write a capture file: of all rows, or of the given sequence numbers. Raises SaveError, and then leaves nothing.

    The file has mode 0600, belongs to `owner`, and stands under its name only when every byte is on the disk.
    """
    path = path.absolute()
    if path.is_dir():
        raise SaveError(f"{path} is a folder", f"name a file in it: {path / 'capture.pcapng'}")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        fd = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SaveError(
            f"{path.parent} cannot be written to: {error.strerror}", "save into a folder of yours"
        ) from error
    try:
        with contextlib.ExitStack() as stack:
            stack.callback(os.close, fd)
            packets, missing = _write(what, fd, path, sequences)
            os.fsync(fd)
            size = os.fstat(fd).st_size
            if owner:
                owner.take(fd)
        temporary.replace(path)
    except OSError as error:
        raise SaveError(f"{path} could not be written: {error.strerror}", "make room, or save elsewhere") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return SaveReport(path, packets, size, missing)


def _write(material: Material, fd: int, path: Path, sequences: NDArray[np.int64] | None) -> tuple[int, int]:
    """(packets written, packets that were missing)."""
    rows = material.rows
    if path.suffix in PCAPNG_SUFFIXES:
        return _write_pcapng(material, fd, sequences)
    if sequences is None and material.segments:
        return _join(material, fd)
    linktypes = _linktypes(rows, sequences)
    if len(linktypes) > 1:
        raise SaveError(
            "these packets have several link types, and a pcap file holds one", f"save as {path.with_suffix('.pcapng')}"
        )
    _write_all(fd, formats.pcap_header(linktypes[0] if linktypes else 1))
    packets = missing = 0
    for frames, gone in _batches(material, sequences):
        _write_records(fd, formats.pcap_records(frames))
        packets, missing = packets + len(frames), missing + gone
    return packets, missing


def _write_pcapng(material: Material, fd: int, sequences: NDArray[np.int64] | None) -> tuple[int, int]:
    _write_all(fd, formats.section_block(f"nettui {__version__}", material.comment))
    local: dict[tuple[int, int], int] = {}
    packets = missing = last_ns = 0
    for frames, gone in _batches(material, sequences):
        keys = frames.interface.astype(np.int64) << 16 | frames.linktype
        numbers = np.zeros(len(frames), np.int64)
        for key in np.unique(keys).tolist():
            place = (key >> 16, key & 0xFFFF)
            if place not in local:
                local[place] = len(local)
                _write_all(fd, _described(material, *place))
            numbers[keys == key] = local[place]
        _write_records(fd, formats.pcapng_records(frames, numbers))
        packets, missing = packets + len(frames), missing + gone
        last_ns = int(frames.time_ns[-1]) if len(frames) else last_ns
    for (interface, _), number in local.items():
        if interface < len(material.lost):
            lost = material.lost[interface]
            _write_all(fd, formats.statistics_block(number, last_ns, lost.received, lost.interface, lost.kernel))
    return packets, missing


def _described(material: Material, interface: int, linktype: int) -> bytes:
    if interface >= len(material.interfaces):
        return formats.interface_block(linktype)
    about = material.interfaces[interface]
    return formats.interface_block(linktype, about.name, about.description)


def _linktypes(rows: Rows, sequences: NDArray[np.int64] | None) -> list[int]:
    if sequences is not None:
        kept = sequences[(sequences >= rows.first) & (sequences < rows.end)]
        return [int(v) for v in np.unique(rows.pick(kept, ("linktype",))[0])]
    found: set[int] = set()
    for _, columns in rows.slices(rows.first, rows.end):
        found.update(np.unique(columns.linktype).tolist())
    return sorted(found)


def _batches(material: Material, sequences: NDArray[np.int64] | None) -> Iterator[tuple[Frames, int]]:
    """Frames in order of their sequence, and how many between them were gone; bounded in packets and bytes."""
    rows = material.rows
    if sequences is None:
        sequences = np.arange(rows.first, rows.end, dtype=np.int64)
    sequences = np.unique(sequences)
    kept = sequences[(sequences >= rows.first) & (sequences < rows.end)]
    gone = len(sequences) - len(kept)
    for start in range(0, len(kept), BATCH):
        some = kept[start : start + BATCH]
        caplen, locator = rows.pick(some, ("caplen", "locator"))
        ends = np.cumsum(caplen.astype(np.int64))
        cuts = np.unique(np.searchsorted(ends, np.arange(BATCH_BYTES, int(ends[-1]), BATCH_BYTES))).tolist()
        for part in np.split(np.arange(len(some)), cuts):
            frames = material.reader.read(some[part])
            here = (frames.caplen > 0) | ((caplen[part] == 0) & (locator[part] != 0))
            lost = len(part) - int(here.sum())
            yield (frames.select(here) if lost else frames), gone + lost
            gone = 0
    if gone:
        yield material.reader.read(np.zeros(0, np.int64)), gone


def _join(material: Material, fd: int) -> tuple[int, int]:
    """Whole files of one series, copied within the kernel from the first kept record on."""
    rows = material.rows
    (locator,) = rows.pick(np.array([rows.first], np.int64), ("locator",)) if len(rows) else ([0],)
    first = material.segments[0]
    start = int(locator[0]) & OFFSET_MASK
    begin = start - formats.RECORD_HEADER if start and first.number == int(locator[0]) >> OFFSET_BITS else first.body
    _copy(first, fd, 0, first.body)
    for segment in material.segments:
        _copy(segment, fd, begin if segment is first else segment.body, segment.size)
    return len(rows), 0


def _copy(segment: Segment, fd: int, start: int, stop: int) -> None:
    file = segment.file
    at = start
    while file and at < min(stop, segment.written):
        n = min(COPY, min(stop, segment.written) - at)
        try:
            got = os.copy_file_range(file.fd, fd, n, at)
        except OSError:  # another file system, or a kernel without it
            got = os.sendfile(fd, file.fd, at, n)
        if not got:
            break
        at += got
    room = bytearray(min(1 << 20, max(0, stop - at)))
    while at < stop:
        got = segment.pread_into(memoryview(room)[: stop - at], at)
        if not got:
            raise SaveError("packets that should be kept cannot be read", "save the ones you need by a filter")
        _write_all(fd, bytes(room[:got]))
        at += got


def _write_records(fd: int, records: formats.Records) -> None:
    """One gathering write for each thousand pieces."""
    libc = ctypes.CDLL(None, use_errno=True)
    pieces = records.pieces
    for at in range(0, len(pieces), IOV_MAX):
        some = pieces[at : at + IOV_MAX].copy()
        while len(some):
            got = libc.writev(fd, some.ctypes.data_as(ctypes.c_void_p), len(some))
            if got < 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))
            ends = np.cumsum(some[:, 1].astype(np.int64))
            whole = int(np.searchsorted(ends, got, "right"))
            rest = some[whole:]
            if len(rest):
                part = np.uint64(got - (int(ends[whole - 1]) if whole else 0))
                rest[0, 0] += part
                rest[0, 1] -= part
            some = rest


def _write_all(fd: int, raw: bytes) -> None:
    view = memoryview(raw)
    while len(view):
        view = view[os.write(fd, view) :]


def _sync_folder(folder: Path) -> None:
    """So that the new name, too, survives a power failure."""
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
