"""Segments: files that hold packets, readable by any thread while they are written, and after they are deleted."""

from __future__ import annotations

import os
from pathlib import Path

from tui.store.pool import CHUNK, Chunk


class Descriptor:
    """An open file that closes when the last one who holds it lets go: eviction never breaks a reader."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def __del__(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)


class Segment:
    """One file of packets. The worker counts its bytes, the disk thread writes them, readers lock nothing."""

    def __init__(self, number: int, path: Path, first: int) -> None:
        self.number = number
        self.path = path
        self.first = self.end = first
        """Sequence numbers of the packets in it: all lie between, not all between lie in it."""
        self.size = 0
        """Bytes that were given to it, written or not."""
        self.written = 0
        """Bytes that are in the file."""
        self.body = 0
        """Where its first record begins."""
        self.cut: int | None = None
        """Writing has failed: the file ends here, where a record ends."""
        self.file: Descriptor | None = None
        self.waiting: dict[int, Chunk] = {}
        """Chunks that are not wholly in the file yet, by their number in it."""

    def pread_into(self, room: memoryview, offset: int) -> int:
        """Bytes of the file from `offset` on, out of memory where they are not written yet; how many there were."""
        done = 0
        while done < len(room):
            at = offset + done
            chunk = self.waiting.get(at // CHUNK)
            got = self._from_memory(chunk, room[done:], at) if chunk else 0
            if not got:
                got = self._from_file(room[done:], at)
            if not got:
                break
            done += got
        return done

    def _from_memory(self, chunk: Chunk, room: memoryview, offset: int) -> int:
        inside = offset - chunk.place
        n = min(len(room), chunk.filled - inside)
        if n <= 0:
            return 0
        room[:n] = chunk.memory[inside : inside + n]
        # Chunks leave `waiting` before their memory is used again: still there, so the copy is good
        return n if self.waiting.get(offset // CHUNK) is chunk else 0

    def _from_file(self, room: memoryview, offset: int) -> int:
        file = self.file
        if file is None:
            return 0
        n = min(len(room), self.written - offset)
        if self.waiting:
            n = min(n, CHUNK - offset % CHUNK)
        if n <= 0:
            return 0
        try:
            return os.preadv(file.fd, [room[:n]], offset)
        except OSError:
            return 0
