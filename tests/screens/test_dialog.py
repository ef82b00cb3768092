"""A dialog is left once, however quick the keys."""

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
