"""Numbers as people read them: always the same width in the same place, so that nothing jumps."""

from __future__ import annotations

import time

from tui.core.window import Window
from tui.widgets.time_axis import duration

EXACT_S = 3.0
"""A stretch of time that is shorter is told with decimals of a second."""
_STEPS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def scaled(value: float) -> str:
    """At most 6 cells with the unit: `12.4 k`, `812 M`, `999`."""
    for size, unit in _STEPS:
        if value >= size * 0.9995:
            return f"{_short(value / size)} {unit}"
    return f"{value:.0f}"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 99.95 else f"{value:.1f}"


def octets(value: float) -> str:
    """An amount of bytes, right-aligned in 7 cells: ` 812 MB`, `12.4 kB`, `  999 B`."""
    text = scaled(value)
    return f"{text if text[-1].isalpha() else text + ' '}B".rjust(7)


def bits_per_s(value: float) -> str:
    """A rate in bits, right-aligned in 9 cells: `96.1 Mb/s`."""
    text = scaled(value)
    return f"{text if text[-1].isalpha() else text + ' '}b/s".rjust(9)


def per_s(value: float) -> str:
    """A rate in things, right-aligned in 8 cells: `12.4 k/s`."""
    text = scaled(value)
    return f"{text if text[-1].isalpha() else text + ' '}/s".rjust(8)


def share(part: float, whole: float) -> str:
    """A percentage, right-aligned in 6 cells: ` 46.0%`; anything that is there is never called nothing."""
    percent = 100 * part / whole if whole else 0.0
    return "< 0.1%" if 0 < percent < 0.05 else f"{percent:.1f}%".rjust(6)


def span(seconds: float) -> str:
    """How long: `00:12:31`; from a day on `3d 04:12`."""
    whole = max(0, int(seconds))
    days, rest = divmod(whole, 86_400)
    hours, minutes = divmod(rest // 60, 60)
    return f"{days}d {hours:02}:{minutes:02}" if days else f"{hours:02}:{minutes:02}:{rest % 60:02}"


def clock(time_ns: int) -> str:
    """The local time of day: `12:01:22`."""
    return time.strftime("%H:%M:%S", time.localtime(time_ns // 1_000_000_000))


def moment(time_ns: int, near_ns: int, *, digits: int = 0) -> str:
    """The local time of day, with the date where that is another day than that of `near_ns`; `digits` of the second."""
    at, near = (time.localtime(ns // 1_000_000_000) for ns in (time_ns, near_ns))
    text = time.strftime("%H:%M:%S" if at[:3] == near[:3] else "%b %d %H:%M:%S", at)
    return f"{text}.{time_ns % 1_000_000_000:09}"[: len(text) + 1 + digits] if digits else text


def digits_for(seconds: float) -> int:
    """Decimals of a second with which both ends of such a stretch of time differ: none, ms, us or ns."""
    return next((digits for least, digits in ((EXACT_S, 0), (0.01, 3), (1e-5, 6)) if seconds >= least), 9)


def long(window: Window) -> str:
    """`00:01:29`, `1.204 s`."""
    return span(window.seconds) if window.seconds >= EXACT_S else f"{window.seconds:.{digits_for(window.seconds)}f} s"


def lasts(window: Window) -> str:
    """How long it is, in few cells: `26 h`, `2:31 min`, `0.000543 s`."""
    return duration(round(window.seconds)) if window.seconds >= EXACT_S else long(window)


def stretch_short(window: Window) -> str:
    """`26 h from Nov 20 12:03:11`, `0.000543 s from 12:03:11`: how long, and since when."""
    if window.whole:
        return stretch(window)
    return f"{lasts(window)} from {moment(window.start_ns, window.end_ns)}"


def stretch(window: Window) -> str:
    """`12:03:11 to 12:04:40`, `until 12:04:40`; days where they are not the same, decimals where it is short."""
    if window.whole:
        return f"until {clock(window.end_ns)}"
    start, end, digits = window.start_ns, window.end_ns, digits_for(window.seconds)
    return f"{moment(start, end, digits=digits)} to {moment(end, start, digits=digits)}"
