"""The chart of packets/s or bytes/s: the last minutes or the whole session, a cursor, and the window that is set."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from enum import Enum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from textual import events
from textual.message import Message

from tui.core.snapshot import Series
from tui.core.window import Window
from tui.widgets import chart
from tui.widgets.ink import Canvas, Piece
from tui.widgets.numbers import clock, scaled, stretch
from tui.widgets.time_axis import STEPS, Axis, ago_ticks, axis, clock_ticks, duration, fitting_step, highest, usual_step

LABEL = 7
"""Cells of the labels left of the chart."""
NS = 1_000_000_000
_AGO_S = 600
"""A chart that ends now and shows no more than this is labelled by how long ago it was."""


class Quantity(Enum):
    """What the chart counts."""

    PACKETS = "packets/s"
    BYTES = "bytes/s"


class RateChart(Canvas, can_focus=True):
    """Drawn again only when something that it shows has changed."""

    class Chosen(Message):
        """The person wants to see what there was at the cursor."""

        def __init__(self, time_ns: int) -> None:
            super().__init__()
            self.time_ns = time_ns

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.quantity = Quantity.PACKETS
        self.step: int | None = None
        """Seconds of a column; None: as many as show the last minutes."""
        self.is_whole = False
        """The step is what the whole session needs, however long it gets."""
        self.end_s: int | None = None
        """Where the chart ends; None: now."""
        self.cursor_s: int | None = None
        self.window: Window | None = None
        self._series: Series | None = None
        self._now_s = 0
        self._is_over = False
        self._top = 0.0
        self._drawn: tuple[object, ...] = ()

    # what is shown

    def show(self, series: Series, now_s: int, *, over: bool = False) -> None:
        """The series so far; the second `now_s` is not complete. `over`: nothing more comes to complete a column."""
        self._series, self._now_s, self._is_over = series, now_s, over
        shown = self.axis(self.content_size.width)
        newest = int(series.packets[-1]) if shown.step >= 30 and len(series.packets) else 0
        fresh = (shown, chart.is_loaded(), self.quantity, len(series.packets) if not newest else 0, newest)
        if fresh != self._drawn:
            self._drawn = fresh
            self.redraw()
        self._say_state()

    def measure(self, quantity: Quantity) -> None:
        self.quantity, self._top = quantity, 0.0
        self._changed()

    def mark(self, window: Window | None) -> None:
        """Show which window is set."""
        self.window = window
        self._changed()

    def point(self, time_ns: int | None) -> None:
        """Put the cursor on a time, or take it away; a time out of sight is brought into it."""
        self.cursor_s = None if time_ns is None else time_ns // NS
        if self.cursor_s is not None:
            self._bring_in()
        else:
            self.end_s = None
        self._changed()

    def axis(self, width: int) -> Axis:
        columns = columns_in(width)
        end_s = self._now_s if self._is_over and self.end_s is None else self.end_s
        return axis(columns, self._step(columns), self._now_s, end_s)

    def _step(self, columns: int) -> int:
        if self.is_whole:
            return max(self._whole_step(columns), usual_step(columns))
        return self.step or usual_step(columns)

    def _changed(self) -> None:
        self._say_state()
        self.redraw()

    def on_resize(self) -> None:
        """The width decides how long a time is shown."""
        self._say_state()

    def on_focus(self) -> None:
        self._changed()

    def on_blur(self) -> None:
        self._changed()

    def _say_state(self) -> None:
        shown = self.axis(self.content_size.width)
        parts = []
        if self.window is not None:
            parts.append(stretch(self.window))
        if self.cursor_s is not None and (self.has_focus or self.window is None):
            parts.append(f"{clock(self.cursor_s * NS)}  {scaled(self._at_cursor(shown))}/s")
        if not parts:
            parts.append("whole session" if self.is_whole else duration(shown.columns * shown.step))
            if shown.step > 60:
                parts.append(f"peaks of {duration(shown.step)}")
        text = "   ".join(parts)
        self.title(self.quantity.value, text if len(text) <= self.content_size.width - 4 else parts[-1])

    def _at_cursor(self, shown: Axis) -> int:
        column = shown.column(self.cursor_s or 0)
        return int(self._values(shown)[column]) if self._series and 0 <= column < shown.columns else 0

    # keys

    def move(self, by: int) -> None:
        """Move the cursor so many columns; it begins at the newest second."""
        if self._series is None:
            return
        step = self.axis(self.content_size.width).step
        if self.cursor_s is None:
            self.cursor_s = self._now_s - step
            by = min(by, 0) + (by < 0)
        second = (self.cursor_s // step + by) * step
        low = self._series.begin_s // step * step
        self.cursor_s = max(low, min(second, (self._now_s - 1) // step * step))
        self._bring_in()
        self._changed()

    def page(self, by: int) -> None:
        """A quarter of the chart further."""
        self.move(by * max(1, columns_in(self.content_size.width) // 4))

    def zoom(self, by: int) -> None:
        """A finer (1) or a coarser (-1) step, around the cursor; never coarser than the whole session needs."""
        columns = columns_in(self.content_size.width)
        here = STEPS.index(self._step(columns))
        coarsest = max(STEPS.index(self._whole_step(columns)), STEPS.index(usual_step(columns)))
        self.step, self.is_whole = STEPS[max(0, min(here - by, coarsest))], False
        if self.cursor_s is not None or self.end_s is not None:
            middle = self.cursor_s if self.cursor_s is not None else self.end_s or 0
            self._end_at(middle + columns * self.step // 2)
        self._changed()

    def whole(self) -> bool:
        """The whole session, or the last minutes again; whether it is the whole now."""
        self.is_whole = not self.is_whole or self.end_s is not None
        self.step = self.end_s = None
        self._changed()
        return self.is_whole

    def at(self) -> tuple[int, int] | None:
        """From and to (ns, not included) of the column under the cursor."""
        if self.cursor_s is None:
            return None
        step = self.axis(self.content_size.width).step
        begin = self.cursor_s // step * step
        return begin * NS, (begin + step) * NS

    def choose(self) -> None:
        found = self.at()
        if found is not None:
            self.post_message(self.Chosen(found[0]))

    def on_click(self, event: events.Click) -> None:
        cell = event.x - 1 - LABEL
        shown = self.axis(self.content_size.width)
        if self._series is not None and 0 <= cell < shown.columns // 2:
            self.cursor_s = min(shown.begin_s + cell * 2 * shown.step, self._now_s - 1)
            self._changed()

    def _whole_step(self, columns: int) -> int:
        begin = self._series.begin_s if self._series else self._now_s
        return fitting_step(columns, self._now_s - begin + 1)

    def _bring_in(self) -> None:
        """Scroll so that the cursor is in sight; at the end the chart goes along with the time again."""
        assert self.cursor_s is not None
        shown = self.axis(self.content_size.width)
        if not shown.begin_s <= self.cursor_s < shown.end_s:
            self._end_at(self.cursor_s + (shown.columns // 2) * shown.step)

    def _end_at(self, second: int) -> None:
        self.end_s = None if second >= self._now_s else second

    # drawing

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        if self._series is None:
            return
        shown = self.axis(width)
        values = self._values(shown)
        self._top = steady_top(float(values.max()), self._top)
        recent = self.end_s is None and shown.columns * shown.step <= _AGO_S
        ticks = (
            ago_ticks(shown.columns, shown.step, "end" if self._is_over else "now") if recent else clock_ticks(shown)
        )
        x = chart.Axis(0, shown.columns - 1, ticks)
        lines = chart.area(values.tolist(), x, rate_axis(self._top, height), width, height, self.glyphs.marker)
        cells = max(0, width - LABEL)
        for line in lines[:-1]:
            yield [(line[: LABEL - 1], "dim"), (line[LABEL - 1 : LABEL], ""), *self._lit(line[LABEL:], shown)]
        for line in lines[-1:]:
            yield [(line[:LABEL] + self._signs(line[LABEL:].ljust(cells), shown), "dim")]

    def _values(self, shown: Axis) -> NDArray[np.int64]:
        series = self._series
        assert series
        if self.quantity is Quantity.PACKETS:
            return highest(series, series.packets, series.older_peak_packets, series.older_packets, shown)
        return highest(series, series.bytes, series.older_peak_bytes, series.older_bytes, shown)

    def _lit(self, cells: str, shown: Axis) -> Iterator[Piece]:
        """The cells of one line: those outside the window dim, the cursor's own bright."""
        low, high = self._window_cells(shown, len(cells))
        cursor = shown.column(self.cursor_s) // 2 if self.cursor_s is not None else -1
        edges = sorted({0, low, high, len(cells), *((cursor, cursor + 1) if 0 <= cursor < len(cells) else ())})
        for a, b in pairwise(edges):
            ink = "accent" if low <= a < high else "dim"
            yield cells[a:b], f"{ink} chosen" if a == cursor else ink

    def _window_cells(self, shown: Axis, n: int) -> tuple[int, int]:
        if self.window is None:
            return 0, n
        low = shown.column(self.window.start_ns / NS) // 2
        high = shown.column((self.window.end_ns - 1) / NS) // 2 + 1
        return max(0, min(low, n)), max(0, min(high, n))

    def _signs(self, line: str, shown: Axis) -> str:
        """Under the chart: where the window begins and ends, and where the cursor is; readable without colour."""
        low, high = self._window_cells(shown, len(line))
        places = [(low, "["), (high - 1, "]")] if self.window is not None and low < high else []
        if self.cursor_s is not None:
            cursor = (shown.column(self.cursor_s) // 2, self.glyphs.cursor)
            places = [*places, cursor] if self.has_focus else [cursor, *places]
        places = [(at, sign) for at, sign in places if 0 <= at < len(line)]
        signs = list(_without_words(line, [at for at, _ in places]))
        for at, sign in places:
            signs[at] = sign
        return "".join(signs)


def _without_words(line: str, places: list[int]) -> str:
    """The line without the words that stand at some places: half a label says nothing."""

    def kept(word: re.Match[str]) -> str:
        hit = any(word.start() <= at < word.end() for at in places)
        return " " * len(word[0]) if hit else word[0]

    return re.sub(r"\S+(?: \S+)*", kept, line)  # `-60 s` is one


def columns_in(width: int) -> int:
    """Columns of dots in so many cells."""
    return max(1, (width - LABEL) * 2)


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
    ticks = tuple((top * i / parts, f"{axis_label(top * i / parts):>{LABEL - 1}} ") for i in range(parts + 1))
    return chart.Axis(0, top, ticks)


def axis_label(value: float) -> str:
    """A round number without its empty decimals: `15 k`, `2.5 M`."""
    return scaled(value).replace(".0", "")
