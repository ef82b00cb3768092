"""How often the screen draws of its own accord: as fast as it looks alive, as seldom as the link needs."""

from __future__ import annotations

from collections.abc import Callable

BUDGET = 6_000
"""Bytes a second for what changes by itself; keys are answered at once, whatever they cost."""
BURST = 6_000
SUMMARY_S = 1.0
"""Status, counters and chart: a number that changes more often cannot be read."""


class Pace:
    """A bucket of bytes that refills with time; the list waits while it is empty.

    `sent` tells how many bytes went to the terminal so far.
    """

    def __init__(self, sent: Callable[[], int], most_per_s: float = 4.0, budget: int = BUDGET) -> None:
        self._sent = sent
        self._budget = budget
        self._shortest_s = 1.0 / max(0.1, most_per_s)
        self._level = float(BURST)
        self._last_sent = sent()
        self._last_at: float | None = None
        self._list_at = -1e9
        self.summary_s = SUMMARY_S

    def list_is_due(self, now: float) -> bool:
        """Whether the list may be drawn now; asked once a tick."""
        sent = self._sent()
        elapsed = now - self._last_at if self._last_at is not None else 0.0
        self._level = min(BURST, self._level + elapsed * self._budget) - (sent - self._last_sent)
        self._last_sent, self._last_at = sent, now
        if self._level <= 0 or now - self._list_at < self._shortest_s:
            return False
        self._list_at = now
        return True
