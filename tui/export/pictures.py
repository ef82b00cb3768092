"""The charts of a report as single pictures, PNG or SVG, by matplotlib. Offers what `charts` offers, by the same names.

Use it inside `drawing()`: there, text from packets is never read as a formula.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.text import printable
from tui.errors import MissingLibrary, SaveError
from tui.export.charts import COLOURS, POINTS, FlowPoints

DOTS_PER_INCH = 120
WIDTH_IN, HEIGHT_IN = 10.0, 4.5
_STYLE: dict[str, Any] = {
    "text.parse_math": False, "figure.facecolor": "#14181d", "axes.facecolor": "#14181d",
    "savefig.facecolor": "#14181d",
    "text.color": "#d7dde4", "axes.labelcolor": "#d7dde4", "axes.edgecolor": "#59636e", "xtick.color": "#8a96a3",
    "ytick.color": "#8a96a3", "grid.color": "#2a323b", "axes.grid": True, "axes.axisbelow": True, "font.size": 9,
    "legend.facecolor": "#1b2128", "legend.edgecolor": "#333c46", "svg.hashsalt": "nettui",
}  # fmt: skip


def matplotlib() -> Any:
    """The library. Raises MissingLibrary with the command that installs it."""
    try:
        importlib.import_module("matplotlib.figure")
        return importlib.import_module("matplotlib")
    except ImportError as error:
        raise MissingLibrary(f"matplotlib is needed for pictures ({error})", 'pip install "nettui[export]"') from None


@contextmanager
def drawing() -> Iterator[None]:
    """Our colours, and no formulas in texts; a letter that no font has is drawn as a box, and not warned about."""
    with matplotlib().rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        yield


def save(figure: Any, folder: Path, title: str, form: str) -> Path:
    """Write a figure as `folder/title.form`. Raises SaveError."""
    path = folder / f"{re.sub(r'[^a-z0-9]+', '-', title.lower()).strip('-')}.{form}"
    part = path.with_name(path.name + ".part")
    metadata = {"Date": None} if form == "svg" else None  # the same capture gives the same file
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            figure.savefig(part, format=form, dpi=DOTS_PER_INCH, metadata=metadata)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise SaveError(f"cannot write {path}: {error.strerror or error}", "choose another folder") from None
    return path


def _axes(title: str, x: str, y: str, height: float = HEIGHT_IN) -> tuple[Any, Any]:
    figure = matplotlib().figure.Figure((WIDTH_IN, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set(title=printable(title, 120), xlabel=x, ylabel=y)
    return figure, axes


def over_time(
    title: str, times: Sequence[str], lines: Mapping[str, Sequence[float]], unit: str, fill: bool = True
) -> Any:
    """One line for each name over the same times; filled and stacked where they add up."""
    figure, axes = _axes(title, "time (UTC)", unit)
    at = np.array(times, "datetime64[s]")
    names = [printable(name, 48) for name in lines]
    colours = [COLOURS[i % len(COLOURS)] for i in range(len(names))]
    if fill:
        axes.stackplot(at, *lines.values(), labels=names, colors=colours, alpha=0.85)
    else:
        for name, values, colour in zip(names, lines.values(), colours, strict=True):
            axes.plot(at, values, label=name, color=colour, linewidth=1)
    axes.margins(x=0)
    axes.set_ylim(bottom=0)
    if len(names) > 1:
        axes.legend(loc="upper left", fontsize=8)
    return figure


def bars(title: str, values: Mapping[str, float], x: str, y: str) -> Any:
    figure, axes = _axes(title, x, y)
    at = np.arange(len(values))
    axes.bar(at, list(values.values()), color=COLOURS[0])
    step = -(-len(values) // 24) or 1
    axes.set_xticks(at[::step], [printable(name, 48) for name in values][::step])
    return figure


def shares(title: str, values: Mapping[str, float], unit: str) -> Any:
    """Horizontal bars, the largest on top."""
    figure, axes = _axes(title, unit, "", max(2.5, 0.3 * len(values) + 1))
    axes.barh(np.arange(len(values)), list(values.values()), color=COLOURS[1])
    axes.set_yticks(np.arange(len(values)), [printable(name, 48) for name in values])
    axes.invert_yaxis()
    return figure


def heat_map(title: str, rows: Sequence[str], columns: Sequence[str], values: NDArray[np.float64]) -> Any:
    """Bytes between pairs of hosts, on a scale where each step is ten times as much."""
    figure, axes = _axes(title, "to", "from", max(HEIGHT_IN, 0.28 * len(rows) + 3))
    shown = np.where(values > 0, np.log10(np.maximum(values, 1)), np.nan)
    figure.colorbar(axes.imshow(shown, aspect="auto", cmap="viridis"), label="log10 bytes")
    axes.set_xticks(np.arange(len(columns)), [printable(name, 48) for name in columns], rotation=90)
    axes.set_yticks(np.arange(len(rows)), [printable(name, 48) for name in rows])
    return figure


def _figure_of(value: float, _place: int) -> str:
    """A number on an axis, short: 10k."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def scatter(title: str, points: FlowPoints) -> Any:
    some = points.strangest(POINTS)
    figure, axes = _axes(title, "bytes/s", "packets/s")
    dots = axes.scatter(some.bytes_per_s, some.packets_per_s, c=some.score, cmap="inferno", s=14)
    # a flow of one packet has no rate: below 1 the scale is linear, so that 0 has a place
    axes.set(xscale="symlog", yscale="symlog")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(_figure_of)  # its own would write formulas
    figure.colorbar(dots, label="score")
    return figure


def scatter_3d(title: str, points: FlowPoints) -> Any:
    """Bytes/s, packets/s and mean size, coloured by score."""
    some = points.strangest(POINTS)
    figure = matplotlib().figure.Figure((8.0, 7.0), layout="constrained")
    axes = figure.add_subplot(projection="3d")
    # the library's own logarithmic axes do not work in three dimensions
    x, y = np.log10(1 + some.bytes_per_s), np.log10(1 + some.packets_per_s)
    dots = axes.scatter(x, y, some.mean_size, c=some.score, cmap="inferno", s=10)
    axes.set(
        title=printable(title, 120), xlabel="log10 (1 + bytes/s)", ylabel="log10 (1 + packets/s)", zlabel="mean size"
    )
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color("#1b2128")
    figure.colorbar(dots, label="score", shrink=0.6)
    return figure
