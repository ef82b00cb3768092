"""Board: what the worker tells everybody: its state, what was lost, the last snapshot.

Single assignments of values that never change: any thread may read at any time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from tui.capture.source import Source, Statistics
from tui.core.snapshot import Health, Loss, Snapshot
from tui.core.state import State
from tui.engine.model import Model
from tui.errors import NettuiError
from tui.store.contract import Store
from tui.store.rows import Rows
from tui.store.series import Lost

SNAPSHOT_S = 0.25
"""Snapshots are built at most so often, and only when one was asked for."""
QUIET_S = 1.0
"""The same on a link that is silent: a clock that moves is all there is to tell."""


class Board:
    """Written by the worker, but for `snapshot` and `warn`, which any thread may call."""

    def __init__(self, source: Source, store: Store, model: Model, rows: Callable[[], Rows]) -> None:
        self.statistics = Statistics()
        """Of the source, as last read."""
        self._source = source
        self._store = store
        self._model = model
        self._rows = rows
        self._health = Health()
        self._warned: dict[str, int] = {}
        self._snapshot: Snapshot | None = None
        self._wanted = True
        self._built_end = -1
        self._built_at = float("-inf")

    @property
    def health(self) -> Health:
        """State, with the warnings of all parts."""
        health = self._health
        warnings = (*health.warnings, *self._far, *self._told, *self._store.warnings, *self._model.warnings)
        return replace(health, warnings=tuple(dict.fromkeys(warnings)))

    @property
    def _told(self) -> Sequence[str]:
        """What others gave up, with how often where they count it."""
        return [f"{text}: {count:,}" if count else text for text, count in self._warned.items()]

    @property
    def _far(self) -> Sequence[str]:
        """What a source that reads several machines says of them."""
        told: Sequence[str] = getattr(self._source, "warnings", ())
        return told

    @property
    def loss(self) -> Loss:
        """The counters of loss as last read."""
        return Loss(
            interface=self.statistics.interface_dropped,
            kernel=self.statistics.kernel_dropped,
            evicted=self._rows().first,
            skipped_names=self._model.skipped_names,
            unwritten=self._store.unwritten,
        )

    @property
    def lost(self) -> Sequence[Lost]:
        """The same for a file, by interface; of several together nobody knows whose they are."""
        if not self._source.live or len(self._source.interfaces) != 1:
            return ()
        total = self.statistics
        return (Lost(total.received, total.interface_dropped, total.kernel_dropped),)

    def snapshot(self) -> Snapshot:
        """The last one; asks for the next."""
        assert self._snapshot, "not started"
        self._wanted = True
        return self._snapshot

    def warn(self, text: str, count: int = 0) -> None:
        """Something beside the capture was given up: say so from now on; `count`: how often until now."""
        if self._warned.get(text) != count:
            self._warned = {**self._warned, text: count}

    def begin(self) -> None:
        """The first snapshot, before there is a worker."""
        self._snapshot = self._model.snapshot(self.health, self.loss, 0)

    def enter(self, state: State, error: NettuiError | None = None) -> None:
        """The capture is in another state, with what went wrong."""
        if error:
            self._health = replace(self._health, state=state, text=error.message, hint=error.hint)
        elif state is not self._health.state:
            why = "; ".join(self._far) if state is State.DOWN else ""
            self._health = replace(self._health, state=state, text=why)

    def serve(self) -> None:
        """Build the snapshot that was asked for, when it is time."""
        if self._wanted and time.monotonic() - self._built_at >= (SNAPSHOT_S if self._has_news() else QUIET_S):
            self.build()

    def count_loss(self) -> None:
        """Read the source's counters."""
        self.statistics = self._source.statistics()

    def build(self) -> Snapshot:
        """A snapshot of now."""
        rows = self._rows()
        self._built_end, self._wanted, self._built_at = rows.end, False, time.monotonic()
        self.count_loss()
        self._snapshot = self._model.snapshot(self.health, self.loss, len(rows))
        return self._snapshot

    def _has_news(self) -> bool:
        """Whether a snapshot would say more than the last one did, but for the time."""
        last = self._snapshot
        return last is None or self._rows().end != self._built_end or self._health.state is not last.health.state
