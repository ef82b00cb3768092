"""Canvas: a widget drawn line by line out of plain segments, with the inks of the stylesheet. Never markup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget

from tui.widgets.glyphs import ASCII, UNICODE, Glyphs, plain
from tui.widgets.themes import FAMILIES, THEMES

_INKS = {
    "text": "$ink-text", "bright": "$ink-bright", "dim": "$ink-dim", "accent": "$ink-accent", "key": "$ink-accent",
    "good": "$ink-good", "amber": "$ink-amber", "red": "$ink-red", "bold": "bold", "chosen": "on $ink-chosen",
    "selected": "bold $ink-ground on $ink-text", "badge": "bold $ink-ground on $ink-accent",
} | {f"proto--{name}": f"$proto-{name}" for name in FAMILIES}  # fmt: skip
"""Each ink in the theme's variables. Component classes would say the same, at 20 style computations per widget."""
Piece = tuple[str, str]
"""A text and the ink it is written with; "" is the widget's own colour. Several inks are joined by a space."""


_COLOURLESS = {"chosen": "reverse", "selected": "bold reverse", "badge": "bold reverse"}
"""What the inks of grounds become where there may be no colour: a terminal of one colour shows no other ground."""


def inks(variables: Mapping[str, str], *, colourless: bool = False) -> dict[str, Style]:
    """The styles of a theme's inks; those that set no background keep the widget's."""
    table = _INKS | _COLOURLESS if colourless else _INKS
    return {name: Style.parse(_filled(text, variables)) for name, text in table.items()}


def _filled(text: str, variables: Mapping[str, str]) -> str:
    return " ".join(variables[word[1:]] if word.startswith("$") else word for word in text.split())


class Canvas(Widget):
    """Draws `paint(width, height)`, once per change. The app sets glyphs and inks for all of them."""

    glyphs: ClassVar[Glyphs] = UNICODE
    inks: ClassVar[Mapping[str, Style]] = inks(THEMES[0].variables)

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._strips: list[Strip] | None = None

    def paint(self, width: int, height: int) -> Iterable[Iterable[Piece]]:
        """The lines to show, from the top; what is missing stays blank, what is too wide is cut."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Something to show has changed."""
        self._strips = None
        self.refresh()

    def notify_style_update(self) -> None:
        self._strips = None
        super().notify_style_update()

    def title(self, text: str, state: str | None = None) -> None:
        """What the border says: the name at the top left, the state at the bottom right."""
        for name, value in (("border_title", text), ("border_subtitle", state)):
            current = getattr(self, f"_{name}")
            if self.glyphs is ASCII and value is not None:
                value = plain(value)
            if value is not None and (current is None or current.plain != value):
                setattr(self, name, Content(value))

    def ink(self, name: str) -> Style:
        """The style of an ink, or of several joined by a space."""
        first, *more = name.split()
        style = self.inks[first]
        for part in more:
            style += self.inks[part]
        return style

    def strip(self, pieces: Iterable[Piece], width: int, base: Style) -> Strip:
        """One line of exactly `width` cells."""
        write = plain if self.glyphs is ASCII else str
        made = [Segment(write(text), base + self.ink(ink) if ink else base) for text, ink in pieces if text]
        return Strip(made).adjust_cell_length(width, base)

    def render_line(self, y: int) -> Strip:
        width, height = self.content_size
        if self._strips is None or len(self._strips) != height or (height and self._strips[0].cell_length != width):
            self._strips = self._paint_all(width, height)
        return self._strips[y] if y < len(self._strips) else Strip.blank(width, self.rich_style)

    def _paint_all(self, width: int, height: int) -> list[Strip]:
        base = self.rich_style
        lines = list(self.paint(width, height))[:height] if width > 0 else []
        strips = [self.strip(line, width, base) for line in lines]
        return strips + [Strip.blank(width, base)] * (height - len(strips))
