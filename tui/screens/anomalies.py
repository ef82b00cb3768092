"""The anomalies screen: flows by how unlike the usual they are, and why. Never an alert by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from tui.core.flow.order import expression
from tui.core.judged import Ranking
from tui.core.window import Window
from tui.screens import keys
from tui.screens.contract import LearnerLike, SessionLike
from tui.screens.messages import FollowStream, ShowPackets
from tui.screens.page import TablePage
from tui.widgets.anomaly_table import AnomalyLines, facts
from tui.widgets.numbers import stretch

MEANING = "unusual is not dangerous: never an alert by itself"
WORKING = "the flows are being looked at, beside the capture"
CHOOSE = " choose a flow, and what makes it unusual stands here"


class AnomaliesScreen(TablePage):
    """A process of its own looks at the flows every five seconds; the chosen flow stays under the eye."""

    place = keys.ANOMALIES
    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings(keys.ANOMALIES))

    def __init__(self, session: SessionLike, offered: Sequence[keys.Key], learner: LearnerLike) -> None:
        super().__init__(session, offered)
        self._learner = learner
        self.ranking: Ranking | None = None
        self._given: tuple[Ranking | None, Window | None] = (None, None)

    # what is shown

    def refresh_body(self) -> None:
        ranking, window = self._learner.ranking(), self.session.snapshot().window
        if ranking is None:
            self.table.empty_text = self._learner.problem or WORKING
            self.table.redraw()
        elif ranking is not self._given[0] or window != self._given[1]:
            self._given, self.ranking = (ranking, window), ranking.within(window)
            self.table.show(AnomalyLines(self.ranking, self.table.glyphs))
        self._say_state()

    def _say_state(self) -> None:
        ranking, at = self.ranking, self.table.at
        self.facts.title("why", MEANING)
        self.facts.put(facts(ranking, at, self.table.glyphs) if ranking and at >= 0 else [[(CHOOSE, "dim")]])
        if ranking is None:
            self.table.title("anomalies", "every 5 s")
            return
        problem = f"   {self._learner.problem}" if self._learner.problem else ""
        window = self._given[1]
        count = f"{len(ranking.order):,} of {len(ranking.flows):,} flows" + (f"   {stretch(window)}" if window else "")
        self.table.title(f"anomalies: {ranking.method} fitted on {ranking.fitted_on}", f"{count}   every 5 s{problem}")

    def on_table_moved(self) -> None:
        self._say_state()

    # keys

    def on_table_opened(self) -> None:
        """The flow's packets, in the list."""
        if (at := self._chosen()) is not None and self.ranking:
            self.post_message(ShowPackets(expression(self.ranking.flows, at)))

    def action_stream(self) -> None:
        if self.table.at < 0:
            self.table.move(0)
        if (at := self._chosen()) is not None and self.ranking:
            self.post_message(FollowStream(int(self.ranking.flows.flow[at])))

    def _chosen(self) -> int | None:
        """Index of the chosen flow among the ranking's flows."""
        place = self.table.at
        return int(self.ranking.order[place]) if self.ranking and place >= 0 else None

    def action_back(self) -> None:
        """Out of the chosen flow, then out of the screen."""
        if self.table.chosen is not None:
            self.table.let_go()
        else:
            super().action_back()
