"""What the screen needs of a session; `tui.engine.session.Session` is the one that ships, tests bring their own."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tui.core.frames import FrameReader
from tui.core.snapshot import Snapshot
from tui.store.rows import Rows


class SaveOutcome(Protocol):
    """What a save has done."""

    @property
    def path(self) -> Path: ...

    @property
    def packets(self) -> int: ...


class SessionLike(Protocol):
    """The one door between the worker and the screen; every call returns at once, but for `save`."""

    @property
    def rows(self) -> Rows: ...

    @property
    def reader(self) -> FrameReader: ...

    @property
    def unsaved(self) -> int:
        """Packets that are gone when the session is."""
        ...

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        ...

    def snapshot(self) -> Snapshot: ...

    def save(self, path: Path, sequences: NDArray[np.int64] | None = None) -> SaveOutcome:
        """Write all packets kept, or those of the sequence numbers; raises NettuiError. Any thread may call it."""
        ...
