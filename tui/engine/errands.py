"""Errands: what may take long, done one after the other in a thread of its own, so that no packet waits for it."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

MOST = 4_096
"""Errands that wait; what is given beyond is left undone, and its giver told."""

logger = logging.getLogger(__name__)


class Errands:
    """Any thread gives, one thread does. An errand that fails is logged, and the next one is done."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._changed = threading.Condition()
        self._busy = self._closed = False
        self._thread: threading.Thread | None = None

    def give(self, errand: Callable[[], None]) -> bool:
        """Have it done soon; False when too many wait, or all is over."""
        with self._changed:
            if self._closed or len(self._waiting) >= MOST:
                return False
            self._waiting.append(errand)
            if self._thread is None:  # none is needed in most runs
                self._thread = threading.Thread(target=self._run, name="nettui-errands", daemon=True)
                self._thread.start()
            self._changed.notify_all()
            return True

    def drain(self, timeout_s: float) -> bool:
        """Wait until all that was given is done; False when that takes too long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._busy, timeout_s)

    def close(self, timeout_s: float) -> bool:
        """Do what waits, and take nothing more; False when it takes too long, and is left."""
        done = self.drain(timeout_s)
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        return done

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                errand = self._waiting.popleft()
                self._busy = True
            try:
                errand()
            except Exception:
                logger.exception("an errand failed")
