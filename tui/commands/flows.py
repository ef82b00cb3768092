"""One line per flow of capture files, with its features: text, JSON lines, CSV or Parquet."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from itertools import chain, islice
from pathlib import Path
from typing import Any

from tui.commands.flowreading import read_named_flows
from tui.commands.judging import Judge
from tui.commands.leftout import tell_left_out
from tui.commands.progress import Progress
from tui.core.text import printable
from tui.engine.files.offline import OfflineRun
from tui.export.flows import ParquetFile, csv_header, csv_line, json_line, records
from tui.filters.flows import compile_flows
from tui.store.places import is_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="pcap or pcapng, gzip too; - for standard input")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object per line")
    form.add_argument("--csv", action="store_true", help="comma-separated values with a header row")
    form.add_argument(
        "--parquet",
        metavar="OUT",
        help="write a Parquet file; into a folder (OUT/), files by day and host, a process per capture (extra export)",
    )
    parser.add_argument(
        "-Y", "--display-filter", metavar="EXPR", default="", help="only flows that match, such as 'tcp.port == 443'"
    )
    parser.add_argument("--model", type=Path, metavar="FILE", help="fill label, by this model from nettui train")
    parser.add_argument(
        "--baseline", type=Path, metavar="FILE", help="fill anomaly_score, against this baseline from nettui baseline"
    )
    parser.add_argument(
        "--host", metavar="NAME", help="where the captures are from, for the folders of --parquet OUT/ (default: here)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the flows; raises DamagedFile after what could be read."""
    compile_flows(arguments.display_filter)  # what is wrong with it is told before anything is read
    out: str | None = arguments.parquet
    if out and (out.endswith(os.sep) or is_folder(out)):
        return _write_folder(arguments, Path(out))
    judge = Judge.of(arguments.model, arguments.baseline)
    reading = OfflineRun(arguments.files)
    with Progress(arguments.files, silent=bool(out)) as progress:
        parts = read_named_flows(reading, progress.update, arguments.display_filter)
        if out:
            with ParquetFile(Path(out)) as file:
                for flows, names in parts:
                    file.write(records(flows, names.of, judge))
        else:
            line = json_line if arguments.json else csv_line if arguments.csv else text_line
            # A file that cannot be opened says so with the first part, and then leaves nothing behind
            first = list(islice(parts, 1))
            sys.stdout.write(csv_header() if arguments.csv else "" if arguments.json else text_header())
            for flows, names in chain(first, parts):
                for record in records(flows, names.of, judge):
                    sys.stdout.write(line(record))
    sys.stdout.flush()
    tell_left_out(reading.left_out)
    reading.raise_damage()
    return 0


def _write_folder(arguments: argparse.Namespace, folder: Path) -> int:
    from tui.commands.flowfiles import write_all

    paths: list[str] = arguments.files
    host = arguments.host or platform.node() or "unknown"
    written = write_all(paths, folder, host, arguments.model, arguments.baseline, arguments.display_filter)
    flows, left_out, damage = written
    print(f"{folder}: {flows:,} flows of {len(paths):,} capture{'s' if len(paths) > 1 else ''}")
    tell_left_out(left_out)
    if damage is not None:
        raise damage
    return 0


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
