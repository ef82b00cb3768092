"""Thrift: only the words that changed are sent to the terminal, with the fewest colour codes.

Textual repaints every changed widget as whole lines with full styles, about 6 KB for a packet list. Over SSH most of
that says what the terminal already shows. `Shadow` remembers the cells on the terminal; `update` compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import cast

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

Cell = tuple[str, Style | None]
_NEVER: Cell = ("", None)
"""What a cell that was never drawn compares as; also the right half of a wide character."""
GAP = 4
"""Unchanged cells between two changes that are cheaper to draw again than to jump over."""
_ATTRIBUTES = (("bold", "1"), ("dim", "2"), ("italic", "3"), ("underline", "4"), ("reverse", "7"), ("strike", "9"))


class Shadow:
    """The cells that the terminal shows now."""

    def __init__(self) -> None:
        self._lines: list[list[Cell]] = []
        self.sent = 0
        """Bytes sent so far: the screen slows its own redraws by it."""

    def forget(self) -> None:
        """The terminal's content is unknown (resized, resumed): the next update draws everything it is given."""
        self._lines = []

    def update(self, update: CompositorUpdate, colours: ColorSystem | None) -> str:
        """The sequence that turns what is shown into what `update` says."""
        pen = _Pen(colours)
        for y, x, strips in _pieces(update):
            self._line(pen, y, x, _cells(strips))
        pen.put_down()
        text = "".join(pen.out)
        self.sent += len(text.encode())
        return text

    def _line(self, pen: _Pen, y: int, x: int, new: list[Cell]) -> None:
        while len(self._lines) <= y:
            self._lines.append([])
        line = self._lines[y]
        end = x + len(new)
        if len(line) < end:
            line.extend([_NEVER] * (end - len(line)))
        old = line[x:end]
        if old == new:
            return
        line[x:end] = new
        for start, stop in _runs(old, new):
            pen.draw(x + start, y, new[start:stop])


class Thrifty(CompositorUpdate):
    """An update of Textual's compositor that is written through a Shadow."""

    def __init__(self, update: CompositorUpdate, shadow: Shadow) -> None:
        self._update = update
        self._shadow = shadow

    def render_segments(self, console: Console) -> str:
        return self._shadow.update(self._update, console._color_system)


def thrifty(update: RenderableType | None, shadow: Shadow) -> RenderableType | None:
    """The update, compared with what is shown where it is of the two kinds whose cells can be compared."""
    if not isinstance(update, LayoutUpdate | ChopsUpdate):
        return update
    return cast(RenderableType, Thrifty(update, shadow))


def _pieces(update: CompositorUpdate) -> Iterator[tuple[int, int, Iterable[Strip]]]:
    """(line, first column, strips that follow each other) of everything an update draws."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            yield y, update.region.x, line
    elif isinstance(update, ChopsUpdate):
        for y, x1, x2 in update.spans:
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is not None and x <= x2 and end > x1:
                    whole = x1 <= x < x2 and end <= x2
                    yield y, x, [strip if whole else strip.crop(0, min(end, x2) - x)]


def _cells(strips: Iterable[Strip]) -> list[Cell]:
    cells: list[Cell] = []
    for strip in strips:
        for text, style, control in strip:
            if control:
                continue
            if text.isascii():
                cells.extend([(character, style) for character in text])
            else:
                _wide_cells(cells, text, style)
    return cells


def _wide_cells(cells: list[Cell], text: str, style: Style | None) -> None:
    for character in text:
        width = get_character_cell_size(character)
        if width:
            cells.append((character, style))
            cells.extend([_NEVER] * (width - 1))
        elif cells:
            before, its_style = cells[-1]
            cells[-1] = (before + character, its_style)


def _runs(old: list[Cell], new: list[Cell]) -> Iterator[tuple[int, int]]:
    """The stretches to draw: whole words that differ, joined where a jump would cost more than the text between."""
    start = stop = -1
    x, n = 0, len(new)
    while x < n:
        if new[x] == old[x]:
            x += 1
            continue
        first, last = _word(old, new, x)
        if start >= 0 and first - stop <= GAP:
            stop = last
        else:
            if start >= 0:
                yield start, stop
            start, stop = first, last
        x = last
    if start >= 0:
        yield start, stop


def _word(old: list[Cell], new: list[Cell], x: int) -> tuple[int, int]:
    """The word around a changed cell: half a number in the stream helps nobody who reads or searches it."""
    first = x
    while first > 0 and new[first - 1][0] != " " and new[first][0] != " " and new[first - 1][1] is new[x][1]:
        first -= 1
    last = x + 1
    if new[x][0] != " ":
        while last < len(new) and new[last][0] != " " and new[last][1] is new[x][1]:
            last += 1
    while last < len(new) and (new[last][0] == "" or (new[last] != old[last] and new[last][1] is new[x][1])):
        last += 1
    while first > 0 and new[first][0] == "":
        first -= 1
    return first, last


class _Pen:
    """Where the terminal's cursor is and which colours are on, so that only differences are written."""

    def __init__(self, colours: ColorSystem | None) -> None:
        self.out: list[str] = []
        self._colours = colours
        self._x = self._y = -1
        self._on: tuple[str, str, str] = ("", "", "")

    def draw(self, x: int, y: int, cells: list[Cell]) -> None:
        if y != self._y or x != self._x:
            near = y == self._y and x > self._x
            self.out.append(f"\x1b[{x - self._x}C" if near else f"\x1b[{y + 1};{x + 1}H")
        before: Style | None = None
        started = False
        for text, style in cells:
            if text and (not started or style is not before):
                self._switch(style)
                before, started = style, True
            self.out.append(text)
        self._x, self._y = x + len(cells), y

    def put_down(self) -> None:
        """Leave the terminal with no colour on."""
        if self._on != ("", "", ""):
            self.out.append("\x1b[0m")

    def _switch(self, style: Style | None) -> None:
        want = _codes(style, self._colours)
        if want == self._on:
            return
        attributes, fore, back = want
        parts = []
        if attributes != self._on[0] or (self._on[1] and not fore) or (self._on[2] and not back):
            parts = ["0", *(part for part in want if part)]
        else:
            parts = [part for part, on in zip((fore, back), self._on[1:], strict=True) if part != on]
        self.out.append(f"\x1b[{';'.join(parts)}m")
        self._on = want


@lru_cache(maxsize=4096)
def _codes(style: Style | None, colours: ColorSystem | None) -> tuple[str, str, str]:
    """(attributes, foreground, background) as SGR parameters."""
    if style is None or colours is None:
        return "", "", ""
    attributes = ";".join(code for name, code in _ATTRIBUTES if getattr(style, name))
    fore = back = ""
    if style.color is not None:
        fore = ";".join(style.color.downgrade(colours).get_ansi_codes(foreground=True))
    if style.bgcolor is not None:
        back = ";".join(style.bgcolor.downgrade(colours).get_ansi_codes(foreground=False))
    return attributes, fore, back
