"""Capture files as a source: pcap and pcapng, plain or gzip, from a file, a pipe or standard input."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tui.capture import pcap
from tui.capture.pcapng import PcapngFormat
from tui.capture.records import Bytes, Found, RecordFormat
from tui.capture.source import InterfaceInfo, Statistics
from tui.capture.stream import GZIP_MAGIC, ByteStream, FileStream, GzipStream, open_stream
from tui.core.frames import Frames
from tui.core.state import State
from tui.errors import DamagedFile, FormatError

WINDOW = 16 << 20
"""Bytes of a file in memory at a time; grows only for a record that is longer."""
BATCH = 32_768
"""Frames handed over at a time, about: enough to make array operations cheap, few enough to stay in the cache."""
SPARE = 3
"""Windows kept for the next fills once the frames in them are released: a new one costs a page fault every 4 KiB."""
START = 64 << 10
"""Bytes looked at to tell the format."""
WHOLE_FILE = "what was read before the damage is complete; `capinfos` and `editcap` may tell more"
READABLE = "nettui reads pcap and pcapng, also compressed by gzip"


def open_capture(
    path: str,
    follow: bool = False,
    *,
    window: int | None = None,
    batch: int | None = None,
    room: Callable[[int], Bytes] | None = None,
) -> CaptureFile:
    """A capture file as a source; `-` is standard input, `follow` waits at the end of a file that still grows.

    `window` bytes of the file are in memory at a time, `batch` frames are handed over at a time, about. `room` makes
    the windows, of so many bytes.
    Raises NoSuchFile, FormatError (no capture, or empty). A pipe is waited for until its first bytes are there.
    """
    stream = open_stream(path, follow)
    try:
        return from_stream(stream, "standard input" if path == "-" else path, window, batch, room)
    except BaseException:
        stream.close()
        raise


def is_plain(path: str) -> bool:
    """Whether packets can be read again where they lie: a file on disk that is not compressed."""
    place = Path(path)
    try:
        if path == "-" or not place.is_file():  # a fifo must not be opened twice
            return False
        with place.open("rb") as file:
            return file.read(len(GZIP_MAGIC)) != GZIP_MAGIC
    except OSError:
        return False  # who reads it as a stream is told why


def from_stream(
    stream: FileStream,
    name: str,
    window: int | None = None,
    batch: int | None = None,
    room: Callable[[int], Bytes] | None = None,
) -> CaptureFile:
    """A capture that comes out of an open stream; see `open_capture`."""
    below: ByteStream = stream
    start = _read_start(stream, len(GZIP_MAGIC))
    if start.startswith(GZIP_MAGIC):
        below = GzipStream(stream, start)
        start = b""
    start += _read_start(below, pcap.FILE_HEADER - len(start))
    if not start:
        raise FormatError(f"{name} is empty", "check how it was written; a capture begins with a header")
    if len(start) >= 4 and pcap.magic_of(start):
        return CaptureFile(below, pcap.PcapFormat(start), start, window, batch, room)
    if start.startswith(b"\x0a\x0d\x0d\x0a"):
        return CaptureFile(below, PcapngFormat(start), start, window, batch, room)
    raise FormatError(f"{name} is no capture file", READABLE)


def _read_start(stream: ByteStream, least: int) -> bytes:
    """At least so many bytes, or what there is; whatever comes at once beyond that."""
    start = b""
    room = bytearray(START)
    while len(start) < least:
        got = stream.readinto(memoryview(room), 1.0)
        if got == 0:
            break
        start += room[: got or 0]
    return start


def _private(size: int) -> Bytes:
    return np.empty(size, np.uint8)


@dataclass(slots=True, eq=False)
class _Away:
    """A window that was left while batches of it were out."""

    window: Bytes
    lent: int


class CaptureFile:
    """A source over one stream and one format. `read` gives batches out of a reused window.

    When frames are still out at a refill, they keep the old window and another one is taken.
    """

    live = False

    def __init__(
        self,
        stream: ByteStream,
        form: RecordFormat,
        start: bytes,
        window: int | None,
        batch: int | None,
        room: Callable[[int], Bytes] | None,
    ) -> None:
        self._stream = stream
        self._format = form
        self._batch = batch or BATCH
        self._room = room or _private
        self._window = self._room(max(window or WINDOW, len(start)))
        self._window[: len(start)] = np.frombuffer(start, np.uint8)
        self._start = form.size
        self._end = len(start)
        self._base = 0  # offset in the stream of the window's first byte
        self._lent = 0
        self._away: list[_Away] = []
        self._spare: list[Bytes] = []
        self._lock = threading.Lock()
        self._received = 0
        self._damage: DamagedFile | None = None
        self._state = State.REPLAY
        self.plain = stream.plain
        """Positions of frames are positions in a file on disk."""

    @property
    def interfaces(self) -> tuple[InterfaceInfo, ...]:
        """Those described so far: a pcapng file may bring more later."""
        return self._format.interfaces

    @property
    def comments(self) -> Mapping[int, str]:
        """What the file says of packets, by their place in it from 0, as far as it was read."""
        return getattr(self._format, "comments", {})

    @property
    def state(self) -> State:
        return self._state

    def read(self, timeout_s: float) -> Frames | None:
        """The next frames; None at the end, or when a pipe gave none in time. Raises DamagedFile after the last."""
        deadline = time.monotonic() + timeout_s
        while self._state is State.REPLAY:
            if self._damage:
                raise self._finish()
            found = self._format.find(self._window[self._start : self._end], self._batch)
            frames = self._take(found) if len(found.offset) else None
            self._start += found.consumed
            if found.damage:
                self._damage = self._damaged(found.damage)
            if frames:
                return frames
            if not (found.damage or found.consumed) and not self._fill(
                found.need, max(0.0, deadline - time.monotonic())
            ):
                return None
        return None

    def _take(self, found: Found) -> Frames:
        """The frames found, with offsets in the window."""
        self._received += len(found.offset)
        with self._lock:
            self._lent += 1
        offset = found.offset + self._start
        return Frames(
            buffer=self._window,
            offset=offset,
            caplen=found.caplen,
            length=found.length,
            time_ns=found.time_ns,
            linktype=found.linktype,
            interface=found.interface,
            direction=found.direction,
            position=offset + self._base if self.plain else None,
        )

    def _fill(self, need: int, timeout_s: float) -> bool:
        """Read on; False when nothing came in time, or the end is reached."""
        self._make_room(need)
        got = self._stream.readinto(self._window.data[self._end :], timeout_s)
        if got is None:
            return False
        self._end += got
        if got:
            return True
        reason = getattr(self._stream, "damage", None)
        if self._start < self._end or reason:
            self._damage = self._damaged(reason or "it ends in the middle of a record")
            return True
        self._state = State.ENDED
        return False

    def _make_room(self, need: int) -> None:
        """Move what is left to the front: of this window, or of a new one while frames of this are out."""
        left = self._window[self._start : self._end]
        size = len(self._window)
        # A record longer than the window: doubled as the bytes really come, whatever the file claims
        if need > size and len(left) == size:
            size = min(need, size * 2)
        if size == len(self._window) and self._end < size and len(left) + need <= size - self._start:
            return
        fresh = None
        with self._lock:
            if self._lent > 0:
                self._away = [*self._away[1 - SPARE :], _Away(self._window, self._lent)]
            if self._lent > 0 or size != len(self._window):
                self._lent = 0
                self._spare = [window for window in self._spare if len(window) == size]
                fresh = self._spare.pop() if self._spare else self._room(size)
        target = self._window if fresh is None else fresh
        target[: len(left)] = left.copy() if fresh is None else left
        self._base += self._start
        self._window, self._start, self._end = target, 0, len(left)

    def release(self, frames: Frames) -> None:
        """Give a batch back; any thread."""
        with self._lock:
            if frames.buffer is self._window:
                self._lent -= 1
                return
            for away in self._away:
                if frames.buffer is away.window:
                    away.lent -= 1
                    if not away.lent:
                        self._away.remove(away)
                        self._spare = [*self._spare[1 - SPARE :], away.window]
                    return

    def statistics(self) -> Statistics:
        return Statistics(self._received, kernel_dropped=0, interface_dropped=0)

    def close(self) -> None:
        self._state = State.ENDED
        self._stream.close()

    def _damaged(self, reason: str) -> DamagedFile:
        offset = self._base + self._start
        return DamagedFile(f"the capture is damaged at byte {offset:,}: {reason}", offset, WHOLE_FILE)

    def _finish(self) -> DamagedFile:
        assert self._damage
        self._state = State.ENDED
        return self._damage
