"""Which screen a name of the table of keys means; imported when the first of them is opened."""

from __future__ import annotations

from pathlib import Path

from tui.screens import keys
from tui.screens.anomalies import AnomaliesScreen
from tui.screens.contract import LearnerLike, SessionLike
from tui.screens.flows import FlowsScreen
from tui.screens.keys import Key
from tui.screens.limits import LimitsScreen
from tui.screens.looks import PlaceOf
from tui.screens.names import NamesScreen
from tui.screens.page import Page
from tui.screens.statistics import StatisticsScreen


def make(
    name: str,
    session: SessionLike,
    offered: list[Key],
    folder: Path,
    learner: LearnerLike | None = None,
    place_of: PlaceOf | None = None,
) -> Page:
    """A new screen of that name. That of anomalies is offered only where there is a learner.

    `folder`: where files go unless one says otherwise. ValueError where no screen has that name.
    """
    match name:
        case keys.ANOMALIES:
            assert learner is not None
            return AnomaliesScreen(session, offered, learner)
        case keys.FLOWS:
            return FlowsScreen(session, offered, folder, learner=learner, place_of=place_of)
        case keys.NAMES:
            return NamesScreen(session, offered, folder)
        case keys.STATISTICS:
            return StatisticsScreen(session, offered, folder, learner)
        case keys.LIMITS:
            return LimitsScreen(session, offered)
    raise ValueError(f"no screen of that name: {name}")
