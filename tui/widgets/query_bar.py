"""A line to type what is to be listed, and how much of it there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from tui.core.text import cell_width
from tui.widgets.ink import Canvas, Piece

Offer = tuple[str, int, int, str]
"""A text that may stand from one place of the filter to another, and what it means."""
HISTORY = 50
"""Filters remembered for the up key."""


class FilterInput(Input):
    """The line one types a display filter into; up and down recall earlier ones, tab completes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", "complete", show=False)]

    class Offered(Message):
        """What may stand at the cursor: the one that was put there first."""

        def __init__(self, offers: Sequence[Offer]) -> None:
            super().__init__()
            self.offers = offers

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(placeholder="filter", id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False
        self._history: list[str] = []
        self._at = 0
        self.completer: Callable[[str, int], Sequence[Offer]] | None = None
        """Tells what fits at a place of a text, the likeliest first."""
        self._turn: tuple[str, list[Offer]] = ("", [])
        """The text that the last tab left, and what it offers next."""
        self._typing = False
        """Somebody came here to type; else tab only passes by, from pane to pane."""

    def take_keys(self) -> None:
        """Type here: from now on tab completes."""
        self.screen.set_focus(self)
        self._typing = True

    def on_click(self) -> None:
        self._typing = True

    def typed(self) -> None:
        """The text has changed under the cursor."""
        self._typing = self.has_focus

    def on_blur(self) -> None:
        self._typing = False

    def remember(self, text: str) -> None:
        if text:
            self._history = [*(old for old in self._history if old != text), text][-HISTORY:]
        self._at = len(self._history)

    def recall(self, by: int) -> None:
        """An earlier (-1) or later (1) filter; past the newest is empty."""
        self._at = max(0, min(len(self._history), self._at + by))
        self.value = self._history[self._at] if self._at < len(self._history) else ""
        self.cursor_position = len(self.value)

    def action_complete(self) -> None:
        """Put the likeliest word in; the next one with each further tab. Goes on to the next pane where none fits."""
        left, offers = self._turn
        if not self._typing:
            self.screen.focus_next()
            return
        if left != self.value or not offers:
            offers = list(self.completer(self.value, self.cursor_position)) if self.completer else []
        if not offers:
            self.screen.focus_next()
            return
        text, start, end, _ = offers[0]
        before, behind = self.value[:start], self.value[end:]
        self.value = before + text + behind
        self.cursor_position = start + len(text)
        turned = [(word, start, start + len(text), about) for word, _, _, about in (*offers[1:], offers[0])]
        # a single one is done with: the next tab completes what follows it
        self._turn = (self.value, turned if len(turned) > 1 else [])
        # behind what the change of the text says, which would hide it
        self.call_after_refresh(self.post_message, self.Offered(offers))


class MatchCount(Canvas):
    """`1,002,114 match`, right of the filter."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = ""

    def say(self, text: str) -> None:
        if text != self._text:
            self._text = text
            width = cell_width(text) + 2 if text else 0
            if self.styles.width is None or self.styles.width.value != width:
                self.styles.width = width
            self.redraw()

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        # A gap on the left: the figures would run into a long filter and read as another number
        yield [(f" {self._text}", "dim")]


class Slash(Canvas):
    """The sign before the filter."""

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        yield [(" / ", "key bold")]


class QueryBar(Horizontal):
    """`/ text    12 of 340`."""

    class Applied(Message):
        """Enter was pressed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Edited(Message):
        """The text is being changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.box = FilterInput(id="filter")
        if placeholder:
            self.box.placeholder = placeholder
        self._count = MatchCount(id="matches")

    def compose(self) -> ComposeResult:
        yield Slash(id="slash")
        yield self.box
        yield self._count

    def say(self, text: str) -> None:
        """What stands at the right end."""
        self._count.say(text)

    def mark_bad(self, bad: bool) -> None:
        self.box.set_class(bad, "-bad")

    def put(self, text: str) -> None:
        """Show a text as applied."""
        with self.box.prevent(Input.Changed):
            self.box.value = text
        self.box.cursor_position = len(text)
        self.box.remember(text)
        self.mark_bad(False)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.box.typed()
        self.post_message(self.Edited(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Applied(event.value.strip()))
