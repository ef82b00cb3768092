"""Page: what all screens but the live one share: status above, keys below, one look at the session a second."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from tui.screens.contract import SessionLike
from tui.screens.keys import Key, footer
from tui.widgets.facts import Facts
from tui.widgets.key_bar import KeyBar
from tui.widgets.query_bar import QueryBar
from tui.widgets.status_bar import StatusBar
from tui.widgets.table import Table

REFRESH_S = 1.0
"""How often a page looks at the session; the worker answers no faster."""


class Page(Screen[None]):
    """One screen of many; `place` is its name in the table of keys."""

    place: ClassVar[str]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - as Textual declares it

    def __init__(self, session: SessionLike, offered: Sequence[Key]) -> None:
        super().__init__(classes="page")
        self.session = session
        self._offered = offered
        self._told_at = float("-inf")
        self.status_bar = StatusBar(id="status")
        self.key_bar = KeyBar(id="keys")

    def compose(self) -> ComposeResult:
        yield self.status_bar
        yield from self.body()
        yield self.key_bar

    def body(self) -> ComposeResult:
        """What stands between status and keys."""
        raise NotImplementedError

    def refresh_body(self) -> None:
        """Look at the session, and draw what has changed."""

    def main(self) -> Widget:
        """What has the keyboard unless one types."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self.key_bar.show(footer(self._offered))
        self.set_focus(self.main())
        self.tick()

    def tick(self) -> None:
        """Called by the app's timer while this page is on top."""
        now = monotonic()
        if now - self._told_at >= REFRESH_S:
            self._told_at = now
            self.status_bar.show(self.session.snapshot())
            self.refresh_body()

    def tick_soon(self) -> None:
        """The next tick looks at the session, however short ago the last look was."""
        self._told_at = float("-inf")

    def say(self, text: str, *, bad: bool = False) -> None:
        """A message in place of the keys, until the next key."""
        self.key_bar.say(text, bad=bad)

    def tell(self, told: str | None) -> None:
        """What a dialog says at its end, where it says anything."""
        if told:
            self.say(told)

    def on_key(self) -> None:
        if not isinstance(self.focused, Input):
            self.say("")

    def on_key_bar_pressed(self, event: KeyBar.Pressed) -> None:
        self.call_later(self.run_action, event.action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where one types, `/` is a character."""
        return not (action == "filter" and isinstance(self.focused, Input))

    def action_back(self) -> None:
        """One step back; from the page itself, to the screen under it."""
        if self.focused is not self.main():
            self.set_focus(self.main())
        elif self.is_current:  # the second of two quick keys may come after the page has gone
            self.app.pop_screen()


class TablePage(Page):
    """A page that is a table, and what is known of its chosen line below it."""

    def __init__(self, session: SessionLike, offered: Sequence[Key]) -> None:
        super().__init__(session, offered)
        self.table = Table(id="table")
        self.facts = Facts(id="facts")
        self._opened_at = monotonic()

    def tick(self) -> None:
        """At once and again in the first second: what is asked first answers as it stood when one looked last."""
        if monotonic() - self._opened_at < REFRESH_S:
            self.tick_soon()
        super().tick()

    def body(self) -> ComposeResult:
        yield self.table
        yield self.facts

    def main(self) -> Table:
        return self.table

    def copied(self) -> str:
        """What the clipboard gets of the chosen line."""
        return self.table.line()

    def action_copy(self) -> None:
        if text := self.copied():
            self.app.copy_to_clipboard(text)
            self.say(f"copied: {text}")

    def action_open(self) -> None:
        self.table.open()

    def action_move(self, by: int) -> None:
        self.table.move(by)

    def action_page(self, by: int) -> None:
        self.table.page(by)

    def action_first(self) -> None:
        self.table.choose_end(False)

    def action_last(self) -> None:
        self.table.choose_end(True)


class SearchedPage(TablePage):
    """A table with a line to type in above it; arrows move in the one, and recall in the other."""

    def __init__(self, session: SessionLike, offered: Sequence[Key], asks_for: str) -> None:
        super().__init__(session, offered)
        self.bar = QueryBar(asks_for, id="bar")

    def body(self) -> ComposeResult:
        yield self.bar
        yield from super().body()

    def action_filter(self) -> None:
        self.bar.box.take_keys()

    def action_move(self, by: int) -> None:
        if isinstance(self.focused, Input):
            self.bar.box.recall(by)
        else:
            super().action_move(by)
