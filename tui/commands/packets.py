"""One line per packet of a capture file: text, JSON lines or CSV."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

import numpy as np

from tui.commands.progress import Progress
from tui.core.flow.table import FlowTable
from tui.engine.files.following import Following
from tui.engine.files.offline import Batch, OfflineRun
from tui.errors import UsageError
from tui.export.packets import Lines, PacketRows, csv_header, csv_lines, json_lines, text_lines
from tui.filters import Run
from tui.filters import compile as compile_filter

SLICE = 4096
"""Packets written at a time, so that the first lines appear at once and texts never pile up in memory."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="pcap or pcapng, gzip too; - for standard input")
    parser.add_argument("-Y", "--display-filter", metavar="EXPR", help="only packets that match")
    parser.add_argument("-c", "--count", type=int, metavar="N", help="stop after N lines")
    parser.add_argument("--follow", action="store_true", help="go on as the file grows, until Ctrl-C (as tail -f)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object per line")
    form.add_argument("--csv", action="store_true", help="comma-separated values with a header row")


def run(arguments: argparse.Namespace) -> int:
    """Print the packets; raises DamagedFile after what could be read."""
    if arguments.count is not None and arguments.count < 1:
        raise UsageError(f"--count {arguments.count}: not a number of packets", "give a number from 1 on")
    wanted = compile_filter(arguments.display_filter or "")
    both_ways = wanted.both_ways
    run = Following if arguments.follow else OfflineRun
    reading = run([arguments.file], FlowTable(), None if both_ways is None else both_ways.match)
    chosen = Run(wanted) if arguments.display_filter else None
    with Progress([arguments.file]) as progress:
        _write(arguments, reading, chosen, progress)
    reading.raise_damage()
    return 0


def _write(arguments: argparse.Namespace, reading: OfflineRun, chosen: Run | None, progress: Progress) -> None:
    lines: Lines | None = json_lines if arguments.json else csv_lines if arguments.csv else None
    left = arguments.count
    out = sys.stdout.buffer
    header = csv_header() if arguments.csv else ""
    for batch in reading.batches():
        if not len(batch.columns):
            continue
        if lines is None:
            lines = text_lines(int(batch.columns.time_ns[0]))
        out.write(header.encode())
        header = ""
        for rows in _rows(batch, chosen, left):
            out.write(lines(rows).encode("utf-8", "replace"))
            if left is not None:
                left -= len(rows.numbers)
        out.flush()  # what comes next may be long in coming
        if left == 0:
            break
        position = batch.frames.position
        progress.update(batch.first_sequence + len(batch.columns), 0, None if position is None else int(position[-1]))
    out.write(header.encode())
    out.flush()


def _rows(batch: Batch, chosen: Run | None, left: int | None) -> Iterator[PacketRows]:
    """The packets of a batch that are wanted, at most `left`, in slices."""
    if chosen is None:
        wanted = np.arange(len(batch.columns))
    else:
        wanted = np.flatnonzero(chosen.match(batch.columns, batch.frames.select, batch.first_sequence))
    for start in range(0, len(wanted[:left]), SLICE):
        part = wanted[:left][start : start + SLICE]
        yield PacketRows(batch.columns.select(part), batch.frames.select(part), batch.first_sequence + part + 1)
