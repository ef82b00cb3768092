"""Pool: bounded memory between the worker and the disk, filled by the kernel straight from where the frames lie.

The worker gathers records into aligned chunks (one `pwritev` into a memfd moves a thousand scattered frames, 0.12 us
each, with the interpreter lock released) and gives the frames back at once. The disk thread writes whole chunks past
the page cache: a stalled disk fills the pool and never the kernel ring.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import threading

import numpy as np
from numpy.typing import NDArray

CHUNK = 1 << 20
"""Bytes of one chunk; chunk boundaries in a file are multiples of it, as direct writes want."""
WARM = 4
"""Chunks that keep their memory when nothing waits for the disk."""
IOV_MAX = 1024
"""Pieces that one call takes (linux/uio.h, UIO_MAXIOV)."""

Pieces = NDArray[np.uint64]
"""(n, 2): address and length of each piece of memory, as `struct iovec` has them on 64-bit machines."""


class Chunk:
    """Memory lent to one stretch of one file: `filled` bytes are valid, of which `written` are in the file."""

    __slots__ = ("boundary", "ends", "filled", "index", "lost", "memory", "place", "written")

    def __init__(self, index: int, memory: memoryview, place: int) -> None:
        self.index = index
        self.memory = memory
        self.place = place
        """Offset in the file of its first byte."""
        self.filled = 0
        self.written = 0
        self.boundary = place
        """Offset in the file where the last record before `place` ends: a record may lie in two chunks."""
        self.ends: list[NDArray[np.int64]] = []
        """Offsets in the file where the records of packets end that end in it, in order."""
        self.lost = 0
        """Packets that end in it and were counted as lost."""

    def whole(self, end: int) -> int:
        """The last offset up to `end` where a record ends: there a file may be cut."""
        for ends in reversed(self.ends):
            if n := int(np.searchsorted(ends, end, "right")):
                return int(ends[n - 1])
        return self.boundary

    def beyond(self, end: int) -> int:
        """How many packets of this chunk do not end up to `end`."""
        return sum(len(ends) - int(np.searchsorted(ends, end, "right")) for ends in tuple(self.ends))


class Pool:
    """`size` bytes of chunks. One thread gathers; any may give back."""

    def __init__(self, size: int) -> None:
        self.count = max(2, size // CHUNK)
        self._fd = os.memfd_create("nettui-pool", os.MFD_CLOEXEC) if hasattr(os, "memfd_create") else -1
        if self._fd >= 0:
            os.ftruncate(self._fd, self.count * CHUNK)
        self._map = mmap.mmap(self._fd, self.count * CHUNK)
        self._free = list(range(self.count - 1, -1, -1))  # the last one given back is taken first: it is warm
        self._used: set[int] = set()  # those that have memory
        self._given_back = threading.Condition()
        self._libc = ctypes.CDLL(None, use_errno=True)

    @property
    def free(self) -> int:
        """Chunks that can be taken."""
        return len(self._free)

    def take(self, place: int) -> Chunk:
        """A chunk for the bytes of a file from `place` on; there must be a free one."""
        with self._given_back:
            index = self._free.pop()
            self._used.add(index)
        view = memoryview(self._map)[index * CHUNK : (index + 1) * CHUNK]
        return Chunk(index, view, place)

    def give_back(self, chunk: Chunk) -> None:
        """The chunk is on disk, or given up."""
        with self._given_back:
            self._free.append(chunk.index)
            self._given_back.notify()

    def trim(self) -> None:
        """Give memory that a slow disk had made us use back to the system; a few warm chunks stay."""
        with self._given_back:
            cold = sorted(self._used & set(self._free[:-WARM]))
        for index in cold:
            with self._given_back:  # let go for each: the worker may take any of them at any time
                if index not in self._free:
                    continue
                if hasattr(mmap, "MADV_REMOVE"):
                    self._map.madvise(mmap.MADV_REMOVE, index * CHUNK, CHUNK)
                self._used.discard(index)
                self._free.remove(index)
                self._free.insert(0, index)

    def wait(self, least: int, timeout_s: float) -> bool:
        """Whether so many chunks are free, at last."""
        with self._given_back:
            return self._given_back.wait_for(lambda: len(self._free) >= least, timeout_s)

    def gather(self, chunk: Chunk, pieces: Pieces) -> None:
        """Append pieces of memory to a chunk in which they fit."""
        done, at = 0, chunk.index * CHUNK + chunk.filled
        if self._fd < 0:
            at = self._copy(at, pieces)
        else:
            while done < len(pieces):
                some = pieces[done : done + IOV_MAX]
                wanted = int(some[:, 1].sum())
                got = self._libc.pwritev(self._fd, some.ctypes.data_as(ctypes.c_void_p), len(some), ctypes.c_long(at))
                if got != wanted:  # no memory left, or a signal: copied the slow way
                    self._copy(at, some)
                done, at = done + len(some), at + wanted
        chunk.filled = at - chunk.index * CHUNK

    def _copy(self, at: int, pieces: Pieces) -> int:
        """What gather does, where the kernel does not."""
        start = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        for address, size in pieces.tolist():
            ctypes.memmove(start + at, address, size)
            at += size
        return at

    def close(self) -> None:
        """Let go of the memory. Chunks that readers still look at keep the mapping alive."""
        self._free.clear()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def cut(pieces: Pieces, ends: NDArray[np.int64], start: int, stop: int) -> Pieces:
    """The bytes from `start` to `stop` of a row of pieces; `ends`: how many bytes there are up to each one's end."""
    first, last = int(np.searchsorted(ends, start, "right")), int(np.searchsorted(ends, stop, "left"))
    some = pieces[first : last + 1].copy()
    skipped = np.uint64(start - int(ends[first]) + int(some[0, 1]))
    some[0, 0] += skipped
    some[0, 1] -= skipped
    some[-1, 1] -= np.uint64(int(ends[last]) - stop)
    return some
