"""The disk thread: writes full chunks past the page cache, half-full ones through it after a tenth of a second.

Direct writes cost a tenth of the processor time of buffered ones into fresh pages, and leave nothing to write back.
Where the file system has none, or the device is slow and would make the pool overflow, the page cache takes them.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from tui.store.pool import CHUNK, Chunk, Pool
from tui.store.segments import Descriptor, Segment

FLUSH_S = 0.1
"""What a kill can cost: packets wait no longer than this for their file."""
SLOW_BYTES_S = 200e6
"""A device slower than this, past the page cache, is written through it while the pool is more than half full."""
TRIM_S = 2.0
"""Silence after which the memory of the pool is given back."""
PATIENCE_S = 10.0
"""How long closing waits for a disk that takes nothing; while it takes something, closing waits on."""
LONGEST_S = 120.0
"""... but no longer than this."""

logger = logging.getLogger("nettui.disk")


class Job(NamedTuple):
    """A full chunk of a segment; without one, something to do with the segment at this point of the order."""

    segment: Segment
    chunk: Chunk | None = None
    action: Callable[[], None] | None = None


class Disk:
    """One thread, one queue. After the first error nothing more is written: `problem` tells which it was."""

    def __init__(self, pool: Pool, opener: Callable[[Segment], None]) -> None:
        """`opener` creates the file of a segment; called in the disk thread."""
        self.pool = pool
        self.problem: OSError | None = None
        self.deleted = False
        """Somebody has deleted a file that is being written: it lives on until it is closed, and then is gone."""
        self.lost_packets = 0
        """Packets in chunks that could not be written."""
        self._opener = opener
        self._jobs: deque[Job] = deque()
        self._open: dict[Segment, Chunk] = {}  # being filled by the worker
        self._since: dict[Segment, float] = {}  # when its first byte that is not in the file was gathered
        self._changed = threading.Condition()
        self._direct: dict[Segment, Descriptor] = {}
        self._speed = SLOW_BYTES_S * 2  # bytes/s past the page cache, as last seen
        self._busy = self._idle = self._urgent = self._stop = self._given_up = False
        self._done = 0
        """Jobs that are done, and visits to chunks half full: a disk that gets on is waited for."""
        self._at: tuple[tuple[Segment, Chunk], ...] = ()
        """What the thread is about to write."""
        self._thread = threading.Thread(target=self._run, name="nettui-disk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def filling(self, segment: Segment, chunk: Chunk) -> None:
        """A chunk that the worker still fills: written as far as it is, from time to time."""
        with self._changed:
            self._open[segment] = chunk
            self._since.setdefault(segment, time.monotonic())
            if self._idle:
                self._changed.notify()

    def full(self, segment: Segment, chunk: Chunk) -> None:
        """A chunk to which nothing will be added."""
        with self._changed:
            self._open.pop(segment, None)
            self._since.pop(segment, None)
            self._jobs.append(Job(segment, chunk))
            self._changed.notify()

    def then(self, segment: Segment, action: Callable[[], None]) -> None:
        """Do something in the disk thread, after all that was given before."""
        with self._changed:
            self._jobs.append(Job(segment, action=action))
            self._changed.notify()

    def flush(self, timeout_s: float = PATIENCE_S) -> bool:
        """Wait until all that was given is in the files, or counted as lost; False when not all is there.

        A disk that takes nothing for `timeout_s` is given up: what waits for it is lost.
        """
        begun = last = time.monotonic()
        with self._changed:
            done = self._done
            while (self._jobs or self._busy or self._since) and not self._given_up:
                now = time.monotonic()
                if self._done != done:
                    done, last = self._done, now
                if not self._thread.is_alive() or now > last + timeout_s or now > begun + LONGEST_S:
                    self._give_up()
                self._urgent = True
                self._changed.notify_all()
                self._changed.wait(FLUSH_S)
        return self.problem is None

    def stop(self) -> None:
        """Write what is left and end the thread."""
        self.flush()
        with self._changed:
            self._stop = True
            self._changed.notify()
        if not self._given_up:
            self._thread.join(PATIENCE_S)

    def _give_up(self) -> None:
        """The process is about to leave, and the disk does not answer: count what is not there. Under the lock."""
        self._given_up = True
        self.problem = self.problem or OSError(errno.ETIMEDOUT, "the disk does not answer")
        waiting = {chunk: segment for segment, chunk in self._at}
        waiting |= {job.chunk: job.segment for job in self._jobs if job.chunk}
        waiting |= {chunk: segment for segment, chunk in self._open.items()}
        for chunk, segment in waiting.items():
            self._count_lost(chunk, chunk.place + chunk.written if segment.cut is None else segment.cut)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._jobs and not self._urgent and not self._stop:
                    self._idle = not self._since
                    if not self._changed.wait(FLUSH_S if self._since else TRIM_S) and self._idle:
                        self.pool.trim()
                        self._changed.wait()
                    self._idle = False
                if self._stop and not self._jobs:
                    return
                job = self._jobs.popleft() if self._jobs else None
                late = self._late()
                self._at = (((job.segment, job.chunk),) if job and job.chunk else ()) + late
                self._busy = True
            if job:
                self._do(job)
            for segment, chunk in late:
                self._attempt(segment, chunk, chunk.filled)
            with self._changed:
                self._done += len(self._at)
                self._at = ()
                self._busy = False
                if not self._jobs:
                    self._changed.notify_all()

    def _late(self) -> tuple[tuple[Segment, Chunk], ...]:
        """Chunks with bytes that have waited long enough, but none before those of its file that are full.

        Called under the lock.
        """
        before = time.monotonic() if self._urgent else time.monotonic() - FLUSH_S
        self._urgent = False
        due = [segment for segment, since in self._since.items() if since <= before]
        if due and self._jobs:
            later = {job.segment for job in self._jobs}
            due = [segment for segment in due if segment not in later]
        for segment in due:
            del self._since[segment]
        return tuple((segment, self._open[segment]) for segment in due)

    def _do(self, job: Job) -> None:
        if job.chunk:
            self._attempt(job.segment, job.chunk, job.chunk.filled)
            # Readers look into `waiting` first: out of there, and only then free for other bytes
            job.segment.waiting.pop(job.chunk.place // CHUNK, None)
            self.pool.give_back(job.chunk)
        if job.action:
            self._direct.pop(job.segment, None)
            job.action()

    def _attempt(self, segment: Segment, chunk: Chunk, end: int) -> None:
        """Write a chunk up to `end`, unless writing has failed before."""
        if not self.problem and chunk.written < end:
            try:
                if segment.file is None:
                    self._opener(segment)
                    self._open_direct(segment)
                self._write(segment, chunk, end)
                self.deleted = segment.file is not None and os.fstat(segment.file.fd).st_nlink == 0
            except OSError as error:
                self.problem = error
            except Exception as error:  # nobody else would write, and nobody would know
                logger.exception("the disk thread failed")
                self.problem = OSError(errno.EIO, f"{type(error).__name__}: {error}")
        if self.problem:
            with self._changed:
                if segment.cut is None:
                    _cut(segment, chunk.whole(chunk.place + chunk.written))
                self._count_lost(chunk, segment.cut or 0)

    def _count_lost(self, chunk: Chunk, end: int) -> None:
        """Count the packets of a chunk that are not in its file, of which `end` bytes are there; each once."""
        lost = chunk.beyond(end)
        self.lost_packets += max(0, lost - chunk.lost)
        chunk.lost = max(lost, chunk.lost)

    def _open_direct(self, segment: Segment) -> None:
        flag = getattr(os, "O_DIRECT", 0)
        with contextlib.suppress(OSError):  # tmpfs and some network file systems have none
            if flag:
                self._direct[segment] = Descriptor(os.open(segment.path, os.O_WRONLY | os.O_CLOEXEC | flag))

    def _write(self, segment: Segment, chunk: Chunk, end: int) -> None:
        assert segment.file
        direct = self._direct.get(segment)
        fresh = chunk.written == 0 and end == CHUNK
        crowded = self._speed < SLOW_BYTES_S and self.pool.free * 2 < self.pool.count
        if direct and fresh and not crowded:
            before = time.monotonic()
            if self._past_cache(direct.fd, chunk):
                took = max(1e-6, time.monotonic() - before)
                self._speed += (CHUNK / took - self._speed) / 8
                segment.written = chunk.place + end
                return
            self._direct.pop(segment)
        while chunk.written < end:
            part = chunk.memory[chunk.written : end]
            chunk.written += os.pwrite(segment.file.fd, part, chunk.place + chunk.written)
            segment.written = chunk.place + chunk.written

    def _past_cache(self, fd: int, chunk: Chunk) -> bool:
        """A whole chunk in one direct write; False where the file system refuses it after all."""
        try:
            chunk.written = os.pwrite(fd, chunk.memory, chunk.place)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.EOPNOTSUPP):
                return False
            raise
        return chunk.written == CHUNK


def _cut(segment: Segment, end: int) -> None:
    """Let a file that cannot grow end with a whole record, or with its header."""
    header = segment.body if segment.written >= segment.body else 0
    segment.written = segment.cut = max(end, header)
    if segment.file:
        with contextlib.suppress(OSError):
            os.ftruncate(segment.file.fd, segment.cut)
