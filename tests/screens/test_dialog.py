"""A dialog stands in the middle, with all that it says in sight, and is left once, however quick the keys."""

from __future__ import annotations

import pytest

from tests.screens.test_live import live, press
from tui.screens.dialog import Dialog


@pytest.mark.parametrize("key", ["question_mark", "w", "ctrl+f", "C", "J", "e"])
async def test_two_quick_keys_leave_a_dialog_once(key: str) -> None:
    """The second one took away the screen under it."""
    async with live(10) as (pilot, screen, _):
        await pilot.app.action_show("names")
        await pilot.app.action_show("live")
        await press(pilot, [key])
        dialog = pilot.app.screen
        assert isinstance(dialog, Dialog)
        dialog.dismiss(None)
        dialog.dismiss(None)
        await pilot.pause()
        assert pilot.app.screen is screen


@pytest.mark.parametrize("key", ["w", "ctrl+f", "C", "J", "e", "equals_sign"])
async def test_a_dialog_stands_in_the_middle_and_shows_all_it_says(key: str) -> None:
    """Find, export and columns stood in a corner of a black screen, and find did not say which keys it takes."""
    async with live(10) as (pilot, _, __):
        await press(pilot, ["j", key])
        box = pilot.app.screen.query_one("#dialog")
        above, below = box.region.y, pilot.app.size.height - box.region.bottom
        left, right = box.region.x, pilot.app.size.width - box.region.right
        assert abs(above - below) <= 1
        assert abs(left - right) <= 1
        shown = [child for child in box.children if child.display]
        assert all(child.region.height for child in shown)
        assert all(child.region.bottom < box.region.bottom for child in shown)
