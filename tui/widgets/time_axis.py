"""The time axis of a chart: how long a column of dots lasts, which seconds it shows, what is written under it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.core.snapshot import Series

STEPS = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400,
)  # fmt: skip
"""Seconds that a column may last."""
LEAST_S = 120
"""Seconds shown at least, as the chart begins; a wide one shows more rather than stretching them."""
PARTIAL_S = 30
"""From this step on the column that is not complete is shown too: one would wait long for it."""
_MARKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 86_400, 172_800, 432_000)
"""Seconds between two labels."""
MINUTE, DAY = 60, 86_400


@dataclass(frozen=True, slots=True)
class Axis:
    """`columns` columns of `step` seconds each, from `begin_s` on."""

    begin_s: int
    columns: int
    step: int

    @property
    def end_s(self) -> int:
        return self.begin_s + self.columns * self.step

    def column(self, second: float) -> int:
        """The column of a second; below 0 or beyond the last where it is not shown."""
        return int((second - self.begin_s) // self.step)


def usual_step(columns: int) -> int:
    """The step of so many columns that shows LEAST_S."""
    return fitting_step(columns, LEAST_S)


def fitting_step(columns: int, span_s: float) -> int:
    """The smallest step at which a time of `span_s` fits."""
    return next((step for step in STEPS if columns * step >= span_s), STEPS[-1])


def axis(columns: int, step: int, now_s: int, end_s: int | None = None) -> Axis:
    """The axis that ends at `end_s`; None: at the last column that is complete before the second `now_s`.

    Columns begin at whole multiples of their step, so the shape moves but never shimmers.
    """
    if end_s is not None:
        end = -(-end_s // step) * step
    elif step >= PARTIAL_S:
        end = -(-now_s // step) * step
    else:
        end = now_s // step * step
    return Axis(end - columns * step, columns, step)


def highest(
    series: Series, seconds: NDArray[np.int64], peaks: NDArray[np.int64], means: NDArray[np.int64], shown: Axis
) -> NDArray[np.int64]:
    """The highest second in each column. `seconds` begin at the series' first_s.

    Folded minutes give their highest second (`peaks`); where a column is shorter than a minute, their mean.
    """
    out = np.zeros(shown.columns, np.int64)
    _raise_to(out, shown, series.first_s + np.arange(len(seconds)), seconds)
    if len(peaks) and shown.begin_s < series.first_s:
        begins = series.older_first_s + MINUTE * np.arange(len(peaks))
        if shown.step >= MINUTE:
            _raise_to(out, shown, begins, peaks)
        else:
            near = (begins > shown.begin_s - MINUTE) & (begins < shown.end_s)
            every = (begins[near][:, None] + np.arange(MINUTE)).ravel()
            values = np.repeat(means[near] // MINUTE, MINUTE)
            folded = every < series.first_s
            _raise_to(out, shown, every[folded], values[folded])
    return out


def _raise_to(out: NDArray[np.int64], shown: Axis, at: NDArray[np.int64], values: NDArray[np.int64]) -> None:
    inside = slice(*np.searchsorted(at, (shown.begin_s, shown.end_s)).tolist())
    np.maximum.at(out, (at[inside] - shown.begin_s) // shown.step, values[inside])


def ago_ticks(columns: int, step: int, end: str = "now") -> tuple[tuple[float, str], ...]:
    """`-2 min  -90 s  -60 s  -30 s  now`: every 30 seconds, or as many as fit."""
    whole = columns * step
    apart = next(s for s in (30, 60, 120, 300, 600, 1800, 3600, 7200) if whole / s <= max(2, columns / 18))
    marks = [(columns - 1 - at / step, end if at == 0 else ago(at)) for at in range(0, whole - 1, apart)]
    return tuple(reversed(marks))


def clock_ticks(shown: Axis) -> tuple[tuple[float, str], ...]:
    """The local time of day at whole numbers of it, as many as fit; from days on, the day."""
    whole = shown.columns * shown.step
    apart = next((s for s in _MARKS if whole / s <= max(2, shown.columns / 22)), _MARKS[-1])
    offset = time.localtime(shown.begin_s).tm_gmtoff
    first = -(-(shown.begin_s + offset) // apart) * apart - offset
    form = "%H:%M:%S" if apart < MINUTE else "%H:%M" if apart < DAY else "%b %d"
    room = 4 if apart < DAY else 3
    return tuple(
        ((at - shown.begin_s) / shown.step, time.strftime(form, time.localtime(at)))
        for at in range(first, shown.end_s, apart)
        if room * shown.step <= at - shown.begin_s <= whole - room * shown.step
    )


def ago(seconds: int) -> str:
    return f"-{seconds // 60} min" if seconds % 60 == 0 and seconds > 60 else f"-{seconds} s"


def duration(seconds: int) -> str:
    """`2 min`, `2:32 min`, `3 h 12 min`, `2 d 4 h`."""
    if seconds < MINUTE:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, MINUTE)
    if minutes < 60:
        return f"{minutes}:{rest:02} min" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"
