"""What every store is: it takes frames, says where each will lie, and lets any thread read them back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tui.core.frames import Frames
from tui.store.segments import Segment
from tui.store.series import Lost

OFFSET_BITS = 40
OFFSET_MASK = (1 << OFFSET_BITS) - 1
"""A locator is the number of a file, then so many bits for the offset of the frame's first byte; 0 is "not kept"."""

Locators = NDArray[np.uint64]


class Readable(Protocol):
    """Where bytes of packets can be read from."""

    def pread_into(self, room: memoryview, offset: int) -> int: ...


class Store(Protocol):
    """Keeps the bytes of packets. `write` by one thread, the rest by any."""

    def write(self, frames: Frames, first: int) -> Locators:
        """Keep frames whose sequence numbers begin with `first`; where each will lie, 0 for what cannot be kept."""
        ...

    def readable(self, number: int) -> Readable | None:
        """The file of a locator's upper part; None when it is gone."""
        ...

    @property
    def first_kept(self) -> int:
        """No packet before this sequence number is kept."""
        ...

    @property
    def temporary(self) -> bool:
        """Whether what is kept goes with the session."""
        ...

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Files that hold the kept packets in their order and nothing else, where there are such."""
        ...

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that stay and hold packets that are kept, oldest first."""
        ...

    @property
    def unwritten(self) -> int: ...

    @property
    def warnings(self) -> tuple[str, ...]: ...

    def forget(self, before: int) -> None:
        """Packets before this sequence number need not be kept."""
        ...

    def flush(self) -> bool: ...

    def conclude(self, counters: Sequence[Lost], time_ns: int) -> None:
        """The last packet was written: note what the interfaces received and lost, where the format has a place."""
        ...

    def close(self) -> None:
        """Write what is left, and delete what is temporary."""
        ...

    def abandon(self) -> None:
        """The process leaves now: delete what is temporary, wait for nothing."""
        ...
