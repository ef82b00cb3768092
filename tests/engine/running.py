"""A session over a script of packets, with a model that only counts."""

from __future__ import annotations

from typing import Any

from tests.engine.nostore import NoStore
from tui.core.columns import Columns
from tui.core.frames import Frames
from tui.core.rates import Rates
from tui.core.snapshot import Health, Loss, Snapshot
from tui.engine.session import Session
from tui.engine.worker import Limits
from tui.store.contract import Store


class Model:
    """Counts, and keeps what it was told."""

    def __init__(self) -> None:
        self.skipped_names = self.now_ns = 0
        self.warnings: tuple[str, ...] = ()
        self.notes: tuple[str, ...] = ()
        self.packets = self.ticks = self.snapshots = self.rounds = 0
        self.finished = False
        self.fail: Exception | None = None

    def begin_round(self, length_ns: int) -> None:
        self.rounds += 1

    def annotate(self, columns: Columns, frames: Frames) -> None:
        columns.stream[:] = 7

    def count(self, columns: Columns, frames: Frames) -> None:
        if self.fail:
            raise self.fail
        assert len(columns) == len(frames)
        self.packets += len(columns)

    def tick(self, time_ns: int) -> None:
        self.ticks += 1
        self.now_ns = time_ns

    def finish(self) -> None:
        self.finished = True

    def snapshot(self, health: Health, loss: Loss, kept: int) -> Snapshot:
        self.snapshots += 1
        series = Rates().series(())
        return Snapshot(0, "", health, 0, 0, self.packets, 0, 0.0, 0.0, loss, kept, (), (), (), (), series)


class Run:
    """A session over a script, and its parts."""

    def __init__(self, source: Any, store: Store | None = None, **limits: Any) -> None:
        self.source, self.model = source, Model()
        self.session = Session(source, store or NoStore(), self.model, Limits(**limits))

    def to_the_end(self) -> Session:
        self.session.start()
        assert self.session.wait(20)
        return self.session
