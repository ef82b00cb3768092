from __future__ import annotations

from itertools import pairwise

from tui.engine.effort import LEVELS, Effort


def test_what_is_given_up_under_pressure_grows_and_comes_back_late() -> None:
    effort = Effort()
    assert effort.full
    effort.press(LEVELS[1].begins)
    assert effort.level is LEVELS[1]
    effort.press(LEVELS[1].begins / 2)
    assert effort.level is LEVELS[1]
    effort.press(1.0)
    assert effort.level is LEVELS[-1]
    effort.press(0.0)
    assert effort.full


def test_each_level_gives_up_more_than_the_one_before() -> None:
    for less, more in pairwise(LEVELS):
        assert more.begins > less.begins
        assert more.ends < more.begins
        assert (more.analysis, more.dialogues) <= (less.analysis, less.dialogues)
        assert more.names < less.names
        assert more.sample > less.sample


def test_packets_are_counted_only_while_something_is_left_out() -> None:
    effort = Effort()
    effort.count(5)
    assert effort.shortened == 0
    effort.press(1.0)
    effort.count(7)
    assert effort.shortened == 7
