"""What would stop an attack for ten minutes: shown to be copied and run by a person; nettui runs nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from tui.core.alert.alerts import Alert
from tui.core.alert.response import MINUTES, PREPARE, Guard, Response, suggest
from tui.core.text import printable
from tui.screens.contract import SessionLike
from tui.screens.dialog import Dialog
from tui.widgets.choice import Words
from tui.widgets.ink import Piece
from tui.widgets.lines import Lines

Protect = Callable[[Guard], Guard]
"""Adds what this machine lives by: its own addresses, gateways, resolvers, who is connected by SSH."""
WAIT_S = 0.1
"""How often the worker is asked what it has learned."""


def trusted(monitor: Any) -> Guard:
    """Asked of the worker: what was learned on this link, and what a person has allowed."""
    found: Guard = monitor.trusted()
    return found


class Suggestion(Dialog[None]):
    """The command, what takes it back, and what has to be there; or why nothing is suggested."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", show=False),
        Binding("y", "copy", show=False),
    ]

    def __init__(self, alert: Alert, session: SessionLike, protect: Protect) -> None:
        super().__init__()
        self._alert = alert
        self._session = session
        self._protect = protect
        self.response: Response | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = printable(f"against {self._alert.title.lower()}: {self._alert.src}")
            yield Lines(id="options")
            yield Words((" esc goes back", "dim"), id="say")

    def on_mount(self) -> None:
        self._waiting = self.set_interval(WAIT_S, self._look)
        self._look()

    def _look(self) -> None:
        known = self._session.ask("trusted", trusted)
        if known is None:
            return
        self._waiting.stop()
        self.response = suggest(self._alert, self._protect(known))
        lines = response_lines(self.response, self.query_one(Lines).content_size.width or 80)
        self.query_one(Lines).styles.height = len(lines)
        self.query_one(Lines).put(lines)
        if self.response.command:
            self.query_one("#say", Words).say((" y copies the command   esc goes back", "dim"))

    def action_copy(self) -> None:
        if self.response and self.response.command:
            self.app.copy_to_clipboard(f"sudo {self.response.command}")
            self.query_one("#say", Words).say((" copied; nothing was run   esc goes back", "dim"))

    def action_close(self) -> None:
        self.dismiss(None)


def response_lines(response: Response, width: int) -> list[list[Piece]]:
    """In words, folded to the width."""
    if not response.command:
        return [[(" nothing is suggested:", "bright")], *folded(response.reason, width)]
    return [
        [(f" this would stop it for {MINUTES} minutes; nettui does not run it", "text")],
        *folded(f"sudo {response.command}", width, "key"),
        [(" and this takes it back", "text")],
        *folded(f"sudo {response.undo}", width, "key"),
        [(" once before, to have the table that is filled (it changes nothing by itself)", "dim")],
        *folded(PREPARE, width, "dim"),
    ]


def folded(text: str, width: int, ink: str = "text") -> list[list[Piece]]:
    """Words in lines of at most this width, indented."""
    lines, line = [], ""
    for word in printable(text).split(" "):
        if line and len(line) + 1 + len(word) > width - 4:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    return [[(f"   {part}", ink)] for part in (*lines, line)]
