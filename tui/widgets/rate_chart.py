"""The chart of packets/s or bytes/s: which seconds, which scale, which labels; chart.py draws it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from tui.core.snapshot import Series
from tui.widgets import chart
from tui.widgets.ink import Canvas, Piece
from tui.widgets.numbers import scaled

WINDOW_S = 120
"""Seconds shown at least; a wide chart shows more rather than stretching them."""
_LABEL = 7
"""Cells of the labels left of the chart."""
_STEPS = (1, 2, 5, 10, 15, 30, 60)


class Quantity(Enum):
    PACKETS = "packets/s"
    BYTES = "bytes/s"


class RateChart(Canvas):
    """Drawn again only when a second that it shows is complete."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.quantity = Quantity.PACKETS
        self._series: Series | None = None
        self._now_s = 0
        self._top = 0.0
        self._drawn: tuple[object, ...] = ()

    def show(self, series: Series, now_s: int) -> None:
        """The series so far; the second `now_s` is not complete and is not drawn."""
        self._series, self._now_s = series, now_s
        fresh = (now_s, chart.is_loaded(), self.quantity, len(series.packets))
        if fresh != self._drawn:
            self._drawn = fresh
            self.redraw()

    def measure(self, quantity: Quantity) -> None:
        self.quantity, self._top = quantity, 0.0
        self.on_resize()
        self.redraw()

    def on_resize(self) -> None:
        """The width decides how long a time is shown."""
        columns, step = resolution(self.content_size.width)
        self.title(self.quantity.value, duration(columns * step))

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        columns, step = resolution(width)
        if self._series is None:
            return
        values = recent(self._values(self._series), self._series.first_s, self._now_s, columns, step)
        self._top = steady_top(float(values.max()), self._top)
        x = chart.Axis(0, columns - 1, time_ticks(columns, step))
        lines = chart.area(values.tolist(), x, rate_axis(self._top, height), width, height, self.glyphs.marker)
        for line in lines[:-1]:
            yield [(line[: _LABEL - 1], "dim"), (line[_LABEL - 1 :], "accent")]
        for line in lines[-1:]:
            yield [(line, "dim")]

    def _values(self, series: Series) -> NDArray[np.int64]:
        return series.packets if self.quantity is Quantity.PACKETS else series.bytes


def resolution(width: int) -> tuple[int, int]:
    """(columns of dots, seconds of each) in so many cells: at least WINDOW_S in all."""
    columns = max(1, (width - _LABEL) * 2)
    return columns, next((s for s in _STEPS if columns * s >= WINDOW_S), _STEPS[-1])


def recent(values: NDArray[np.int64], first_s: int, now_s: int, columns: int, step: int) -> NDArray[np.int64]:
    """The highest second of each `step` seconds, for the last `columns` steps before `now_s`.

    Steps begin at whole multiples of themselves, so the shape moves but never shimmers.
    """
    end = now_s // step * step if step > 1 else now_s
    begin = end - columns * step
    out = np.zeros(columns * step, np.int64)
    low, high = max(begin, first_s), min(end, first_s + len(values))
    if low < high:
        out[low - begin : high - begin] = values[low - first_s : high - first_s]
    highest: NDArray[np.int64] = out.reshape(columns, step).max(axis=1)
    return highest


def nice(value: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    if value <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * n for n in (1, 2, 5, 10) if power * n >= value * 0.999)


def steady_top(highest: float, before: float) -> float:
    """The top of the scale: three even steps above the data; kept while the data still fills a third of it."""
    if before and before / 3 <= highest <= before:
        return before
    return nice(max(highest, 3) / 3) * 3


def rate_axis(top: float, height: int) -> chart.Axis:
    """Labels at thirds where there is room, else at the ends."""
    parts = 3 if height >= 7 else 1
    ticks = tuple((top * i / parts, f"{axis_label(top * i / parts):>{_LABEL - 1}} ") for i in range(parts + 1))
    return chart.Axis(0, top, ticks)


def axis_label(value: float) -> str:
    """A round number without its empty decimals: `15 k`, `2.5 M`."""
    return scaled(value).replace(".0", "")


def time_ticks(columns: int, step: int) -> tuple[tuple[float, str], ...]:
    """`-2 min  -90  -60  -30  now`: every 30 seconds, or as many as fit."""
    whole = columns * step
    apart = next(s for s in (30, 60, 120, 300, 600, 1800, 3600, 7200) if whole / s <= max(2, columns / 18))
    marks = [(columns - 1 - at / step, "now" if at == 0 else ago(at)) for at in range(0, whole - 1, apart)]
    return tuple(reversed(marks))


def ago(seconds: int) -> str:
    return f"-{seconds // 60} min" if seconds % 60 == 0 and seconds > 60 else f"-{seconds}"


def duration(seconds: int) -> str:
    """`2 min`, `2:32 min`."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}:{rest:02} min" if rest else f"{minutes} min"
