"""Charts of a report, as plotly figures. Text from packets is made harmless before it becomes a label."""

from __future__ import annotations

import html
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.text import printable
from tui.errors import MissingLibrary

POINTS = 5_000
"""Points of a scatter; more make a browser slow and a picture no clearer. The strangest are always among them."""
NO_RATE = 0.1
"""Where flows without a rate are drawn."""
HOSTS = 20
"""Rows and columns of the heat map."""
COLOURS = ("#5b9bd5", "#e0a458", "#7fb685", "#c97b84", "#9a86c4", "#6fb1b7", "#b0a16f", "#8d99ae")
_BY_SCORE: dict[str, Any] = {"colorscale": "Inferno", "showscale": True, "colorbar": {"title": "score"}}
_LAYOUT: dict[str, Any] = {
    "template": "plotly_dark", "paper_bgcolor": "#14181d", "plot_bgcolor": "#14181d", "height": 340,
    "margin": {"l": 60, "r": 20, "t": 40, "b": 45}, "font": {"family": "system-ui, sans-serif", "size": 12},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FlowPoints:
    """Flows as points: arrays of shape (n,)."""

    bytes_per_s: NDArray[np.float64]
    packets_per_s: NDArray[np.float64]
    mean_size: NDArray[np.float64]
    score: NDArray[np.float64]
    text: Sequence[str]

    def strangest(self, most: int) -> FlowPoints:
        """At most so many, by score."""
        if len(self.score) <= most:
            return self
        best = np.argsort(-self.score, kind="stable")[:most]
        return FlowPoints(
            self.bytes_per_s[best], self.packets_per_s[best], self.mean_size[best], self.score[best],
            [self.text[i] for i in best.tolist()],
        )  # fmt: skip


def plotly() -> ModuleType:
    """plotly's graph objects. Raises MissingLibrary with the command that installs it."""
    try:
        return importlib.import_module("plotly.graph_objects")
    except ImportError as error:
        raise MissingLibrary(f"plotly is needed for reports ({error})", 'pip install "nettui[export]"') from None


def label(text: str, most: int = 48) -> str:
    """Text from packets as a label: no markup, no control characters."""
    return html.escape(printable(text, most))


def _figure(title: str, traces: Sequence[Any], x: str, y: str, **more: Any) -> Any:
    figure = plotly().Figure(list(traces))
    figure.update_layout(title=title, xaxis_title=x, yaxis_title=y, **{**_LAYOUT, **more})
    return figure


def over_time(
    title: str, times: Sequence[str], lines: Mapping[str, Sequence[float]], unit: str, fill: bool = True
) -> Any:
    """One line for each name over the same times; filled and stacked where they add up."""
    draw = plotly()
    stack = {"stackgroup": "all"} if fill else {}
    traces = [
        draw.Scatter(
            x=list(times), y=list(values), name=label(name), mode="lines", line={"color": colour, "width": 1}, **stack
        )
        for (name, values), colour in zip(lines.items(), COLOURS * 8, strict=False)
    ]
    return _figure(title, traces, "time (UTC)", unit)


def bars(title: str, values: Mapping[str, float], x: str, y: str) -> Any:
    trace = plotly().Bar(x=[label(name) for name in values], y=list(values.values()), marker_color=COLOURS[0])
    return _figure(title, [trace], x, y)


def shares(title: str, values: Mapping[str, float], unit: str) -> Any:
    """Horizontal bars, the largest on top."""
    names = list(values)[::-1]
    trace = plotly().Bar(
        x=[values[name] for name in names], y=[label(name) for name in names], orientation="h", marker_color=COLOURS[1]
    )
    return _figure(title, [trace], unit, "", height=max(240, 26 * len(names) + 90))


def heat_map(title: str, rows: Sequence[str], columns: Sequence[str], values: NDArray[np.float64]) -> Any:
    """Bytes between pairs of hosts, on a scale where each step is ten times as much."""
    shown = np.where(values > 0, np.log10(np.maximum(values, 1)), np.nan)
    trace = plotly().Heatmap(
        z=shown, x=[label(c) for c in columns], y=[label(r) for r in rows], colorscale="Viridis",
        customdata=values, hovertemplate="%{y} to %{x}: %{customdata:,.0f} bytes<extra></extra>",
        colorbar={"title": "log10 bytes"},
    )  # fmt: skip
    return _figure(title, [trace], "to", "from", height=max(340, 22 * len(rows) + 160))


def scatter(title: str, points: FlowPoints) -> Any:
    some = points.strangest(POINTS)
    trace = plotly().Scattergl(
        x=_drawable(some.bytes_per_s), y=_drawable(some.packets_per_s), mode="markers",
        text=[label(t, 120) for t in some.text], marker={**_BY_SCORE, "color": some.score, "size": 6},
    )  # fmt: skip
    x, y = (f"{unit} (none at {NO_RATE})" for unit in ("bytes/s", "packets/s"))
    return _figure(title, [trace], x, y, xaxis_type="log", yaxis_type="log")


def _drawable(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rates for a logarithmic axis, which has no 0: a flow of one packet has no rate, and is drawn all the same."""
    return np.where(rates > 0, rates, NO_RATE)


def scatter_3d(title: str, points: FlowPoints) -> Any:
    """Bytes/s, packets/s and mean size, coloured by score."""
    some = points.strangest(POINTS)
    trace = plotly().Scatter3d(
        x=_drawable(some.bytes_per_s), y=_drawable(some.packets_per_s), z=some.mean_size, mode="markers",
        text=[label(t, 120) for t in some.text], marker={**_BY_SCORE, "color": some.score, "size": 3},
    )  # fmt: skip
    figure = plotly().Figure([trace])
    axes = {"xaxis": {"title": "bytes/s", "type": "log"}, "yaxis": {"title": "packets/s", "type": "log"}}
    figure.update_layout(title=title, scene={**axes, "zaxis": {"title": "mean size"}}, **{**_LAYOUT, "height": 520})
    return figure
