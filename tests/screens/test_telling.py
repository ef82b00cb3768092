"""The words of the live screen."""

from __future__ import annotations

import pytest

from tui.core.snapshot import Health
from tui.core.state import State
from tui.screens.telling import recovery, trouble

WELL, DOWN = Health(State.LIVE), Health(State.DOWN, "eth0 is down", "ip link set eth0 up")


@pytest.mark.parametrize(
    ("health", "words"),
    [
        (DOWN, "link down: eth0 is down   ip link set eth0 up"),
        (Health(State.GONE), "interface gone"),
        (Health(State.ENDED), ""),
        (Health(State.ENDED, "the file is damaged"), "ended: the file is damaged"),
        (WELL, ""),
    ],
)
def test_what_is_not_well_is_told_with_its_reason(health: Health, words: str) -> None:
    assert trouble(health) == words


@pytest.mark.parametrize(("now", "before", "words"), [(WELL, DOWN, "live again"), (WELL, WELL, ""), (DOWN, DOWN, "")])
def test_a_trouble_that_is_over_is_told_once(now: Health, before: Health, words: str) -> None:
    assert recovery(now, before) == words
    assert recovery(now, None) == ""
