"""The bar of time: where one is in a file, or in a live session's past, and the keys that go elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

from tui.widgets.glyphs import Glyphs
from tui.widgets.ink import Canvas, Piece
from tui.widgets.numbers import clock, span

NS = 1_000_000_000
_KEYS = (("P", "play"), (", .", "10 s"), ("< >", "1 min"), ("{ }", "speed"))
_LEAST_TRACK = 10


class CourseLike(Protocol):
    """What is shown: `tui.screens.travel.Course`."""

    @property
    def begin_ns(self) -> int: ...
    @property
    def end_ns(self) -> int: ...
    @property
    def at_ns(self) -> int: ...
    @property
    def read_ns(self) -> int: ...
    @property
    def speed(self) -> float: ...
    @property
    def playing(self) -> bool: ...
    @property
    def live(self) -> bool: ...
    @property
    def ended(self) -> bool: ...


class TimeBar(Canvas):
    """One line; shown only while there is a course."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._course: CourseLike | None = None
        self._written: list[Piece] = []
        self.display = False

    def show(self, course: CourseLike | None) -> None:
        """Draw it again where that shows something else."""
        self._course = course
        if self.display != (course is not None):
            self.display = course is not None
        line = bar_line(course, self.content_size.width, self.glyphs) if course else []
        if line != self._written:
            self._written = line
            self.redraw()

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        if self._course is not None:
            yield bar_line(self._course, width, self.glyphs)


def bar_line(course: CourseLike, width: int, glyphs: Glyphs) -> list[Piece]:
    """`> 10x  12:03:11  ====O-----  12:09:40   00:03:11 of 00:09:40`, and the keys where there is room."""
    sign = glyphs.play if course.playing and not course.ended else glyphs.paused
    state = "end" if course.ended else speed_text(course.speed)
    passed, whole = (course.at_ns - course.begin_ns) / NS, (course.end_ns - course.begin_ns) / NS
    end = ("now" if course.live else clock(course.end_ns)) if course.end_ns else "?"
    head: list[Piece] = [
        (f" {sign} ", "accent bold"),
        (f"{state:<5} ", "bright"),
        (f"{clock(course.at_ns)} ", "bright bold"),
    ]
    total = f"of {span(whole)}" if course.end_ns else "read so far"
    tail: list[Piece] = [(f" {end}", "dim"), (f"  {span(passed)} {total} ", "dim")]
    keys: list[Piece] = []
    for key, words in _KEYS:
        keys += [(f" {key}", "key bold"), (f" {words} ", "dim")]
    room = width - _length(head) - _length(tail)
    if room - _length(keys) < 3 * _LEAST_TRACK:
        keys = keys[:2] if room - _length(keys[:2]) >= _LEAST_TRACK else []
    return [*head, *_track(course, max(0, room - _length(keys)), glyphs), *tail, *keys]


def _track(course: CourseLike, cells: int, glyphs: Glyphs) -> list[Piece]:
    """What is behind one, where one is, what was read beyond it, and what is to come."""
    if cells < 1:
        return []
    behind, here, ahead = glyphs.track
    whole = max(course.end_ns or course.read_ns, course.begin_ns + 1) - course.begin_ns
    at = _cell(course.at_ns - course.begin_ns, whole, cells)
    read = max(at, _cell(course.read_ns - course.begin_ns, whole, cells))
    return [
        (behind * at, "accent"),
        (here, "bright bold"),
        (behind * (read - at), "dim"),
        (ahead * (cells - 1 - read), "dim"),
    ]


def _cell(part: int, whole: int, cells: int) -> int:
    return max(0, min(cells - 1, part * (cells - 1) // whole))


def speed_text(speed: float) -> str:
    """`0.5x`, `10x`, `max`."""
    return "max" if math.isinf(speed) else f"{speed:g}x"


def _length(pieces: list[Piece]) -> int:
    return sum(len(text) for text, _ in pieces)
