"""Byte streams below the capture formats: plain files, pipes and standard input, and gzip of each."""

from __future__ import annotations

import os
import select
import stat
import sys
import time
import zlib
from pathlib import Path
from typing import Protocol

from tui.errors import CaptureError, FormatError, NoSuchFile

GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 64 << 10
"""Compressed bytes taken at once: what must be gone through again where a gzip file is damaged."""
GROWTH_POLL_S = 0.05
"""How often a file that is followed is asked whether it has grown."""


class ByteStream(Protocol):
    """Bytes in order. `plain`: offsets in the stream are offsets in a file on disk."""

    plain: bool

    def readinto(self, room: memoryview, timeout_s: float) -> int | None:
        """Fill some of `room`: the number of bytes, 0 at the end, None when nothing came within the timeout."""
        ...

    def close(self) -> None: ...


class FileStream:
    """A file, fifo or standard input. `follow`: the end of a plain file is only where it ends now."""

    def __init__(self, descriptor: int, follow: bool = False) -> None:
        self._fd = descriptor
        self._follow = follow
        self.plain = stat.S_ISREG(os.fstat(descriptor).st_mode)
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)

    def readinto(self, room: memoryview, timeout_s: float) -> int | None:
        """See ByteStream. A pipe gives what is there, a file fills the room."""
        if not self.plain and not self._poll.poll(timeout_s * 1000):
            return None
        try:
            got = os.readv(self._fd, [room])
        except OSError as error:
            raise CaptureError(
                f"reading stopped: {error.strerror}", "check the disk or the program before the pipe"
            ) from error
        if got or not (self._follow and self.plain):
            return got
        time.sleep(min(timeout_s, GROWTH_POLL_S))
        return os.readv(self._fd, [room]) or None

    def close(self) -> None:
        if self._fd > 0:
            os.close(self._fd)
            self._fd = -1


class GzipStream:
    """What a gzip stream of any number of members holds; damaged, it gives all bytes before the damage."""

    plain = False

    def __init__(self, below: ByteStream, start: bytes = b"") -> None:
        """`start`: compressed bytes that were read already."""
        self._below = below
        self._waiting = start
        self._inflate = zlib.decompressobj(wbits=31)
        self._ended = False
        self._careful = False
        self.damage: str | None = None
        """Why the stream ended early."""

    def readinto(self, room: memoryview, timeout_s: float) -> int | None:
        """See ByteStream."""
        done = 0
        while not self._ended and (done == 0 or (self._careful and done < len(room))):
            if not self._waiting:
                chunk = bytearray(CHUNK)
                got = self._below.readinto(memoryview(chunk), timeout_s)
                if got is None:
                    return None
                self._waiting = bytes(chunk[:got])
                if not got:
                    self._end(None if self._inflate.eof else "the compressed data ends early")
                    continue
            plain = self._expand(len(room) - done)
            room[done : done + len(plain)] = plain
            done += len(plain)
        return done

    def _expand(self, most: int) -> bytes:
        """Some plain bytes of the compressed ones that wait."""
        if self._inflate.eof:
            if not self._waiting.startswith(GZIP_MAGIC[: len(self._waiting)]):
                self._end(None)  # what follows the last member is padding
                return b""
            self._inflate = zlib.decompressobj(wbits=31)
        before = self._inflate.copy()
        now, later = (self._waiting[:1], self._waiting[1:]) if self._careful else (self._waiting, b"")
        try:
            plain = self._inflate.decompress(now, most)
        except zlib.error as error:
            if self._careful:
                self._end(f"the compressed data is damaged ({str(error).rpartition(': ')[2]})")
            else:  # once more through this chunk, byte by byte, for what comes out before the damage
                self._inflate, self._careful = before, True
            return b""
        self._waiting = (self._inflate.unused_data or self._inflate.unconsumed_tail) + later
        return plain

    def _end(self, damage: str | None) -> None:
        self._ended, self.damage, self._waiting = True, damage, b""

    def close(self) -> None:
        self._below.close()


def open_stream(path: str, follow: bool = False) -> FileStream:
    """A file, fifo, or `-` for standard input. Raises NoSuchFile, FormatError (a folder)."""
    return FileStream(sys.stdin.fileno()) if path == "-" else FileStream(_open(path), follow)


def _open(path: str) -> int:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise NoSuchFile(f"there is no file {path}", "check the path; `-` reads standard input") from error
    except OSError as error:
        raise NoSuchFile(
            f"{path} cannot be read: {error.strerror}", f"check its owner and rights: ls -l {path}"
        ) from error
    if Path(path).is_dir():
        os.close(descriptor)
        raise FormatError(f"{path} is a folder", "name one of the captures in it")
    return descriptor
