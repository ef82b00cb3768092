"""Capture files as batches of columns: the one loop of every command that reads files."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui.capture.pcapfile import CaptureFile, open_capture
from tui.core.columns import Columns
from tui.core.decode import decode
from tui.core.flow.table import FlowTable
from tui.core.frames import Frames
from tui.core.snapshot import State
from tui.engine.files.ahead import ahead, second_core
from tui.errors import DamagedFile

PATIENCE_S = 0.25
"""How long one read waits for a pipe that gives nothing; then it is asked again, unless nobody reads any more."""
WINDOW, BATCH = 32 << 20, 65_536
"""Bytes of a file in memory and frames of a batch: larger than where a person waits for the first page, since each
batch touches the record of most flows once."""
DEPTH = 2
"""Batches that are read and decoded, and not yet done with."""

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


class _Read(NamedTuple):
    """A batch that is decoded."""

    source: CaptureFile
    frames: Frames
    columns: Columns
    file: int


class _Damage(NamedTuple):
    """Where a file could not be read further."""

    file: int
    error: DamagedFile


class _Silence(NamedTuple):
    """A pipe gave nothing for a while."""


@dataclass(slots=True)
class OfflineRun:
    """Reads one file after the other, and remembers where one was damaged."""

    paths: Sequence[str]
    flows: FlowTable | None = None
    concerns: Callable[[Columns], NDArray[np.bool_]] | None = None
    """Which packets the flow table must see; the flow columns of the others stay empty. None: all."""
    second_core: bool = field(default_factory=second_core)
    """Whether a thread of its own reads and decodes ahead."""
    window: int = WINDOW
    batch: int = BATCH
    """Smaller where nothing follows flows: what waits decoded is memory."""
    packets: int = 0
    damage: list[tuple[int, DamagedFile]] = field(default_factory=list)
    """(index of the file, what was wrong), for the exit code once all output is written."""

    def batches(self) -> Iterator[Batch]:
        """All packets in order. Raises NoSuchFile and FormatError for what is no capture."""
        reading = self._read_all()
        if self.second_core:
            reading = ahead(reading, DEPTH)
        with closing(reading):
            for read in reading:
                if isinstance(read, _Damage):
                    self.damage.append((read.file, read.error))
                elif isinstance(read, _Read):
                    if self.flows is not None:
                        self._follow(self.flows, read.columns, read.frames)
                    yield Batch(read.frames, read.columns, self.packets, read.file)
                    self.packets += len(read.frames)
                    read.source.release(read.frames)

    def _read_all(self) -> Generator[_Read | _Damage | _Silence, None, None]:
        """What the files hold, decoded."""
        for index, path in enumerate(self.paths):
            source = open_capture(path, window=self.window, batch=self.batch)
            try:
                while source.state is not State.ENDED:
                    frames = source.read(PATIENCE_S)
                    yield _Silence() if frames is None else _Read(source, frames, decode(frames), index)
            except DamagedFile as damage:
                yield _Damage(index, damage)
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
