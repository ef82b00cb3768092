"""A line to type what is to be listed, and how much of it there is."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from tui.widgets.filter_bar import FilterInput, MatchCount, Slash


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

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.box = FilterInput(id="filter")
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
        self.post_message(self.Edited(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Applied(event.value.strip()))
