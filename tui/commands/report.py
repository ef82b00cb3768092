"""A standalone HTML report of a capture: pictures, tables, names, flows and alerts in one file, no network needed."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from tui import __version__
from tui.commands.progress import Progress
from tui.core.features import FEATURES
from tui.core.protocols import NAMES
from tui.core.snapshot import Series
from tui.engine.offline import OfflineRun
from tui.engine.reporting import Gathering
from tui.errors import SaveError, UsageError
from tui.export import charts
from tui.export.charts import FlowPoints
from tui.export.eve import timestamp
from tui.export.report import Report, Table, to_html
from tui.learning.anomaly import LEAST, AnomalyModel
from tui.learning.sample import clean_matrix, endpoints, facts

TOP_FLOWS = 50
BINS = 2_000
"""Steps of the charts over time; longer captures are shown by the mean of several seconds."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="pcap or pcapng, gzip too; - for standard input")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="OUT.html", help="where the report goes")


def run(arguments: argparse.Namespace) -> int:
    """Write the report; raises DamagedFile after what could be read."""
    charts.plotly()
    reading = OfflineRun([arguments.file])
    gathered = Gathering()
    with Progress([arguments.file]) as progress:
        for batch in reading.batches():
            gathered.add(batch)
            position = batch.frames.position
            done = batch.first_sequence + len(batch.columns)
            progress.update(done, 0, None if position is None or not len(position) else int(position[-1]))
    gathered.finish()
    if not gathered.summary.packets:
        raise UsageError(f"{arguments.file} holds no packets", "there is nothing to report")
    page = to_html(_report(arguments.file, gathered, [damage.message for _, damage in reading.damage]))
    part = arguments.output.with_name(arguments.output.name + ".part")
    try:
        part.write_text(page, "utf-8", errors="replace")
        part.replace(arguments.output)
    except OSError as error:
        raise SaveError(f"cannot write {arguments.output}: {error.strerror}", "choose another place with -o") from None
    print(f"{arguments.output}: {len(page) / 1e6:.1f} MB, {gathered.summary.packets:,} packets")
    reading.raise_damage()
    return 0


def _report(path: str, gathered: Gathering, damage: Sequence[str]) -> Report:
    result = gathered.summary.result()
    series = gathered.summary.rates.series(NAMES)
    flows = gathered.sample.flows
    rows = clean_matrix(flows)
    model = AnomalyModel(rows) if len(rows) >= LEAST else None
    scores = model.scores(rows) if model else np.zeros(len(rows))
    strangest = np.argsort(-scores, kind="stable")[:TOP_FLOWS].tolist()
    flow_rows = [(float(scores[row]), facts(flows, row)) for row in strangest]
    names = [endpoints(facts(flows, row)) for row in range(len(flows))]
    rate = {name: rows[:, FEATURES.index(name)] for name in ("bytes_per_s", "packets_per_s", "mean_size")}
    points = FlowPoints(rate["bytes_per_s"], rate["packets_per_s"], rate["mean_size"], scores, names)
    warnings = [f"the file is damaged: {text}; the report ends there" for text in damage]
    if gathered.sample.seen > len(flows):
        warnings.append(f"of {gathered.sample.seen:,} flows a fair choice of {len(flows):,} is scored and drawn")
    method = model.method if model else "no scores: too few flows"
    return Report(
        title=f"Report of {Path(path).name if path != '-' else 'standard input'}",
        about=f"{_moment(result['first_ns'])} to {_moment(result['last_ns'])} UTC",
        facts=_facts(result),
        warnings=warnings,
        alerts=gathered.alerts(),
        charts=list(_charts(gathered, result, series, points, method)),
        tables=list(_tables(result, flow_rows)),
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


def _charts(
    gathered: Gathering, result: dict[str, Any], series: Series, points: FlowPoints, method: str
) -> Iterator[Any]:
    times, volume = _steps(series.first_s, series.bytes)
    _, packets = _steps(series.first_s, series.packets)
    yield charts.over_time("traffic volume", times, {"bytes/s": volume}, "bytes/s")
    yield charts.over_time("packets per second", times, {"packets/s": packets}, "packets/s")
    first, transports = gathered.transports
    shown = {name: _steps(first, np.asarray(counts)) for name, counts in transports.items()}
    yield charts.over_time(
        "TCP and UDP", shown["TCP"][0], {k: v for k, (_, v) in shown.items()}, "packets/s", fill=False
    )
    protocols = {name: _steps(series.first_s, counts)[1] for name, counts in series.by_protocol.items()}
    if protocols:
        yield charts.over_time("protocols", times, protocols, "packets/s")
    share = sorted(((n, p["bytes"]) for n, p in result["protocols"].items()), key=lambda item: -item[1])
    yield charts.shares("protocols by bytes", dict(share[:15]), "bytes")
    yield charts.bars("packet sizes", result["sizes"], "bytes", "packets")
    sizes = [v / p if p else 0.0 for v, p in zip(volume, packets, strict=True)]
    yield charts.over_time("mean packet size", times, {"bytes": sizes}, "bytes", fill=False)
    minutes = result["tcp_connections_per_minute"]
    if minutes:
        numbered = {str(i): n for i, n in enumerate(minutes[:BINS])}
        yield charts.bars("TCP connections per minute", numbered, "minute", "connections")
    if len(points.score):
        yield charts.scatter(f"flows by {method}", points)
        yield charts.scatter_3d("flows in three measures", points)
        yield charts.heat_map("who talks to whom", *_pairs(gathered))


def _steps(first_s: int, counts: Any) -> tuple[list[str], list[float]]:
    """Times and rates of at most BINS steps."""
    wide = -(-len(counts) // BINS) or 1
    padded = np.pad(np.asarray(counts, np.float64), (0, -len(counts) % wide))
    values = padded.reshape(-1, wide).sum(axis=1) / wide
    times = [timestamp((first_s + i * wide) * 1_000_000_000)[:19] for i in range(len(values))]
    return times, values.tolist()


def _pairs(gathered: Gathering) -> tuple[list[str], list[str], Any]:
    """Bytes between the busiest senders and receivers."""
    flows = gathered.sample.flows
    totals: dict[tuple[str, str], int] = {}
    for row in range(len(flows)):
        found = facts(flows, row)
        there, back = (str(found["src"]), str(found["dst"])), (str(found["dst"]), str(found["src"]))
        totals[there] = totals.get(there, 0) + found["bytes"]
        totals[back] = totals.get(back, 0) + found["bytes_back"]
    busy = [_busiest(totals, side) for side in (0, 1)]
    values = np.zeros((len(busy[0]), len(busy[1])))
    for (src, dst), amount in totals.items():
        if src in busy[0] and dst in busy[1]:
            values[busy[0].index(src), busy[1].index(dst)] = amount
    return busy[0], busy[1], values


def _busiest(totals: dict[tuple[str, str], int], side: int) -> list[str]:
    sums: dict[str, int] = {}
    for pair, amount in totals.items():
        sums[pair[side]] = sums.get(pair[side], 0) + amount
    return sorted(sums, key=lambda host: -sums[host])[: charts.HOSTS]


def _tables(result: dict[str, Any], flow_rows: list[tuple[float, dict[str, Any]]]) -> Iterator[Table]:
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
        ("http", "Hosts and URLs of HTTP"),
    ):
        yield Table(title, ("name", "times"), list(result["names"].get(kind, {}).items()))
    head = ("score", "protocol", "flow", "packets", "bytes", "packets back", "bytes back")
    rows = [
        (round(score, 3), f["protocol"], endpoints(f), f["packets"], f["bytes"], f["packets_back"], f["bytes_back"])
        for score, f in flow_rows
    ]
    yield Table("Flows, the most unusual first", head, rows)
    order = ("count", "mean", "std", "min", "25%", "50%", "75%", "max")
    described = [(name, *(entry[key] for key in order)) for name, entry in result["features"].items()]
    yield Table("What the flows are like", ("feature", *order), described)
