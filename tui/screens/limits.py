"""The limits screen: how near each detector is to its limit now, and whose doing that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.binding import BindingType

from tui.core.alert.nearness import Near
from tui.screens import keys
from tui.screens.contract import SessionLike
from tui.screens.page import TablePage
from tui.widgets.limit_table import LimitLines, facts, setting

CHOOSE = " choose a rule: what it measures, what holds it back and how its limit is set stand here"


def nearness(monitor: Any) -> list[Near]:
    """Asked of the worker, once a second at most and only while the screen is looked at."""
    found: list[Near] = monitor.near()
    return found


class LimitsScreen(TablePage):
    """The nearest rule first; while one is chosen, the order is held still and the measures go on."""

    place = keys.LIMITS
    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings(keys.LIMITS))

    def __init__(self, session: SessionLike, offered: Sequence[keys.Key]) -> None:
        super().__init__(session, offered)
        self._measures: Sequence[Near] = ()
        self._order: list[str] = []

    @property
    def chosen(self) -> Near | None:
        """The measure that is chosen, as it stands now."""
        return next((near for near in self._measures if near.rule == self.table.chosen), None)

    # what is shown

    def refresh_body(self) -> None:
        measures = self.session.ask("near", nearness)
        if not measures:
            self.table.empty_text = "the detectors are not at work yet"
            self.table.redraw()
            self.tick_soon()
        elif measures is not self._measures:
            self._measures = measures
            if self.table.chosen is None or not self._order:
                self._order = [near.rule for near in measures]
            self._list()
        self._say_state()

    def _list(self) -> None:
        place = {rule: at for at, rule in enumerate(self._order)}
        ordered = sorted(self._measures, key=lambda near: place.get(near.rule, len(place)))
        self.table.show(LimitLines(ordered, self.table.glyphs))

    def _say_state(self) -> None:
        held = "   held still" if self.table.chosen is not None else ""
        near = sum(measure.share >= 0.5 for measure in self._measures)
        limits = "limits" if self.session.snapshot().window is None else "limits as they are now, not in the window"
        self.table.title(limits, f"{len(self._measures)} rules, {near} past half of the way{held}")
        self.facts.title("rule", "now")
        self.facts.put(facts(self.chosen) if self.chosen else [[(CHOOSE, "dim")]])

    def on_table_moved(self) -> None:
        self._say_state()

    # keys

    def copied(self) -> str:
        """The option that sets the limit."""
        return setting(self.chosen) if self.chosen else ""

    def action_back(self) -> None:
        """Let the chosen rule go, then the screen."""
        if self.table.chosen is None:
            super().action_back()
            return
        self.table.let_go()
        self._order = [near.rule for near in sorted(self._measures, key=lambda n: (-n.share, n.rule))]
        self._list()
        self._say_state()
