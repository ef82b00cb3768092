"""Two small dialogs: choose one of a list, or type one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from tui.core.text import printable
from tui.errors import NettuiError
from tui.screens.dialog import Dialog
from tui.widgets.choice import Words
from tui.widgets.lines import Lines


class Pick(Dialog[str | None]):
    """Choose one of named lines; the name is the answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("enter", "take", show=False),
    ]

    def __init__(self, title: str, options: Sequence[tuple[str, str]], current: str = "") -> None:
        super().__init__()
        self._title = title
        self.options = tuple(options)
        self._current = current

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = self._title
            width = max((len(name) for name, _ in self.options), default=0)
            yield Lines([[(f" {printable(name):<{width}}  ", "bright"), (printable(words), "dim")]
                         for name, words in self.options], id="options")  # fmt: skip
            yield Words((" enter takes it   esc goes back", "dim"), id="say")

    def on_mount(self) -> None:
        names = [name for name, _ in self.options]
        lines = self.query_one(Lines)
        lines.styles.height = max(1, min(len(names), self.app.size.height - 8))
        lines.choose(names.index(self._current) if self._current in names else 0)

    def action_move(self, by: int) -> None:
        lines = self.query_one(Lines)
        lines.choose(lines.at + by)

    def action_take(self) -> None:
        if self.options:
            self.dismiss(self.options[self.query_one(Lines).at][0])

    def action_cancel(self) -> None:
        self.dismiss(None)


class Line(Dialog[str | None]):
    """Type one line; `check` raises what is wrong with it, which is then shown under it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", show=False)]

    def __init__(self, title: str, words: str, value: str, check: Callable[[str], object]) -> None:
        super().__init__()
        self._title = title
        self._words = words
        self._value = value
        self._check = check

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = self._title
            yield Input(self._value, id="path", compact=True, select_on_focus=False)
            yield Words((f" {self._words}", "dim"), id="say")

    def on_mount(self) -> None:
        box = self.query_one(Input)
        box.cursor_blink = False
        box.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        try:
            self._check(event.value.strip())
        except NettuiError as error:
            self.query_one("#say", Words).say(
                (f" {printable(error.message)}", "red"), (f" {printable(error.hint)}", "dim")
            )
        else:
            self.dismiss(event.value.strip())

    def action_cancel(self) -> None:
        self.dismiss(None)
