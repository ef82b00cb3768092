"""Moments: where a person wants to go, as they write it: a time of day, so many seconds on, a packet's number."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from tui.errors import UsageError

NS = 1_000_000_000
_HINT = "12:03:11, 12:03, 2026-11-21 12:03, +90 s, -5 min, 4711 (a packet), start or end"
_CLOCK = re.compile(r"(?:(\d{4})-(\d{1,2})-(\d{1,2})[ t])?(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?")
_AGO = re.compile(r"([+-])\s*(\d+(?:\.\d+)?)\s*([a-z]*)")
_UNITS = {
    "": 1.0, "ms": 0.001, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, or a packet by its sequence number."""

    time_ns: int | None = None
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Here:
    """What a time is understood from."""

    at_ns: int
    """Where one is: what `+90 s` counts from."""
    begin_ns: int
    end_ns: int


def parse(text: str, here: Here) -> Moment:
    """Raises UsageError for what is no time and no number.

    A time of day without a date is the one within the session; of several days, the last one before where one is.
    """
    words = text.strip().lower()
    if words in ("start", "begin", "first"):
        return Moment(time_ns=here.begin_ns)
    if words in ("end", "last", "now"):
        return Moment(time_ns=here.end_ns)
    if (number := words.lstrip("#").replace(",", "")).isascii() and number.isdigit():
        if int(number) < 1:
            raise UsageError("packets are numbered from 1", _HINT)
        return Moment(sequence=int(number) - 1)
    if found := _AGO.fullmatch(words):
        sign, amount, unit = found.groups()
        if unit not in _UNITS:
            raise UsageError(f"no unit {unit!r}", "ms, s, min, h or d")
        return Moment(time_ns=here.at_ns + int((-1 if sign == "-" else 1) * float(amount) * _UNITS[unit] * NS))
    if found := _CLOCK.fullmatch(words):
        return Moment(time_ns=_clock_time(found, here))
    raise UsageError(f"{text!r} is no time and no packet", _HINT)


def _clock_time(found: re.Match[str], here: Here) -> int:
    year, month, day, hour, minute, second, part = found.groups()
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        raise UsageError(f"{found.group()!r} is no time of day", _HINT)
    fraction = int(float(part or 0) * NS)
    if year:
        date = (int(year), int(month), int(day))
        try:
            time.strptime(f"{year}-{month}-{day}", "%Y-%m-%d")
        except ValueError:
            raise UsageError(f"there is no {year}-{month}-{day}", _HINT) from None
        return _epoch(date, hour, minute, second) * NS + fraction
    best = None
    for back in (0, 1, -1):  # the day one is on, the one before, the next
        near = time.localtime(here.at_ns // NS - back * 86_400)
        at = _epoch((near.tm_year, near.tm_mon, near.tm_mday), hour, minute, second) * NS + fraction
        if here.begin_ns // NS * NS <= at <= here.end_ns:
            return at
        best = at if best is None else best
    assert best is not None
    return best


def _epoch(date: tuple[int, int, int], hour: str, minute: str, second: str | None) -> int:
    return int(time.mktime((*date, int(hour), int(minute), int(second or 0), 0, 0, -1)))
