"""Pointing: what is chosen in the pane that has the focus, asked about, and applied as a filter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from textual.screen import Screen

from tui.screens.conditions import Condition, of_alert, of_packet
from tui.screens.panes import Panes
from tui.store.rows import Rows
from tui.widgets.alert_log import AlertLog
from tui.widgets.counters import Counters
from tui.widgets.detail import DetailTree, HexView


class Pointing:
    """Asks how to filter by what was pointed at. Remembers which cell it was, and offers that one first."""

    def __init__(self, screen: Screen[None], say: Callable[[str], None], apply: Callable[[str], object]) -> None:
        self._screen = screen
        self._say = say
        self._apply = apply
        self._last = ""

    def ask(self, conditions: Sequence[Condition], current: str) -> None:
        """Show the choice; `current` is the filter that is there."""
        from tui.screens.filterby import FilterBy  # late: a screen without a filter starts without the language

        if conditions:
            self._screen.app.push_screen(FilterBy(conditions, current, self._last), self._chosen)
        else:
            self._say("there is no filter for this: choose a packet, a field, a line or an alert")

    def _chosen(self, answer: tuple[str, str] | None) -> None:
        if answer is not None:
            text, self._last = answer
            self._apply(text)


def pointed_at(panes: Panes, rows: Rows) -> list[Condition]:
    """What can be filtered by where the focus is; in the list, of the chosen packet or the last one."""
    pane = panes.pane
    if isinstance(pane, DetailTree | HexView):
        words, text = panes.detail.fields.condition
        return [Condition(words, text)] if text else []
    if isinstance(pane, Counters):
        return [Condition("this line", pane.chosen)] if pane.chosen else []
    if isinstance(pane, AlertLog):
        return of_alert(pane.chosen) if pane.chosen is not None else []
    if pane.chosen is None:
        pane.move(0)
    sequence = pane.chosen
    if sequence is None or not rows.first <= sequence < rows.end:
        return []
    return of_packet(rows.take(np.asarray([sequence])), 0)
