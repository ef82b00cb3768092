"""Capture files as batches of columns: the one loop of every command that reads files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.capture.pcapfile import open_capture
from tui.core.columns import Columns
from tui.core.decode import decode
from tui.core.flows import FlowTable
from tui.core.frames import Frames
from tui.core.snapshot import State
from tui.errors import DamagedFile

PATIENCE_S = 3600.0
"""How long one read waits for a pipe that gives nothing; then it is asked again."""

FILLED = ("protocol", "layers", "marks", "flow", "stream", "seq_base", "ack_base", "window_shift")
"""Columns that the flow table writes."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A run of packets of one file. `frames` lend the file's window: they are true until the next batch."""

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
    packets: int = 0
    damage: list[tuple[int, DamagedFile]] = field(default_factory=list)
    """(index of the file, what was wrong), for the exit code once all output is written."""

    def batches(self) -> Iterator[Batch]:
        """All packets in order. Raises NoSuchFile and FormatError for what is no capture."""
        for index, path in enumerate(self.paths):
            source = open_capture(path)
            try:
                while source.state is not State.ENDED:
                    frames = source.read(PATIENCE_S)
                    if frames is None:
                        continue
                    columns = decode(frames)
                    if self.flows is not None:
                        self._follow(self.flows, columns, frames)
                    yield Batch(frames, columns, self.packets, index)
                    self.packets += len(frames)
                    source.release(frames)
            except DamagedFile as damage:
                self.damage.append((index, damage))
            finally:
                source.close()

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
        """Call it after all output: the first damage that was met, so that the exit code is 5."""
        if self.damage:
            raise self.damage[0][1]
