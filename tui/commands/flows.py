"""One line per flow of capture files, with its features: text, JSON lines, CSV or Parquet."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tui.commands.progress import Progress
from tui.core.flownames import FlowNames
from tui.core.flowrecords import FlowRecords
from tui.core.flows import FlowTable
from tui.core.names import NameReader
from tui.core.namestable import NamesTable
from tui.core.text import printable
from tui.engine.offline import OfflineRun
from tui.export.flows import ParquetFile, csv_header, csv_line, json_line, records

PART = 16_384
"""Flows that have ended are written once so many wait: memory stays bounded, and lines come in order of time."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="pcap or pcapng, gzip too; - for standard input")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object per line")
    form.add_argument("--csv", action="store_true", help="comma-separated values with a header row")
    form.add_argument("--parquet", type=Path, metavar="OUT", help="write a Parquet file (extra export)")


def run(arguments: argparse.Namespace) -> int:
    """Print the flows; raises DamagedFile after what could be read."""
    reading = OfflineRun(arguments.files)
    with Progress(arguments.files) as progress:
        if arguments.parquet:
            with ParquetFile(arguments.parquet) as out:
                _read(reading, progress, lambda flows, names: out.write(records(flows, names.of)))
        else:
            line = json_line if arguments.json else csv_line if arguments.csv else text_line
            sys.stdout.write(csv_header() if arguments.csv else "" if arguments.json else text_header())
            _read(reading, progress, lambda flows, names: _print(line, flows, names))
    sys.stdout.flush()
    reading.raise_damage()
    return 0


class _Names:
    """The names of flows: their own, else what DNS answers called the address they talk to."""

    def __init__(self) -> None:
        self.reader = NameReader()
        self.table = NamesTable()
        self.flows = FlowNames()

    def of(self, flow: int, dst: str) -> list[str]:
        named = self.flows.of(flow)
        if named:
            return named
        name = self.table.name_of(dst)
        return [name] if name else []


def _read(reading: OfflineRun, progress: Progress, write: Callable[[FlowRecords, _Names], object]) -> None:
    """Read all files, and hand over the flows as they end."""
    table, names = FlowTable(collect=True), _Names()
    for batch in reading.batches():
        table.update(batch.columns, batch.frames)
        events = names.reader.read(batch.frames, batch.columns).events
        names.table.add(events)
        names.flows.add(events, batch.columns)
        if table.waiting >= PART:
            write(_ip(table.take_ended()), names)
        position = batch.frames.position
        progress.update(
            batch.first_sequence + len(batch.columns), batch.file, None if position is None else int(position[-1])
        )
    table.end_all()
    write(_ip(table.take_ended()), names)


def _ip(flows: FlowRecords) -> FlowRecords:
    return flows.select(FlowTable.is_ip(flows))


def _print(line: Callable[[dict[str, Any]], str], flows: FlowRecords, names: _Names) -> None:
    for record in records(flows, names.of):
        sys.stdout.write(line(record))


_WIDTHS = (21, 21, 9, 6, 9, 12, 9, 9)
_HEADS = ("source", "destination", "protocol", "state", "packets", "bytes", "seconds", "rtt ms")


def text_header() -> str:
    return _aligned(_HEADS) + "  names\n"


def text_line(record: dict[str, Any]) -> str:
    """One flow for a person: both directions added up."""
    rtt = record["rtt_ms"]
    cells = (
        _end(record["src"], record["sport"]),
        _end(record["dst"], record["dport"]),
        record["protocol"],
        record["state"],
        f"{record['packets'] + record['packets_back']:,}",
        f"{record['bytes'] + record['bytes_back']:,}",
        f"{record['duration_s']:.3f}",
        "" if rtt is None else f"{rtt:.1f}",
    )
    return f"{_aligned(cells)}  {printable(' '.join(record['names']))}".rstrip() + "\n"


def _aligned(cells: tuple[str, ...]) -> str:
    flush = [c.ljust(w) if i < 4 else c.rjust(w) for i, (c, w) in enumerate(zip(cells, _WIDTHS, strict=True))]
    return " ".join(flush)


def _end(address: str, port: int | None) -> str:
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
