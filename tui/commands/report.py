"""A standalone HTML report of a capture: pictures, tables, names, flows and alerts in one file, no network needed."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from tui import __version__
from tui.commands.output import write_whole
from tui.commands.progress import Progress
from tui.commands.reportplots import PlotData, plots
from tui.core.namestable import NamesTable
from tui.engine.files.offline import OfflineRun
from tui.engine.files.reporting import Gathering
from tui.errors import FormatError, UsageError
from tui.export import charts, pictures
from tui.export.eve import timestamp
from tui.export.report import ROWS, Report, Table, to_html
from tui.learning.sample import endpoints, facts

TOP_FLOWS = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="pcap or pcapng, gzip too; - for standard input")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT.html", help="where the report goes")
    parser.add_argument("--png", type=Path, metavar="DIR", help="every plot as a PNG picture in this folder")
    parser.add_argument("--svg", type=Path, metavar="DIR", help="every plot as an SVG picture in this folder")


def run(arguments: argparse.Namespace) -> int:
    """Write the report; raises DamagedFile after what could be read."""
    folders = {form: folder for form in ("png", "svg") if (folder := getattr(arguments, form))}
    if not (arguments.output or folders):
        raise UsageError("nowhere to write to", "name a file with -o, or a folder with --png or --svg")
    if arguments.output:
        charts.plotly()
    if folders:
        pictures.matplotlib()
    reading = OfflineRun([arguments.file])
    gathered = Gathering()
    with Progress([arguments.file], silent=True) as progress:
        for batch in reading.batches():
            gathered.add(batch)
            position = batch.frames.position
            done = batch.first_sequence + len(batch.columns)
            progress.update(done, 0, None if position is None or not len(position) else int(position[-1]))
    gathered.finish()
    if not gathered.tally.packets:
        raise FormatError(f"{arguments.file} holds no packets", "there is nothing to report")
    data = PlotData.of(gathered)
    if arguments.output:
        damage = [damage.message for _, damage in reading.damage]
        _write(arguments.output, to_html(_report(arguments.file, gathered, data, damage)), gathered)
    if folders:
        _draw(data, folders)
    reading.raise_damage()
    return 0


def _write(path: Path, page: str, gathered: Gathering) -> None:
    write_whole(path, page)
    print(f"{path}: {len(page) / 1e6:.1f} MB, {gathered.tally.packets:,} packets")


def _draw(data: PlotData, folders: Mapping[str, Path]) -> None:
    """Every plot as a picture of its own."""
    with pictures.drawing():
        for title, figure in plots(pictures, data):
            for form, folder in folders.items():
                print(pictures.save(figure, folder, title, form))


def _report(path: str, gathered: Gathering, data: PlotData, damage: Sequence[str]) -> Report:
    result, flows, method = data.result, data.flows, data.method
    strangest = np.argsort(-data.points.score, kind="stable")[:TOP_FLOWS].tolist()
    flow_rows = [(float(data.points.score[row]), facts(flows, row)) for row in strangest]
    warnings = [f"the file is damaged: {text}; the report ends there" for text in damage]
    if gathered.sample.seen > len(flows):
        warnings.append(f"of {gathered.sample.seen:,} flows a fair choice of {len(flows):,} is scored and drawn")
    if gathered.left_out:
        warnings.append(f"{gathered.left_out:,} packets are in no flow: too many flows at once, as in a flood")
    if gathered.missing:
        warnings.append(f"TCP tells of gaps: at {gathered.missing:,} places segments are missing from the capture")
    return Report(
        title=f"Report of {Path(path).name if path != '-' else 'standard input'}",
        about=f"{_moment(result['first_ns'])} to {_moment(result['last_ns'])} UTC",
        facts=_facts(result),
        warnings=warnings,
        alerts=gathered.alerts(),
        charts=[figure for _, figure in plots(charts, data)],
        tables=list(_tables(result, gathered.tally.names, flow_rows)),
        made=f"nettui {__version__}, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC. "
        f"Flows scored by {method}; a high score means unusual here, not dangerous.",
    )


def _moment(time_ns: int) -> str:
    return timestamp(time_ns)[:19].replace("T", " ")


def _facts(result: dict[str, Any]) -> dict[str, str]:
    duration = result["duration_s"]
    found = {
        "packets": f"{result['packets']:,}",
        "bytes": f"{result['bytes']:,}",
        "duration": f"{duration:,.1f} s",
        "flows": f"{sum(result['flows'].values()):,}",
        "source addresses": f"{result['unique_sources']:,}",
        "destination addresses": f"{result['unique_destinations']:,}",
        "malformed": f"{result['malformed']:,}",
    }
    if duration > 0:
        found["mean rate"] = f"{8 * result['bytes'] / duration / 1e6:,.3f} Mb/s"
    return found


def _tables(
    result: dict[str, Any], names: NamesTable, flow_rows: list[tuple[float, dict[str, Any]]]
) -> Iterator[Table]:
    protocols = sorted(result["protocols"].items(), key=lambda item: -item[1]["bytes"])
    yield Table("Protocols", ("protocol", "packets", "bytes"), [(n, p["packets"], p["bytes"]) for n, p in protocols])
    keys = ("sent_packets", "sent_bytes", "received_packets", "received_bytes")
    talkers = [(name, *(entry[key] for key in keys)) for name, entry in result["addresses"].items()]
    yield Table("Talkers", ("address", *(key.replace("_", " ") for key in keys)), talkers)
    sources = [(name, entry["sent_packets"]) for name, entry in result["addresses"].items() if entry["sent_packets"]]
    about = f"{result['unique_sources']:,} in all; the busiest are listed"
    yield Table("Source addresses", ("address", "packets sent"), sources, about)
    for kind, title in (
        ("dns", "Names asked of DNS"),
        ("sni", "Server names in TLS"),
        ("http", "Hosts asked by HTTP"),
        ("url", "URLs asked by HTTP"),
    ):
        yield Table(title, ("name", "times"), [(row.name, row.count) for row in names.rows(kind, ROWS)])
    head = ("score", "protocol", "flow", "packets", "bytes", "packets back", "bytes back")
    rows = [
        (round(score, 3), f["protocol"], endpoints(f), f["packets"], f["bytes"], f["packets_back"], f["bytes_back"])
        for score, f in flow_rows
    ]
    yield Table("Flows, the most unusual first", head, rows)
    order = ("count", "mean", "std", "min", "25%", "50%", "75%", "max")
    described = [(name, *(entry[key] for key in order)) for name, entry in result["features"].items()]
    yield Table("What the flows are like", ("feature", *order), described)
