"""CaptureWriter: one pcap or pcapng file that stands under its name only when every byte is on the disk."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tui import __version__
from tui.core.frames import Frames
from tui.errors import SaveError
from tui.store import formats
from tui.store.layout import Owner
from tui.store.places import is_folder
from tui.store.pool import IOV_MAX
from tui.store.rows import distinct
from tui.store.segments import Segment
from tui.store.series import Interface, Lost

COPY = 64 << 20
"""Bytes that one call copies within the kernel."""
PCAPNG_SUFFIXES = (".pcapng", ".ntar")


class CaptureWriter:
    """A context: leaving it well renames the file into place (mode 0600, the owner's), leaving it otherwise removes it.

    Every method raises SaveError where the disk does not take it.
    """

    def __init__(
        self, path: Path, interfaces: Sequence[Interface] = (), owner: Owner | None = None, comment: str = ""
    ) -> None:
        """The format goes by the suffix. `comment` is written into the first block of a pcapng file."""
        self.path = path.absolute()
        self.packets = 0
        self.bytes = 0
        """Size of the file, once it is whole."""
        self.blocks = self.path.suffix in PCAPNG_SUFFIXES
        self._interfaces = interfaces
        self._owner = owner
        self._comment = comment
        self._numbers: dict[tuple[int, int], int] = {}  # (interface, link type) to number in the file
        self._last_ns = 0
        if is_folder(self.path):
            raise SaveError(f"{path} is a folder", f"name a file in it: {self.path / 'capture.pcapng'}")
        self._temporary = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}.tmp")
        self._fd = -1

    def __enter__(self) -> Self:
        try:
            self._fd = os.open(self._temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            reason = f"{self.path.parent} cannot be written to: {error.strerror}"
            raise SaveError(reason, "save into a folder of yours") from error
        if self.blocks:
            self._write_bytes(formats.section_block(f"nettui {__version__}", self._comment))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._finish()
        finally:
            os.close(self._fd)
            with contextlib.suppress(OSError):
                self._temporary.unlink(missing_ok=True)

    def write(self, frames: Frames, comments: Mapping[int, str] | None = None) -> None:
        """Append frames; `comments` of rows stand in pcapng files only."""
        if not len(frames):
            return
        keys = frames.interface.astype(np.int64) << 16 | frames.linktype
        numbers = np.zeros(len(frames), np.int64)
        for key in distinct(keys):
            numbers[keys == key] = self._number(key >> 16, key & 0xFFFF)
        if not self.blocks:
            self._write_records(formats.pcap_records(frames))
        else:
            self._write_blocks(frames, numbers, comments or {})
        self.packets += len(frames)
        self._last_ns = int(frames.time_ns[-1])

    def _write_blocks(self, frames: Frames, numbers: NDArray[np.int64], comments: Mapping[int, str]) -> None:
        """Packet blocks: those with a comment one by one, all others together."""
        done = 0
        for row in sorted(comments):
            before = slice(done, row)
            self._write_records(formats.pcapng_records(frames.select(before), numbers[before]))
            self._write_bytes(formats.packet_block(frames, row, int(numbers[row]), comments[row]))
            done = row + 1
        rest = slice(done, len(frames))
        self._write_records(formats.pcapng_records(frames.select(rest), numbers[rest]))

    def join(self, segments: Sequence[Segment], skip: int, packets: int) -> None:
        """Into an empty pcap file: whole files of one series, the first one's records from `skip` on."""
        self._copy(segments[0], 0, segments[0].body)
        for segment in segments:
            self._copy(segment, skip if segment is segments[0] else segment.body, segment.size)
        self.packets += packets

    def lost(self, counters: Sequence[Lost]) -> None:
        """What each interface received and lost, into a pcapng file; call it last."""
        for (interface, _), number in self._numbers.items():
            if self.blocks and interface < len(counters):
                self._write_bytes(counters[interface].block(number, self._last_ns))

    def _number(self, interface: int, linktype: int) -> int:
        """Number of an interface in this file, described when it is new."""
        if (interface, linktype) not in self._numbers:
            if self.blocks:
                known = self._interfaces[interface : interface + 1]
                words = (known[0].name, known[0].description) if known else ()
                self._write_bytes(formats.interface_block(linktype, *words))
            elif not self._numbers:
                self._write_bytes(formats.pcap_header(linktype))
            elif linktype not in {known for _, known in self._numbers}:
                better = self.path.with_suffix(".pcapng")
                raise SaveError("these packets have several link types, and a pcap file holds one", f"save as {better}")
            self._numbers[interface, linktype] = len(self._numbers)
        return self._numbers[interface, linktype]

    def _finish(self) -> None:
        try:
            if not self.blocks and not os.fstat(self._fd).st_size:
                self._write_bytes(formats.pcap_header(1))
            os.fsync(self._fd)
            self.bytes = os.fstat(self._fd).st_size
            if self._owner:
                self._owner.take(self._fd)
            self._temporary.replace(self.path)
            _sync_folder(self.path.parent)
        except OSError as error:
            raise self._failed(error) from error

    def _copy(self, segment: Segment, start: int, stop: int) -> None:
        """Bytes of a segment: within the kernel what is in its file, through memory what is not yet."""
        try:
            at, file = start, segment.file
            while file and at < (end := min(stop, segment.written)):
                got = _copy_some(file.fd, self._fd, at, min(COPY, end - at))
                if not got:
                    break
                at += got
            room = memoryview(bytearray(min(1 << 20, max(0, stop - at))))
            while at < stop:
                got = segment.pread_into(room[: stop - at], at)
                if not got:
                    raise SaveError("packets that were kept cannot be read back", "see `dmesg` for errors of the disk")
                self._write_bytes(room[:got])
                at += got
        except OSError as error:
            raise self._failed(error) from error

    def _write_records(self, records: formats.Records) -> None:
        """One gathering write for each thousand pieces."""
        libc = ctypes.CDLL(None, use_errno=True)
        for at in range(0, len(records.pieces), IOV_MAX):
            some = records.pieces[at : at + IOV_MAX]
            wanted = int(some[:, 1].sum())
            got = libc.writev(self._fd, some.ctypes.data_as(ctypes.c_void_p), len(some))
            if got < 0:
                number = ctypes.get_errno()
                raise self._failed(OSError(number, os.strerror(number)))
            if got < wanted:  # cut short: by a disk that is nearly full, or a very large write
                whole = b"".join(ctypes.string_at(address, size) for address, size in some.tolist())
                self._write_bytes(whole[got:])

    def _write_bytes(self, raw: bytes | memoryview) -> None:
        view = memoryview(raw)
        try:
            while len(view):
                view = view[os.write(self._fd, view) :]
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> SaveError:
        return SaveError(f"{self.path} could not be written: {error.strerror}", "make room, or save elsewhere")


def _copy_some(source: int, target: int, at: int, size: int) -> int:
    try:
        return os.copy_file_range(source, target, size, at)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
        return os.sendfile(target, source, at, size)  # another file system, or an old kernel


def _sync_folder(folder: Path) -> None:
    """So that the new name, too, survives a power failure."""
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
