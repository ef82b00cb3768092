"""One line of alternatives, of which one is chosen: left and right, or the mouse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.core.text import cell_width
from tui.widgets.ink import Canvas, Piece


class Choice(Canvas, can_focus=True):
    """Alternatives side by side. Says `Changed` when another is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", show=False),
        Binding("right", "move(1)", show=False),
    ]

    class Changed(Message):
        def __init__(self, choice: Choice, at: int) -> None:
            super().__init__()
            self.choice = choice
            self.at = at

        @property
        def control(self) -> Choice:
            return self.choice

    def __init__(self, options: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.options = tuple(options)
        self.at = 0

    def action_move(self, by: int) -> None:
        self.choose((self.at + by) % len(self.options))

    def choose(self, at: int) -> None:
        if at != self.at:
            self.at = at
            self.post_message(self.Changed(self, at))
            self.redraw()

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        yield [(f" {option} ", self._ink(index)) for index, option in enumerate(self.options)]

    def _ink(self, index: int) -> str:
        if index != self.at:
            return "dim"
        return "badge" if self.has_focus else "selected"

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        end = 0
        for index, option in enumerate(self.options):
            end += cell_width(option) + 2
            if event.x < end:
                self.choose(index)
                return


class Words(Canvas):
    """Some lines of plain text in one ink each."""

    def __init__(self, *lines: Piece, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: tuple[Piece, ...] = lines

    def say(self, *lines: Piece) -> None:
        self._lines = lines
        self.redraw()

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        for line in self._lines:
            yield [line]
