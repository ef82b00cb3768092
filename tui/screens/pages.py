"""Which screen a name of the table of keys means; imported when the first of them is opened."""

from __future__ import annotations

from tui.screens.anomalies import AnomaliesScreen
from tui.screens.contract import LearnerLike, SessionLike
from tui.screens.flows import FlowsScreen
from tui.screens.keys import ANOMALIES, FLOWS, LIMITS, NAMES, STATISTICS, Key
from tui.screens.limits import LimitsScreen
from tui.screens.looks import PlaceOf
from tui.screens.names import NamesScreen
from tui.screens.page import Page
from tui.screens.statistics import StatisticsScreen

_PAGES: dict[str, type[NamesScreen] | type[LimitsScreen]] = {
    NAMES: NamesScreen,
    LIMITS: LimitsScreen,
}


def make(
    name: str, session: SessionLike, offered: list[Key], learner: LearnerLike | None, place_of: PlaceOf | None
) -> Page:
    """A new screen of that name. That of anomalies is offered only where there is a learner."""
    if name == ANOMALIES:
        assert learner is not None
        return AnomaliesScreen(session, offered, learner)
    if name == FLOWS:
        return FlowsScreen(session, offered, learner=learner, place_of=place_of)
    if name == STATISTICS:
        return StatisticsScreen(session, offered, learner)
    return _PAGES[name](session, offered)
