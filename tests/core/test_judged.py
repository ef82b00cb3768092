"""A ranking of flows, narrowed to a window of time."""

from __future__ import annotations

from tests.screens.learned import RANKING
from tui.core.window import Window


def test_a_window_keeps_the_flows_that_were_there_in_their_order() -> None:
    first, last = RANKING.flows.first_ns, RANKING.flows.last_ns
    window = Window(int(first.min()), int(first.min()) + 300_000_000, 0, 1)
    part = RANKING.within(window)
    kept = part.order.tolist()
    assert 0 < len(kept) < len(RANKING.order)
    assert kept == [at for at in RANKING.order.tolist() if window.overlaps(int(first[at]), int(last[at]))]
    assert len(part.reasons) == len(kept)


def test_without_a_window_it_is_the_same() -> None:
    assert RANKING.within(None) is RANKING
