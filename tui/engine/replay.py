"""Replay: a file that is shown in its own time: pause, speed, leaps, and how long it is."""

from __future__ import annotations

import threading
from pathlib import Path

from tui.capture.pacing import LOOP_GAP_NS, PacedSource
from tui.capture.pcapfile import open_capture
from tui.core.state import State
from tui.errors import NettuiError

MEASURED_BYTES = 2_000_000_000
"""Larger files are not read twice: their length is told when they have been read."""


class Replay:
    """The screen's hand on a PacedSource. Everything returns at once."""

    def __init__(self, source: PacedSource, path: str) -> None:
        self._source = source
        self._path = path
        self._first_ns = self._last_ns = 0
        self._measuring: threading.Thread | None = None
        self._closed = False

    @property
    def speed(self) -> float:
        return self._source.speed

    @speed.setter
    def speed(self, factor: float) -> None:
        self._source.speed = factor

    @property
    def paused(self) -> bool:
        return self._source.paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._source.paused = paused

    @property
    def ended(self) -> bool:
        return self._source.state is State.ENDED

    @property
    def position_ns(self) -> int:
        """How far the file has been read, in times of its packets; 0 before the first."""
        return self._source.position_ns

    def span_at(self, time_ns: int) -> tuple[int, int] | None:
        """The first and the last time of the file, in the round of a loop that a time lies in; None: not known.

        The pause after a round belongs to it.
        """
        if not self._last_ns:
            return None
        first, last = self._first_ns + self._source.shift_ns, self._last_ns + self._source.shift_ns
        period = last - first + LOOP_GAP_NS
        back = min(max(0, first - time_ns + period - 1) // period, self._source.shift_ns // period) * period
        return first - back, last - back

    def seek(self, time_ns: float) -> None:
        """Read on to a time as fast as it goes; `math.inf` is the end. Nothing is left out."""
        self._source.seek(time_ns)

    def measure(self) -> None:
        """Find out how long the file is, in a thread; what cannot be read twice stays unknown."""
        if self._measuring is None and self._path != "-":
            self._measuring = threading.Thread(target=self._measure, name="nettui-measure", daemon=True)
            self._measuring.start()

    def close(self) -> None:
        self._closed = True

    def _measure(self) -> None:
        try:
            if not Path(self._path).is_file() or Path(self._path).stat().st_size > MEASURED_BYTES:
                return
            source = open_capture(self._path)
        except (NettuiError, OSError):
            return  # who reads it says what is wrong
        first, last = 0, 0
        try:
            while not self._closed and source.state is not State.ENDED:
                frames = source.read(0.1)
                if frames is None:
                    continue
                first = first or int(frames.time_ns[0])
                last = max(last, int(frames.time_ns.max()))
                source.release(frames)
        except NettuiError:
            pass  # a damaged file is as long as what can be read of it
        finally:
            source.close()
        if not self._closed:
            self._first_ns, self._last_ns = first, last
