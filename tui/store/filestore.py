"""Stores that write nothing: the capture file that is replayed, and none at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tui.core.frames import Frames
from tui.store.contract import Locators
from tui.store.segments import Descriptor, Segment
from tui.store.series import Lost


class _Unwritten:
    """What a store that writes nothing answers."""

    temporary = False
    segments: tuple[Segment, ...] = ()
    files: tuple[Path, ...] = ()
    unwritten = 0
    warnings: tuple[str, ...] = ()
    first_kept = 0

    def forget(self, before: int) -> None:
        """Nothing of it was written."""

    def flush(self) -> bool:
        return True

    def conclude(self, counters: Sequence[Lost], time_ns: int) -> None:
        """There is no file to conclude."""

    def close(self) -> None:
        """Readers that still look keep what they read open."""

    def abandon(self) -> None:
        """There is nothing to take away."""


class FileStore(_Unwritten):
    """The plain capture file that is replayed is its own store: nothing is written twice."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = Descriptor(os.open(path, os.O_RDONLY | os.O_CLOEXEC))

    def write(self, frames: Frames, first: int) -> Locators:
        """Positions are the locators."""
        if frames.position is None:
            return np.zeros(len(frames), np.uint64)
        return frames.position.astype(np.uint64)

    def readable(self, number: int) -> FileStore | None:
        return self if number == 0 else None

    def pread_into(self, room: memoryview, offset: int) -> int:
        """Bytes of the file."""
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


class NoStore(_Unwritten):
    """Keeps nothing: for runs that only count."""

    def write(self, frames: Frames, first: int) -> Locators:
        return np.zeros(len(frames), np.uint64)

    def readable(self, number: int) -> None:
        return None
