"""The charts of the statistics screen: which numbers, which axes; chart.py draws them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from tui.core.ipproto import TCP, UDP
from tui.core.judged import Ranking
from tui.core.snapshot import ProtocolCount, Series, Talker
from tui.core.text import fit, printable
from tui.core.window import Window
from tui.widgets import chart
from tui.widgets.flowplots import heat_map, scatter
from tui.widgets.glyphs import Glyphs, bar
from tui.widgets.ink import Piece
from tui.widgets.numbers import clock, octets, scaled, share
from tui.widgets.rate_chart import nice, rate_axis
from tui.widgets.themes import family

_LABEL = 7
NS = 1_000_000_000
MINUTE = 60
Line = list[Piece]
Numbers = NDArray[np.float64]


class Plot(Enum):
    """A chart; the value is its title."""

    TRAFFIC = "traffic: bits/s"
    TRANSPORT = "TCP and UDP: packets/s"
    PROTOCOLS = "protocols: bytes"
    SIZES = "packet sizes: packets by bytes on the wire"
    SIZES_OVER_TIME = "packet sizes over time: bytes on the wire"
    CONNECTIONS = "TCP connections begun per minute"
    COUNTS = "packets in each interval"
    ANOMALIES = "flows: packets/s over bytes/s, by anomaly score"
    PAIRS = "pairs of hosts: bytes from each to each"


@dataclass(frozen=True, slots=True)
class Packets:
    """Columns of the packets that are kept, in capture order: what the charts count."""

    time_ns: NDArray[np.int64]
    length: NDArray[np.uint32]
    ip_proto: NDArray[np.uint8]
    begins: NDArray[np.bool_]
    """A SYN without ACK."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """All that is drawn."""

    series: Series
    now_s: int
    protocols: tuple[ProtocolCount, ...]
    pairs: tuple[Talker, ...]
    kept: Packets
    ranking: Ranking | None = None
    """Scores of the flows; None where they are not known."""
    window: Window | None = None
    """The time that the rest is of; of the flows, those that were there then are drawn."""


def draw(plot: Plot, data: Statistics, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """The chart as lines of a pane of so many cells."""
    if plot is Plot.PROTOCOLS:
        return _protocols(data.protocols, width, height, glyphs)
    if plot is Plot.PAIRS:
        return heat_map(data.pairs, width, height, glyphs)
    if not chart.is_loaded():
        return [[(" the chart's library is being loaded", "dim")]]
    if plot is Plot.ANOMALIES:
        return scatter(data.ranking, data.window, width, height, glyphs)
    if plot is Plot.TRAFFIC:
        first, values = traffic(data.series, data.now_s, _columns(width))
        return _over_time("", values, first, data.now_s, width, height, glyphs)
    if not len(data.kept.time_ns):
        return [[(" no packet yet", "dim")]]
    if plot is Plot.TRANSPORT:
        half = height // 2
        upper = _counted(data.kept, data.kept.ip_proto == TCP, "TCP", width, half, glyphs)
        return upper + _counted(data.kept, data.kept.ip_proto == UDP, "UDP", width, height - half, glyphs)
    if plot is Plot.SIZES:
        return _sizes(data.kept, width, height, glyphs)
    if plot is Plot.SIZES_OVER_TIME:
        return _sizes_over_time(data.kept, width, height, glyphs)
    if plot is Plot.COUNTS:
        return _counts(data.kept, width, height, glyphs)
    return _connections(data.kept, width, height, glyphs)


def _columns(width: int) -> int:
    return max(8, (width - _LABEL) * 2)


def traffic(series: Series, now_s: int, columns: int) -> tuple[int, Numbers]:
    """(first second, mean bits per second in each of `columns` equal times) of the whole session."""
    older, recent = len(series.older_bytes), len(series.bytes)
    first = series.older_first_s if older else series.first_s
    seconds = np.concatenate([
        np.repeat(series.older_bytes / MINUTE, MINUTE)[: max(0, series.first_s - first)],
        series.bytes[: max(0, now_s - series.first_s)] if recent else series.bytes,
    ]).astype(np.float64)  # fmt: skip
    return first, 8 * means(seconds, columns)


def means(values: Numbers, columns: int) -> Numbers:
    """The mean of each of `columns` equal parts; fewer values than columns are repeated."""
    if not len(values):
        return np.zeros(columns)
    edges = np.linspace(0, len(values), columns + 1)
    low = np.minimum(edges[:-1].astype(np.int64), len(values) - 1)
    high = np.maximum(low + 1, edges[1:].astype(np.int64))
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray((total[high] - total[low]) / (high - low), np.float64)


def _counted(kept: Packets, mask: NDArray[np.bool_], title: str, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Packets per second of those that a mask picks, over the time that is kept."""
    first, last = int(kept.time_ns[0]) // NS, int(kept.time_ns.max()) // NS
    per_s = np.bincount(np.maximum(0, kept.time_ns[mask] // NS - first), minlength=last - first + 1)
    return _over_time(title, means(per_s.astype(np.float64), _columns(width)), first, last + 1, width, height, glyphs)


def _connections(kept: Packets, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    step = NS * MINUTE
    first, last = int(kept.time_ns[0]) // step, int(kept.time_ns.max()) // step
    per_minute = np.bincount(np.maximum(0, kept.time_ns[kept.begins] // step - first), minlength=last - first + 1)
    values = means(per_minute.astype(np.float64), _columns(width))
    return _over_time("", values, first * MINUTE, (last + 1) * MINUTE, width, height, glyphs)


def _sizes_over_time(kept: Packets, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """The mean and the largest size of each column's packets; nothing where there was no packet."""
    first, last = int(kept.time_ns[0]) // NS, int(kept.time_ns.max()) // NS + 1
    columns = _columns(width)
    edges = first * NS + (last - first) * NS * np.arange(columns + 1) // columns
    times = np.maximum.accumulate(kept.time_ns)  # a packet that was stamped late stays among its neighbours
    starts = np.searchsorted(times, edges)
    counts = np.diff(starts)
    there = counts > 0
    sums = np.concatenate([[0], np.cumsum(kept.length, dtype=np.int64)])
    mean = (sums[starts[1:]] - sums[starts[:-1]]) / np.maximum(counts, 1)
    largest = np.zeros(columns)
    largest[there] = np.maximum.reduceat(kept.length, starts[:-1][there])
    half = height // 2
    upper = _over_time("mean", mean, first, last, width, half, glyphs)
    return upper + _over_time("largest", largest, first, last, width, height - half, glyphs)


def _counts(kept: Packets, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Packets of each of some equal times of a round length."""
    first, last = int(kept.time_ns[0]) // NS, int(kept.time_ns.max()) // NS + 1
    columns = _columns(width)
    step = next((s for s in INTERVALS_S if (last - first) / s <= columns / 2), INTERVALS_S[-1])
    n = -(-(last - first) // step)
    counts = np.bincount(np.clip((kept.time_ns - first * NS) // (step * NS), 0, n - 1), minlength=n)
    title = f"per {duration(step)}, at most {counts.max():,}, {counts.mean():,.1f} on average"
    return _over_time(title, means(counts.astype(np.float64), columns), first, first + n * step, width, height, glyphs)


def duration(seconds: int) -> str:
    """A round time in words: `10 s`, `5 min`, `1 h`."""
    if seconds < MINUTE:
        return f"{seconds} s"
    return f"{seconds // MINUTE} min" if seconds < 60 * MINUTE else f"{seconds // (60 * MINUTE)} h"


INTERVALS_S = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400)


def _over_time(
    title: str, values: Numbers, first_s: int, last_s: int, width: int, height: int, glyphs: Glyphs
) -> list[Line]:
    count = max(2, min(6, width // 20))
    span = max(1, last_s - first_s)
    # each label stands at its own second, and none twice: a short session has fewer seconds than there is room
    seconds = sorted({span * i // count for i in range(1, count)})
    ticks = tuple(((len(values) - 1) * second / span, clock((first_s + second) * NS)) for second in seconds)
    axis = chart.Axis(0, len(values) - 1, ticks)
    top = nice(max(float(values.max(initial=0)), 3) / 3) * 3
    head: list[Line] = [[(f" {title}", "bright bold")]] if title else []
    room = height - len(head)
    return head + _inked(chart.area(values.tolist(), axis, rate_axis(top, room), width, room, glyphs.marker))


def _sizes(kept: Packets, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """A histogram over sizes up to the largest packet."""
    columns = _columns(width)
    largest = max(128, int(kept.length.max()) + 1)
    counts = np.bincount(kept.length.astype(np.int64) * columns // largest, minlength=columns)[:columns]
    parts = max(2, min(8, width // 14))
    ticks = tuple(((columns - 1) * i / parts, f"{largest * i // parts:,}") for i in range(parts))
    top = nice(max(float(counts.max()), 3) / 3) * 3
    axis = chart.Axis(0, columns - 1, ticks)
    return _inked(chart.area(counts.tolist(), axis, rate_axis(top, height), width, height, glyphs.marker))


def _inked(lines: list[str]) -> list[Line]:
    inked: list[Line] = [[(line[: _LABEL - 1], "dim"), (line[_LABEL - 1 :], "accent")] for line in lines[:-1]]
    return [*inked, *([(line, "dim")] for line in lines[-1:])]


def _protocols(protocols: tuple[ProtocolCount, ...], width: int, height: int, glyphs: Glyphs) -> list[Line]:
    whole = sum(p.bytes for p in protocols)
    most = max((p.bytes for p in protocols), default=0)
    room = max(4, width - 49)
    lines: list[Line] = []
    for protocol in protocols[: max(0, height - 1)]:
        name = printable(protocol.name)
        lines.append([
            (f" {fit(name, 12)} ", "text"),
            (bar(glyphs, protocol.bytes, most, room), f"proto--{family(name)}"),
            (f" {share(protocol.bytes, whole)} {octets(protocol.bytes)}", "bright"),
            (f"  {scaled(protocol.packets):>7} packets", "dim"),
        ])  # fmt: skip
    left = len(protocols) - len(lines)
    if left > 0:
        lines.append([(f" and {left} more", "dim")])
    return lines or [[(" no packet yet", "dim")]]
