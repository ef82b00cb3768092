"""Model: what a session feeds with packets, and asks for snapshots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tui.core.alert.log import AlertLog
from tui.core.columns import Columns
from tui.core.frames import Frames
from tui.core.snapshot import Health, Loss, Snapshot


class Model(Protocol):
    """`tui.engine.monitor.Monitor` is the one that ships. Only the worker calls it."""

    notes: tuple[str, ...]

    @property
    def now_ns(self) -> int:
        """The packet clock."""

    @property
    def skipped_names(self) -> int: ...

    @property
    def warnings(self) -> tuple[str, ...]: ...

    def press(self, pressure: float) -> None:
        """Which part of the source's buffer waits, 0 to 1."""

    def begin_round(self, length_ns: int) -> None:
        """A replay begins again, after so long: its packets repeat connections, and continue none."""

    def annotate(self, columns: Columns, frames: Frames) -> None:
        """Fill in what only the packets before can tell: flow, stream, marks, protocol."""

    def count(self, columns: Columns, frames: Frames) -> None:
        """Everything else, after the packets are published."""

    def tick(self, time_ns: int) -> None: ...

    def decide(self, act: Callable[[AlertLog], object]) -> None:
        """Have a person's decision about an alert done."""

    def finish(self) -> None: ...

    def snapshot(self, health: Health, loss: Loss, kept: int) -> Snapshot: ...
