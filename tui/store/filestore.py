"""FileStore: the plain capture file that is replayed is its own store: nothing is written twice."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tui.core.frames import Frames
from tui.store.contract import Locators
from tui.store.segments import Descriptor, Segment
from tui.store.series import Lost


class FileStore:
    """Reads packets back from where they lie in the file; all that is asked of what a store has written is empty."""

    temporary = False
    segments: tuple[Segment, ...] = ()
    files: tuple[Path, ...] = ()
    unwritten = 0
    warnings: tuple[str, ...] = ()
    first_kept = 0

    def __init__(self, path: str) -> None:
        """Raises OSError where the file cannot be opened."""
        self.path = path
        self._file = Descriptor(os.open(path, os.O_RDONLY | os.O_CLOEXEC))

    def write(self, frames: Frames, first: int) -> Locators:
        """The positions in the file are the locators."""
        if frames.position is None:
            return np.zeros(len(frames), np.uint64)
        return frames.position.astype(np.uint64)

    def readable(self, number: int) -> FileStore | None:
        """The file, which is the only segment: number 0."""
        return self if number == 0 else None

    def pread_into(self, room: memoryview, offset: int) -> int:
        """Fill `room` from that place of the file on; the bytes that were there, fewer at the end or on an error."""
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
        """Nothing of it was written."""

    def flush(self) -> bool:
        """All of it is on the disk."""
        return True

    def conclude(self, counters: Sequence[Lost], time_ns: int) -> None:
        """There is no file to conclude."""

    def close(self) -> None:
        """Readers that still look keep what they read open."""

    def abandon(self) -> None:
        """There is nothing to take away."""
