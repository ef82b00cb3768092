"""Filter by this: which of the things a person points at, and how it joins the filter that is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from tui.core.text import printable
from tui.filters import build
from tui.filters.build import Joining
from tui.screens.conditions import Condition
from tui.screens.dialog import Dialog
from tui.widgets.choice import Choice, Words
from tui.widgets.lines import Lines

WAYS: tuple[tuple[str, str, Joining], ...] = (
    ("equals_sign", "= only", Joining.REPLACE),
    ("exclamation_mark", "! not", Joining.NOT),
    ("ampersand", "& and", Joining.AND),
    ("minus", "- and not", Joining.AND_NOT),
    ("vertical_line", "| or", Joining.OR),
    ("tilde", "~ or not", Joining.OR_NOT),
)
"""Key, words and meaning of each way to join, as Wireshark's "apply as filter" has them."""


class FilterBy(Dialog[tuple[str, str] | None]):
    """Answers with the whole new filter and the words of what was chosen, which is offered first the next time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("left", "join(-1)", show=False),
        Binding("right,tab", "join(1)", show=False),
        Binding("enter", "take", show=False),
        *(Binding(key, f"take_as({at})", show=False) for at, (key, _, __) in enumerate(WAYS)),
    ]

    def __init__(self, conditions: Sequence[Condition], current: str = "", first: str = "") -> None:
        """`current`: the filter that is there; `first`: the words of the condition to begin with."""
        super().__init__()
        self._conditions = tuple(conditions)
        self._current = current.strip()
        self._first = first

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "filter by"
            width = max(len(found.words) for found in self._conditions)
            yield Lines([[(f" {found.words:<{width}}  ", "dim"), (printable(found.text), "bright")]
                         for found in self._conditions], id="options")  # fmt: skip
            yield Choice([words for _, words, _ in self._ways], id="how")
            yield Words(id="say")

    @property
    def _ways(self) -> Sequence[tuple[str, str, Joining]]:
        """Without a filter there is nothing to join to."""
        return WAYS if self._current else WAYS[:2]

    def on_mount(self) -> None:
        lines = self.query_one(Lines)
        lines.styles.height = max(1, min(len(self._conditions), self.app.size.height - 8))
        words = [found.words for found in self._conditions]
        lines.choose(words.index(self._first) if self._first in words else 0)
        self._show()

    def _show(self) -> None:
        """The filter that enter would apply."""
        self.query_one(Words).say((f" {printable(self._joined())}", "text"),
                                  (" enter, or a sign, applies it   esc goes back", "dim"))  # fmt: skip

    def _joined(self) -> str:
        chosen = self._conditions[self.query_one(Lines).at]
        return build.join(self._current, chosen.text, self._ways[self.query_one(Choice).at][2])

    def on_choice_changed(self) -> None:
        self._show()

    def action_move(self, by: int) -> None:
        lines = self.query_one(Lines)
        lines.choose(lines.at + by)
        self._show()

    def action_join(self, by: int) -> None:
        self.query_one(Choice).action_move(by)

    def action_take_as(self, at: int) -> None:
        """Apply at once in one of the ways."""
        if at < len(self._ways):
            self.query_one(Choice).choose(at)
            self.action_take()

    def action_take(self) -> None:
        self.dismiss((self._joined(), self._conditions[self.query_one(Lines).at].words))

    def action_cancel(self) -> None:
        self.dismiss(None)
