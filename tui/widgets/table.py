"""A list of things with columns: draws the lines in sight and no others, and keeps the chosen one under the eye."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Protocol

from textual import events
from textual.message import Message

from tui.core.text import printable
from tui.widgets.ink import Canvas, Piece


class TableSource(Protocol):
    """What a table lists, in order."""

    def __len__(self) -> int: ...

    def header(self, width: int) -> list[Piece]:
        """The names of the columns."""
        ...

    def lines(self, start: int, stop: int, width: int) -> Sequence[list[Piece]]:
        """The lines from place start to stop."""
        ...

    def identity(self, place: int) -> Hashable:
        """What the thing at a place is known by, wherever it moves."""
        ...

    def place(self, identity: Hashable) -> int:
        """Where a thing is now; -1 when it is gone."""
        ...


class Table(Canvas, can_focus=True):
    """Nothing is chosen at first; then the list is for its owner to reorder as it likes."""

    class Opened(Message):
        """The person wants to look into the chosen line."""

        def __init__(self, table: Table) -> None:
            super().__init__()
            self.table = table

    class Moved(Message):
        """Another line is chosen, or none."""

        def __init__(self, table: Table) -> None:
            super().__init__()
            self.table = table

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._source: TableSource | None = None
        self._top = 0
        self.chosen: Hashable | None = None
        """The identity of the chosen line."""
        self.empty_text = ""

    def show(self, source: TableSource) -> None:
        """The lines have changed; the chosen one stays on the line of the screen where it was."""
        before = self.at - self._top
        self._source = source
        if self.chosen is not None:
            at = source.place(self.chosen)
            self._top = at - before if at >= 0 else self._top
        self._clamp()
        self.redraw()

    @property
    def at(self) -> int:
        """The place of the chosen line; -1 when none is chosen, or it is gone."""
        if self._source is None or self.chosen is None:
            return -1
        return self._source.place(self.chosen)

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        source = self._source
        if source is not None:
            yield source.header(width)
        if source is None or not len(source):
            yield [(f" {printable(self.empty_text)}", "dim")]
            return
        self._clamp()
        at = self.at
        for place, line in enumerate(source.lines(self._top, self._top + height - 1, width), self._top):
            if place == at:
                yield [(text, f"{ink} chosen bold".strip()) for text, ink in [*line, (" " * width, "")]]
            else:
                yield line

    # where one is

    @property
    def rows_in_sight(self) -> int:
        return max(1, self.content_size.height - 1)

    def _clamp(self) -> None:
        count = len(self._source) if self._source else 0
        self._top = max(0, min(self._top, count - self.rows_in_sight))

    def choose(self, place: int) -> None:
        """Choose a line by its place, and bring it into sight."""
        if self._source is None or not len(self._source):
            return
        place = max(0, min(place, len(self._source) - 1))
        self.chosen = self._source.identity(place)
        self._top = max(place - self.rows_in_sight + 1, min(self._top, place))
        self.post_message(self.Moved(self))
        self.redraw()

    def let_go(self) -> None:
        """Choose nothing, and go to the top."""
        self.chosen, self._top = None, 0
        self.post_message(self.Moved(self))
        self.redraw()

    def move(self, by: int) -> None:
        """So many lines down; the first step chooses the first line in sight."""
        at = self.at
        self.choose(self._top + (by if abs(by) > 1 else 0) if at < 0 else at + by)

    def page(self, by: int) -> None:
        self.move(by * max(2, self.rows_in_sight - 1))

    def choose_end(self, last: bool) -> None:
        self.choose(len(self._source) - 1 if last and self._source else 0)

    def open(self) -> None:
        """Look into the chosen line; where none is, into the first in sight."""
        if self.at < 0:
            self.move(0)
        if self.at >= 0:
            self.post_message(self.Opened(self))

    def line(self) -> str:
        """The chosen line as text."""
        at = self.at
        if self._source is None or at < 0:
            return ""
        width = max(100, self.content_size.width)
        return "".join(text for text, _ in self._source.lines(at, at + 1, width)[0]).strip()

    # the mouse

    def on_click(self, event: events.Click) -> None:
        place = self._top + event.y - 2
        if self._source is not None and self._top <= place < len(self._source):
            self.choose(place)
            if event.chain == 2:
                self.open()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll(3)

    def _scroll(self, by: int) -> None:
        self._top += by
        self._clamp()
        self.redraw()
