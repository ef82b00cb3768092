"""Counting: what the packets of a window amount to, found by a thread of its own that can be cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from tui.core.window import Window
from tui.core.windowcount import Counted, WindowCount
from tui.store.rows import Rows

STEP = 65_536
"""Packets counted between two looks at what is wanted: 20 ms or so."""
REST_S, MOST_REST_S = 0.25, 5.0
REST = 5
"""A window that grows is counted on after a rest of so many times what the last count took."""


class Counting:
    """Counts one window; a window that only ends later is counted on from where the last count stood."""

    def __init__(self, rows: Callable[[], Rows], window: Window, changed: Callable[[], None]) -> None:
        """`changed` is called by the thread when there is a new result."""
        self._rows = rows
        self._changed = changed
        self._wake, self._stop = threading.Event(), threading.Event()
        self._cancelled = False
        self.first = window.first
        self.since = max(window.first, rows().first)
        """The first packet that is counted: those before it are not kept any more."""
        self._wanted = max(window.end, self.since)
        self._next = self.since
        self.result: Counted | None = None
        self._counted_to = -1
        self.problem: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="nettui-window", daemon=True)
        self._thread.start()

    @property
    def end(self) -> int:
        """The packet after the last that is wanted."""
        return self._wanted

    @property
    def complete(self) -> bool:
        """Whether the result is of the whole window."""
        return self._counted_to >= self._wanted

    @property
    def progress(self) -> float:
        """The part that has been counted, 0 to 1."""
        return (self._next - self.since) / max(1, self._wanted - self.since)

    def extend(self, end: int) -> None:
        """The window ends later now."""
        if end > self._wanted:
            self._wanted = end
            self._wake.set()

    def cancel(self) -> None:
        """Stop counting, after the packets at hand."""
        self._cancelled = True
        self._stop.set()
        self._wake.set()

    def wait(self, timeout_s: float) -> bool:
        """Wait until the thread has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            count = WindowCount()
            while not self._cancelled:
                begun = time.thread_time()
                while not self._cancelled and not self.complete:
                    self._step(count)
                self._wake.wait()
                self._wake.clear()
                self._stop.wait(min(MOST_REST_S, max(REST_S, REST * (time.thread_time() - begun))))
        except Exception as error:  # noqa: BLE001  told to the screen: a thread must not die unheard
            self.problem = error
            self._changed()

    def _step(self, count: WindowCount) -> None:
        """Count some packets; at the end of those that are wanted, add up."""
        wanted = self._wanted
        for _, columns in self._rows().slices(self._next, min(wanted, self._next + STEP)):
            count.add(columns)
        self._next = min(wanted, self._next + STEP)
        if self._next >= wanted and not self._cancelled:
            self.result = count.result()
            self._counted_to = wanted
            self._changed()
