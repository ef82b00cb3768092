"""Backlog: packets that are kept and listed already, and wait to be counted until the model has all that it needs.

What the model needs takes a second or more to import. Meanwhile the worker goes on to read and to write: nothing waits
in the kernel's ring, where a kill would lose it.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from tui.core.columns import Columns

MOST_PACKETS = 250_000
"""Packets that may wait (about 100 bytes each); with more, the ring waits for the model."""
SHOWN_S = 3.0
"""How long the screen may be imported and the first packets drawn before the processor is wanted for other imports."""

logger = logging.getLogger(__name__)


class Backlog:
    """Belongs to the worker, but for `shown` and `hurry`, which any thread may call."""

    def __init__(self, prepare: Callable[[], None] | None) -> None:
        """`prepare` is what takes long; it is called once, in a thread of its own. None: nothing does."""
        self.packets = 0
        self._error: Exception | None = None
        self._waiting: deque[Columns] = deque()
        self._prepare = prepare
        self._ready = prepare is None
        self._in_vain = False
        self._shown = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nettui-prepare", daemon=True)

    @property
    def ready(self) -> bool:
        """Whether packets can be counted. Raises what `prepare` raised: that is the worker's to tell."""
        if self._error:
            raise self._error
        return self._ready

    @property
    def done(self) -> bool:
        """Whether nothing is being fetched any more, well or not."""
        return self._ready

    @property
    def unwatched(self) -> bool:
        """Whether there is no screen that packets would have to be drawn on first."""
        return self._shown.is_set()

    @property
    def full(self) -> bool:
        """Whether as many packets wait as may."""
        return self.packets >= MOST_PACKETS

    def begin(self) -> None:
        """The first packets are there, or nobody waits for them to be drawn: what the model needs is fetched."""
        if not self._ready and self._thread.ident is None and not self._in_vain:
            self._thread.start()

    def shown(self) -> None:
        """The first packets are on the screen, or there is none: what takes long may begin."""
        self._shown.set()

    def hurry(self) -> None:
        """The run is over before it began: who leaves at once wants packets saved, not looked at."""
        self._in_vain = True
        self._shown.set()

    def wait(self) -> None:
        """Until packets can be counted, be it with a model that lacks what was not fetched."""
        if self._thread.ident is not None:
            self._thread.join()
        self._ready = True

    def add(self, columns: Columns) -> None:
        """The next packets to be counted."""
        self._waiting.append(columns)
        self.packets += len(columns)

    def take(self) -> Columns | None:
        """The packets that have waited longest, if there are some."""
        if not self._waiting:
            return None
        columns = self._waiting.popleft()
        self.packets -= len(columns)
        return columns

    def _run(self) -> None:
        self._shown.wait(SHOWN_S)
        try:
            if self._prepare and not self._in_vain:
                self._prepare()
        except Exception as error:
            logger.exception("what the model needs is not to be had")
            self._error = error
        finally:
            self._ready = True
