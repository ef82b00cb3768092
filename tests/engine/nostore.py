"""NoStore: a store that keeps nothing, for sessions of which only the model is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tui.core.frames import Frames
from tui.store.contract import Locators
from tui.store.segments import Segment
from tui.store.series import Lost


class NoStore:
    temporary = False
    segments: tuple[Segment, ...] = ()
    files: tuple[Path, ...] = ()
    unwritten = 0
    warnings: tuple[str, ...] = ()
    first_kept = 0

    def write(self, frames: Frames, first: int) -> Locators:
        return np.zeros(len(frames), np.uint64)

    def readable(self, number: int) -> None:
        return None

    def forget(self, before: int) -> None: ...

    def flush(self) -> bool:
        return True

    def conclude(self, counters: Sequence[Lost], time_ns: int) -> None: ...

    def close(self) -> None: ...

    def abandon(self) -> None: ...
