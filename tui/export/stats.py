"""The summary of `nettui stats` as text: aligned tables, and bars where a picture says more."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.snapshot import Series
from tui.core.text import printable

ROWS = 10
"""Rows of each table; --json has more."""
BAR = 32
PLOT_WIDTH = 72
PLOT_HEIGHT = 6
_EIGHTHS = " ▁▂▃▄▅▆▇█"


def text(result: Mapping[str, Any], series: Series) -> str:
    """The whole summary; `result` is what --json prints."""
    parts = [
        _head(result),
        _plot("packets over time", series.packets, series.first_s),
        _protocols(result),
        _bars("sizes (bytes)", result["sizes"]),
        _addresses(result["addresses"]),
        _names(result["names"]),
        _plot_list("TCP connections per minute", result["tcp_connections_per_minute"]),
        _features(result["features"]),
    ]
    return "\n".join(part for part in parts if part)


def _head(result: Mapping[str, Any]) -> str:
    packets, volume, duration = result["packets"], result["bytes"], result["duration_s"]
    flows = result["flows"]
    rows = [("packets", f"{packets:,}"), ("bytes", f"{volume:,}")]
    if packets:
        rows += [("from", _moment(result["first_ns"])), ("to", _moment(result["last_ns"]))]
    rows.append(("duration", f"{duration:,.3f} s"))
    if duration > 0:
        rows.append(("rate", f"{packets / duration:,.1f} packets/s, {8 * volume / duration / 1e6:,.3f} Mb/s"))
    rows += [
        ("flows", f"{sum(flows.values()):,} ({', '.join(f'{n:,} {k}' for k, n in flows.items())})"),
        ("addresses", f"{result['unique_sources']:,} sources, {result['unique_destinations']:,} destinations"),
        ("malformed", f"{result['malformed']:,}"),
    ]
    if result["damaged"]:
        rows.append(("damaged", str(result["damaged"]["reason"])))
    return _table(rows, ("", ""))


def _moment(time_ns: int) -> str:
    moment = datetime.datetime.fromtimestamp(0, datetime.UTC) + datetime.timedelta(microseconds=time_ns // 1000)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f UTC")


def _protocols(result: Mapping[str, Any]) -> str:
    total = max(result["bytes"], 1)
    most = max((count["bytes"] for count in result["protocols"].values()), default=1) or 1
    rows = [
        (name, f"{c['packets']:,}", f"{c['bytes']:,}", f"{100 * c['bytes'] / total:.1f}%", _bar(c["bytes"] / most))
        for name, c in list(result["protocols"].items())[:ROWS]
    ]
    return _table(rows, ("protocol", "packets", "bytes", "share", ""), right=(1, 2, 3))


def _bars(title: str, counts: Mapping[str, int]) -> str:
    most = max(counts.values(), default=0)
    if not most:
        return ""
    rows = [(label, f"{n:,}", _bar(n / most)) for label, n in counts.items()]
    return _table(rows, (title, "packets", ""), right=(1,))


def _addresses(addresses: Mapping[str, Mapping[str, int]]) -> str:
    rows = [
        (
            address,
            f"{c['sent_packets']:,}",
            f"{c['sent_bytes']:,}",
            f"{c['received_packets']:,}",
            f"{c['received_bytes']:,}",
        )
        for address, c in list(addresses.items())[:ROWS]
    ]
    return _table(rows, ("address", "sent", "bytes", "received", "bytes"), right=(1, 2, 3, 4)) if rows else ""


def _names(names: Mapping[str, Mapping[str, int]]) -> str:
    rows = [
        (kind, printable(name), f"{count:,}")
        for kind, counts in names.items()
        for name, count in list(counts.items())[:ROWS]
    ]
    return _table(rows, ("", "name", "seen"), right=(2,)) if rows else ""


def _features(features: Mapping[str, Mapping[str, float | None]]) -> str:
    if not any(row["count"] for row in features.values()):
        return ""
    heads = ("mean", "std", "min", "25%", "50%", "75%", "max")
    rows = [(name, *(_figure(row[head]) for head in heads)) for name, row in features.items()]
    return _table(rows, ("flow feature", *heads), right=range(1, 8))


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.4g}"


def _plot_list(title: str, values: Sequence[int]) -> str:
    return _plot(title, np.asarray(values, np.int64), None) if len(values) > 1 else ""


def _plot(title: str, values: NDArray[np.int64], first_s: int | None) -> str:
    """Columns of block characters; `values` are added up where there are more than fit."""
    if len(values) < 2:
        return ""
    step = -(-len(values) // PLOT_WIDTH)
    padded = np.zeros(-(-len(values) // step) * step)
    padded[: len(values)] = values
    columns = padded.reshape(-1, step).mean(axis=1)
    top = max(float(columns.max()), 1e-9)
    heights = np.ceil(columns / top * PLOT_HEIGHT * 8).astype(int)
    unit = "" if first_s is None else " (per second)"
    lines = [f"{title}{unit}, highest {top:,.0f}"]
    for row in range(PLOT_HEIGHT - 1, -1, -1):
        level = np.clip(heights - 8 * row, 0, 8)
        lines.append("  " + "".join(_EIGHTHS[i] for i in level))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _bar(share: float) -> str:
    return "█" * max(round(share * BAR), 1 if share > 0 else 0)


def _table(rows: Iterable[Sequence[str]], heads: Sequence[str], right: Iterable[int] = ()) -> str:
    """Columns as wide as their widest cell."""
    some = [tuple(row) for row in rows]
    flush = set(right)
    shown = ([tuple(heads)] if any(heads) else []) + some
    widths = [max(len(row[i]) for row in shown) for i in range(len(heads))]
    lines = (
        "  ".join(
            cell.rjust(w) if i in flush else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in shown
    )
    return "\n".join(line.rstrip() for line in lines) + "\n"
