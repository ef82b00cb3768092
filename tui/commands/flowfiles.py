"""Flows of many captures as Parquet, one process per capture up to the cores, partitioned by day and host.

    OUT/day=2026-11-20/host=web1/NAME.parquet

is the layout that DuckDB, Spark and ClickHouse call hive partitioning: a query over some days or hosts opens only
their files. Running it again over the same captures replaces their files.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tui.commands.flowreading import read_named_flows
from tui.commands.judging import Judge
from tui.commands.progress import Progress
from tui.core.flow.records import FlowRecords
from tui.engine.files.offline import OfflineRun
from tui.errors import CaptureError, DamagedFile, NettuiError, SaveError
from tui.export.flows import NamesOf, ParquetFile, records

MOST_OPEN = 16
"""Days of which a file is open at once; a capture whose times jump beyond that gets several files for one day."""
EVERY_S = 0.2
_DAY_NS = 86_400 * 1_000_000_000


Written = tuple[int, int, NettuiError | None]
"""Flows of a capture, its packets that are in none, and what was wrong with it."""


@dataclass(frozen=True, slots=True)
class Job:
    """One capture to turn into Parquet."""

    index: int
    path: str
    folder: Path
    host: str
    name: str
    """Of the files made, without their ending."""
    model: Path | None = None
    baseline: Path | None = None
    """What labels and scores the flows."""
    wanted: str = ""
    """Display filter of the flows that are written."""


class DayFiles:
    """Parquet files of one capture, one for each day; all of them are whole, or none is there."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._judge = Judge.of(job.model, job.baseline)
        self._open: dict[int, ParquetFile] = {}
        self._full: list[ParquetFile] = []
        self._made: Counter[int] = Counter()
        self.flows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in (*self._full, *self._open.values()):
            file.__exit__(kind, value, trace)

    def write(self, flows: FlowRecords, names_of: NamesOf) -> None:
        """Add flows, each to the day in which it began."""
        for day, rows in groupby(records(flows, names_of, self._judge), lambda row: row["first_ns"] // _DAY_NS):
            self.flows += self._of(day).write(rows)

    def _of(self, day: int) -> ParquetFile:
        if day not in self._open:
            if len(self._open) == MOST_OPEN:
                oldest = self._open.pop(next(iter(self._open)))
                oldest.finish()
                self._full.append(oldest)
            self._open[day] = ParquetFile(self._path(day))
        return self._open[day]

    def _path(self, day: int) -> Path:
        date = datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%d")
        again = f".{self._made[day]}" if self._made[day] else ""
        self._made[day] += 1
        folder = self._job.folder / f"day={date}" / f"host={self._job.host}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SaveError(f"cannot make {folder}: {error.strerror}", "choose another folder") from None
        return folder / f"{self._job.name}{again}.parquet"


def write_all(
    paths: Sequence[str],
    folder: Path,
    host: str,
    model: Path | None = None,
    baseline: Path | None = None,
    wanted: str = "",
) -> tuple[int, int, DamagedFile | None]:
    """Flows written, packets that are in none, and the first damage.

    Raises the first error once all other captures are done.
    """
    names = _names(paths)
    jobs = [
        Job(i, path, folder, _word(host), name, model, baseline, wanted)
        for i, (path, name) in enumerate(zip(paths, names, strict=True))
    ]
    errors: list[NettuiError] = []
    flows = left_out = 0
    with Progress(paths, silent=True) as progress:
        for outcome in _outcomes(jobs, progress):
            if isinstance(outcome, tuple):
                flows, left_out = flows + outcome[0], left_out + outcome[1]
            else:
                errors.append(outcome)
    errors.sort(key=lambda error: isinstance(error, DamagedFile))
    if errors and not isinstance(errors[0], DamagedFile):
        raise errors[0]
    return flows, left_out, next((error for error in errors if isinstance(error, DamagedFile)), None)


def _outcomes(jobs: Sequence[Job], progress: Progress) -> Iterator[tuple[int, int] | NettuiError]:
    """Flows written of each capture and packets in none, or what was wrong with it."""
    context = multiprocessing.get_context("spawn")  # a fork would copy NumPy's threads in an unknown state
    told: Any = context.Queue()
    workers = min(len(jobs), os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, context, _begin, (told,)) as pool:
        running = [pool.submit(write_one, job) for job in jobs]
        packets, positions = [0] * len(jobs), [0] * len(jobs)
        while not all(future.done() for future in running):
            try:
                index, packets[index], positions[index] = told.get(timeout=EVERY_S)
            except queue.Empty:
                continue
            progress.update_all(sum(packets), positions)
        for job, future in zip(jobs, running, strict=True):
            yield from _results(job, len(jobs) > 1, future)


def _results(job: Job, several: bool, future: Future[Written]) -> Iterator[tuple[int, int] | NettuiError]:
    try:
        flows, left_out, error = future.result()
    except BrokenProcessPool:
        hint = "is there enough memory? Try fewer captures at once"
        flows, left_out, error = 0, 0, CaptureError(f"the process that read {job.path} was ended", hint)
    yield flows, left_out
    if error is not None:
        yield error.about(job.path) if several else error


_told: Any = None
"""The queue of this process to the one that draws, set by `_begin`."""


def _begin(told: Any) -> None:
    global _told
    _told = told


def write_one(job: Job) -> Written:
    """Read one capture and write its flows; damage keeps what was read before it."""
    reading = OfflineRun([job.path], second_core=False)  # the other files are read on it
    try:
        with DayFiles(job) as files:
            parts = read_named_flows(reading, lambda packets, _, at: _tell(job.index, packets, at), job.wanted)
            for flows, names in parts:
                files.write(flows, names.of)
    except NettuiError as error:
        return 0, 0, error
    return files.flows, reading.left_out, reading.damage[0][1] if reading.damage else None


def _tell(index: int, packets: int, position: int | None) -> None:
    if _told is not None:
        _told.put((index, packets, position or 0))


def _names(paths: Sequence[str]) -> list[str]:
    """The base name of each capture; a number tells those apart that are called the same."""
    seen: Counter[str] = Counter()
    found = []
    for path in paths:
        name = _word("stdin" if path == "-" else Path(path).name)
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return found


def _word(text: str) -> str:
    """Text as part of a path: what is not a letter, a number, a dot or a dash becomes a line."""
    return re.sub(r"[^\w.-]", "_", text).lstrip(".") or "_"
