"""The one place that knows plotext 6: a filled area with readable axes, as lines of plain text.

plotext's figure is one object for the whole process and its import takes 0.2 s: `load` runs once, in the background,
and only the screen's thread draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

BRAILLE = "braille"
"""plotext's marker with two by four dots in a cell."""
_loaded: list[Any] = []


def load() -> None:
    """Import plotext. Any thread may call it."""
    if not _loaded:
        import plotext

        plotext.terminal.limit(False, False)  # it would clamp to the size the terminal had at its import
        _loaded.append(plotext)


def is_loaded() -> bool:
    return bool(_loaded)


@dataclass(frozen=True, slots=True)
class Axis:
    """The range of an axis and the labels on it, each at its value."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]


def area(values: Sequence[float], x: Axis, y: Axis, width: int, height: int, marker: str) -> list[str]:
    """`height` lines of `width` cells: the values (evenly spaced over the x axis) as a filled area."""
    if not _loaded or width < 8 or height < 2:
        return []
    figure = _empty(x, y, width, height)
    step = (x.high - x.low) / max(1, len(values) - 1)
    columns = [x.low + index * step for index in range(len(values))]
    figure.draw(figure.signal(columns, list(values), marker=marker).fillx())
    lines = str(figure.build().string(True)).splitlines()
    return lines if marker == BRAILLE else _grounded(lines, values, marker)


def points(
    clouds: Sequence[tuple[Sequence[float], Sequence[float], str]], x: Axis, y: Axis, width: int, height: int
) -> list[str]:
    """`height` lines of `width` cells: clouds of points (x, y, marker of one cell), the later ones over the earlier."""
    if not _loaded or width < 8 or height < 2:
        return []
    figure = _empty(x, y, width, height)
    for across, up, marker in clouds:
        if len(across):
            figure.draw(figure.signal(list(across), list(up), marker=marker))
    return str(figure.build().string(True)).splitlines()


def _empty(x: Axis, y: Axis, width: int, height: int) -> Any:
    """The figure with these axes and nothing in it."""
    figure = _loaded[0].figure
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(width, height)
    figure.axes(False)
    _ruler(figure.ruler("y", "left"), y)
    _ruler(figure.ruler("x", "lower"), x)
    return figure


def _grounded(lines: list[str], values: Sequence[float], marker: str) -> list[str]:
    """Nothing is a low line, not a filled cell: only braille has dots fine enough to tell the two apart."""
    if len(lines) < 2:
        return lines
    ground = lines[-2]
    begin = len(ground) - len(ground.lstrip(" 0123456789.kMGT"))
    cells = max(1, len(ground) - begin)
    for cell in range(cells):
        low, high = cell * len(values) // cells, max(cell * len(values) // cells + 1, (cell + 1) * len(values) // cells)
        if ground[begin + cell] == marker and not any(values[low:high]):
            ground = f"{ground[: begin + cell]}_{ground[begin + cell + 1 :]}"
    return [*lines[:-2], ground, lines[-1]]


def _ruler(ruler: Any, axis: Axis) -> None:
    ruler.lim(axis.low, axis.high).alignment(lim="edge")
    ruler.ticks([at for at, _ in axis.ticks], [label for _, label in axis.ticks])
