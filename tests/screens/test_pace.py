"""The list is drawn as often as the link bears, and no more often than people can read."""

from __future__ import annotations

from tui.screens.pace import Pace


def due(pace: Pace, seconds: float, cost: int, sent: list[int]) -> int:
    """How often the list is drawn in a time, at ten ticks a second, when each drawing costs so much."""
    drawn = 0
    for tick in range(int(seconds * 10)):
        if pace.list_is_due(tick / 10):
            drawn += 1
            sent[0] += cost
    return drawn


def test_a_cheap_list_is_drawn_as_often_as_is_useful() -> None:
    sent = [0]
    assert 30 <= due(Pace(lambda: sent[0], most_per_s=4), 10, 10, sent) <= 40


def test_a_dear_list_keeps_to_the_budget() -> None:
    sent = [0]
    due(Pace(lambda: sent[0], budget=6_000), 20, 4_000, sent)
    assert sent[0] <= 20 * 6_000 + 2 * 6_000


def test_what_keys_cost_is_paid_back_by_the_list() -> None:
    sent = [0]
    pace = Pace(lambda: sent[0])
    assert pace.list_is_due(0.0)
    sent[0] += 60_000
    assert not pace.list_is_due(1.0)
    assert pace.list_is_due(20.0)


def test_what_was_sent_before_it_began_is_not_its_own() -> None:
    """A second screen, after a change of the interface, draws its first packets at once."""
    pace = Pace(lambda: 1_000_000)
    assert pace.list_is_due(100.0)
