"""Signals while a run begins: packets arrive from the moment the sockets are open, so nobody may die of one before
there is something that saves them."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""What ends a run as it should end. With SIGQUIT a terminal would stay as the screen has set it."""


class HeldSignals:
    """Remembers the first signal that comes; whoever takes over asks for it."""

    def __init__(self, numbers: Iterable[signal.Signals]) -> None:
        """From now on none of these ends the process. Handlers, not a mask: children would inherit that."""
        self.came: signal.Signals | None = None
        for number in numbers:
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.came = self.came or signal.Signals(number)
