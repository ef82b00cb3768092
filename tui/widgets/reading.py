"""A pane to read lines in: scrolled by lines and pages, one of them picked out where a search led to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from textual import events
from textual.message import Message

from tui.widgets.ink import Canvas, Piece


class Readable(Protocol):
    """What is read."""

    def __len__(self) -> int: ...

    def fold(self, width: int) -> None:
        """Lines for so many cells."""
        ...

    def pieces(self, start: int, stop: int) -> Sequence[list[Piece]]: ...


class Reading(Canvas, can_focus=True):
    """Draws the lines in sight. Says `NearEnd` when less than a page is left."""

    class NearEnd(Message):
        """More will soon be wanted."""

    def __init__(self, text: Readable, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.text = text
        self.top = 0
        self.hit = -1
        """The line that a search led to."""
        self.empty_text = ""

    @property
    def page_size(self) -> int:
        return max(1, self.content_size.height)

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        self.text.fold(width)
        if not len(self.text):
            yield [(f" {self.empty_text}", "dim")]
        self.top = max(0, min(self.top, len(self.text) - height))
        for at, line in enumerate(self.text.pieces(self.top, self.top + height), self.top):
            if at == self.hit:
                yield [(piece, f"{ink} chosen".strip()) for piece, ink in [*line, (" " * width, "")]]
            else:
                yield line

    def scroll(self, by: int) -> None:
        """So many lines down."""
        self.go(self.top + by)

    def go(self, line: int) -> None:
        """Have this line at the top, as far as there are lines to fill the pane."""
        last = max(0, len(self.text) - self.page_size)
        self.top = max(0, min(last, line))
        if self.top >= last - self.page_size:
            self.post_message(self.NearEnd())
        self.redraw()

    def show_hit(self, line: int) -> None:
        """Pick out a line and bring it into sight."""
        self.hit = line
        if not self.top <= line < self.top + self.page_size:
            self.go(line - self.page_size // 3)
        self.redraw()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.scroll(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self.scroll(3)
