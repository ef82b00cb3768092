"""The plots of a report: what is drawn, whatever draws it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tui.core.features import FEATURES
from tui.core.flow.records import FlowRecords
from tui.core.protocols import NAMES
from tui.core.snapshot import Series
from tui.engine.files.reporting import Gathering
from tui.export.charts import HOSTS, FlowPoints
from tui.export.eve import timestamp
from tui.learning.anomaly import LEAST, AnomalyModel
from tui.learning.sample import clean_matrix, endpoints, facts

BINS = 2_000
"""Steps of the charts over time; longer captures are shown by the mean of several seconds."""


class Drawing(Protocol):
    """What `export.charts` (plotly) and `export.pictures` (matplotlib) both offer: each makes one figure."""

    def over_time(
        self, title: str, times: Sequence[str], lines: Mapping[str, Sequence[float]], unit: str, fill: bool = True
    ) -> Any: ...

    def bars(self, title: str, values: Mapping[str, float], x: str, y: str) -> Any: ...

    def shares(self, title: str, values: Mapping[str, float], unit: str) -> Any: ...

    def heat_map(self, title: str, rows: Sequence[str], columns: Sequence[str], values: NDArray[np.float64]) -> Any: ...

    def scatter(self, title: str, points: FlowPoints) -> Any: ...

    def scatter_3d(self, title: str, points: FlowPoints) -> Any: ...


@dataclass(frozen=True, slots=True)
class PlotData:
    """What the plots show."""

    result: dict[str, Any]
    """Of the summary, as `nettui stats --json` prints it."""
    series: Series
    transports: tuple[int, Mapping[str, Sequence[int]]]
    """First second, and packets per second by transport."""
    flows: FlowRecords
    points: FlowPoints
    """The flows, scored."""
    method: str
    """What gave the scores."""

    @classmethod
    def of(cls, gathered: Gathering) -> PlotData:
        """Score the flows that were gathered."""
        flows = gathered.sample.flows
        rows = clean_matrix(flows)
        model = AnomalyModel(rows) if len(rows) >= LEAST else None
        scores = model.scores(rows) if model else np.zeros(len(rows))
        names = [endpoints(facts(flows, row)) for row in range(len(flows))]
        volume, packets, size = (rows[:, FEATURES.index(f)] for f in ("bytes_per_s", "packets_per_s", "mean_size"))
        points = FlowPoints(volume, packets, size, scores, names)
        method = model.method if model else "no scores: too few flows"
        series = gathered.tally.rates.series(NAMES)
        return cls(gathered.tally.result()[0], series, gathered.transports, flows, points, method)


def plots(draw: Drawing, data: PlotData) -> Iterator[tuple[str, Any]]:
    """(title, figure) of every plot, in the order of the report."""
    yield from _over_time(draw, data)
    result = data.result
    share = sorted(((n, p["bytes"]) for n, p in result["protocols"].items()), key=lambda item: -item[1])
    yield "protocols by bytes", draw.shares("protocols by bytes", dict(share[:15]), "bytes")
    yield "packet sizes", draw.bars("packet sizes", result["sizes"], "bytes", "packets")
    minutes = result["tcp_connections_per_minute"]
    if minutes:
        numbered = {str(i): n for i, n in enumerate(minutes[:BINS])}
        title = "TCP connections per minute"
        yield title, draw.bars(title, numbered, "minute", "connections")
    if len(data.flows):
        yield "anomalies", draw.scatter(f"flows by {data.method}", data.points)
        yield "flows in three measures", draw.scatter_3d("flows in three measures", data.points)
        yield "who talks to whom", draw.heat_map("who talks to whom", *_pairs(data.flows))


def _over_time(draw: Drawing, data: PlotData) -> Iterator[tuple[str, Any]]:
    series = data.series
    times, volume = _steps(series.first_s, series.bytes)
    _, packets = _steps(series.first_s, series.packets)
    yield "traffic volume", draw.over_time("traffic volume", times, {"bytes/s": volume}, "bytes/s")
    yield "packets per second", draw.over_time("packets per second", times, {"packets/s": packets}, "packets/s")
    first, transports = data.transports
    shown = {name: _steps(first, np.asarray(counts)) for name, counts in transports.items()}
    lines = {name: values for name, (_, values) in shown.items()}
    yield "TCP and UDP", draw.over_time("TCP and UDP", shown["TCP"][0], lines, "packets/s", fill=False)
    protocols = {name: _steps(series.first_s, counts)[1] for name, counts in series.by_protocol.items()}
    if protocols:
        yield "protocols", draw.over_time("protocols", times, protocols, "packets/s")
    sizes = {"bytes": [v / p if p else 0.0 for v, p in zip(volume, packets, strict=True)]}
    yield "mean packet size", draw.over_time("mean packet size", times, sizes, "bytes", fill=False)


def _steps(first_s: int, counts: Any) -> tuple[list[str], list[float]]:
    """Times and rates of at most BINS steps."""
    wide = -(-len(counts) // BINS) or 1
    padded = np.pad(np.asarray(counts, np.float64), (0, -len(counts) % wide))
    values = padded.reshape(-1, wide).sum(axis=1) / wide
    times = [timestamp((first_s + i * wide) * 1_000_000_000)[:19] for i in range(len(values))]
    return times, values.tolist()


def _pairs(flows: FlowRecords) -> tuple[list[str], list[str], Any]:
    """Bytes between the busiest senders and receivers."""
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
    return sorted(sums, key=lambda host: -sums[host])[:HOSTS]
