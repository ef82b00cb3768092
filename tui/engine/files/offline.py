"""Capture files as batches of columns: the one loop of every command that reads files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import Columns
from tui.core.frames import Frames
from tui.engine.files.apart import Apart, second_core
from tui.engine.files.here import Here
from tui.engine.files.reading import Damage, Files, MakeCounting, Read
from tui.engine.memory import keep_freed
from tui.errors import DamagedFile

if TYPE_CHECKING:
    from tui.core.flow.records import FlowRecords
    from tui.core.flow.table import FlowTable  # imported by those who want one, while the first batch is read

WINDOW, BATCH = 32 << 20, 65_536
"""Bytes of a file in memory and frames of a batch: larger than where a person waits for the first page, since each
batch touches the record of most flows once."""
ENDED = 2_048
"""Flows that have ended are counted so many at a time, about."""
FILLED = ("protocol", "layers", "marks", "flow", "stream", "seq_base", "ack_base", "window_shift")
"""Columns that the flow table writes."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A run of packets of one file. `frames` and `columns` lie in memory that is lent: until the next batch."""

    frames: Frames
    columns: Columns
    """With the flow columns filled in, where a flow table was given."""
    first_sequence: int
    """Number of the first packet, counted from 0 over all files."""
    file: int
    """Index in `OfflineRun.paths`."""


@dataclass(slots=True)
class OfflineRun:
    """Reads one file after the other, and remembers where one was damaged."""

    paths: Sequence[str]
    flows: FlowTable | None = None
    concerns: Callable[[Columns], NDArray[np.bool_]] | None = None
    """Which packets the flow table must see; the flow columns of the others stay empty. None: all."""
    counting: MakeCounting | None = None
    """Counts the packets once they are done with, and the flows that the table collects, on the second core if any."""
    counted: Any = None
    """Its result, once all is read."""
    second_core: bool = field(default_factory=second_core)
    """Whether a process of its own may read and decode ahead."""
    window: int = WINDOW
    batch: int = BATCH
    """Smaller where nothing follows flows: what waits decoded is memory."""
    packets: int = 0
    left_out: int = 0
    """Packets for which a flow table of the caller's had no room; told by those who have one."""
    damage: list[tuple[int, DamagedFile]] = field(default_factory=list)
    """(index of the file, what was wrong), for the exit code once all output is written."""

    def batches(self) -> Iterator[Batch]:
        """All packets in order; they are being read from this call on, where that is done apart.

        Raises NoSuchFile and FormatError for what is no capture, when its place is reached.
        """
        files = Files(self.paths, self.window, self.batch)
        if self._many():
            keep_freed()
            if self.second_core:
                return self._batches(Apart(files, self.counting))
        return self._batches(Here(files, self.counting))

    def _batches(self, reading: Apart | Here) -> Iterator[Batch]:
        with closing(reading):
            for item in reading:
                if isinstance(item, Damage):
                    self.damage.append((item.file, item.error))
                elif isinstance(item, Read):
                    if self.flows is not None:
                        self._follow(self.flows, item.columns, item.frames)
                    yield Batch(item.frames, item.columns, self.packets, item.file)
                    self.packets += len(item.frames)
                    reading.done(item, self._ended(ENDED))
            if self.counting:
                if self.flows is not None:
                    self.flows.end_all()
                self.counted = reading.finish(self._ended())

    def _ended(self, at_least: int = 0) -> FlowRecords | None:
        """Flows that have ended, once there are so many."""
        flows = self.flows if self.counting else None
        return flows.take_ended() if flows is not None and flows.waiting > at_least else None

    def _many(self) -> bool:
        """Whether there is more than one window to read, or nobody can tell."""
        try:
            known = [Path(path).stat() for path in self.paths]
        except OSError:
            return True
        return not all(S_ISREG(one.st_mode) for one in known) or sum(one.st_size for one in known) > self.window

    def _follow(self, flows: FlowTable, columns: Columns, frames: Frames) -> None:
        """Have the flow table fill in its columns, in place."""
        rows = None if self.concerns is None else np.flatnonzero(self.concerns(columns))
        if rows is None or len(rows) == len(columns):
            flows.update(columns, frames)
        elif len(rows):
            part = columns.select(rows)
            flows.update(part, frames.select(rows))
            for name in FILLED:
                getattr(columns, name)[rows] = getattr(part, name)

    def raise_damage(self) -> None:
        """Call it after all output: the first damage that was met, so that the exit code is 5; others are counted."""
        if self.damage:
            first, more = self.damage[0][1], len(self.damage) - 1
            others = f"; {more} more file{'s are' if more > 1 else ' is'} damaged, too" if more else ""
            raise DamagedFile(first.message + others, first.offset, first.hint)
