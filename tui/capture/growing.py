"""Capture files that another program still writes: followed as they grow, or read to where they end now."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from tui.capture import pcap
from tui.capture.pcapfile import CaptureFile, open_capture
from tui.capture.records import Bytes
from tui.capture.source import InterfaceInfo, Statistics
from tui.core.frames import Frames
from tui.core.state import State


class UpToNow:
    """A file of which the last record may be half written yet: its end is the last whole one, and no damage."""

    live = False

    def __init__(self, file: CaptureFile) -> None:
        """`file` waits for more."""
        self._file = file
        self._ended = False

    @property
    def interfaces(self) -> tuple[InterfaceInfo, ...]:
        return self._file.interfaces

    @property
    def comments(self) -> Mapping[int, str]:
        """See CaptureFile."""
        return self._file.comments

    @property
    def state(self) -> State:
        return State.ENDED if self._ended else self._file.state

    def read(self, timeout_s: float) -> Frames | None:
        """See Source."""
        frames = None if self._ended else self._file.read(timeout_s)
        self._ended = frames is None
        return frames

    def release(self, frames: Frames) -> None:
        self._file.release(frames)

    def statistics(self) -> Statistics:
        return self._file.statistics()

    def close(self) -> None:
        self._ended = True
        self._file.close()


def open_file(
    path: str,
    follow: bool = False,
    *,
    window: int | None = None,
    batch: int | None = None,
    room: Callable[[int], Bytes] | None = None,
) -> CaptureFile | UpToNow:
    """As `open_capture`, but a file that is still written ends, unless it is followed, with its last whole record."""
    growing = not follow and path != "-" and still_written(path)
    source = open_capture(path, follow or growing, window=window, batch=batch, room=room)
    return UpToNow(source) if growing else source


def still_written(path: str) -> bool:
    """Whether some program has the file open for writing, as far as the kernel tells us.

    It refuses a read lease then (fcntl(2)), and to those who do not own the file and are not root, always: not known
    counts as no. An empty file is none to read in any case.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False  # whoever opens it says why
    try:
        if os.fstat(descriptor).st_size < pcap.FILE_HEADER or not Path(path).is_file():
            return False
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)  # the usual SIGIO would end us; this one does nothing
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False
