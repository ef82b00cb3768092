"""The live screen at its edges: the smallest terminals, the first second, the end of a damaged file."""

from __future__ import annotations

from time import monotonic

import pytest

from tests.screens.test_live import last_line, live, press, text
from tui.core.snapshot import Health
from tui.core.state import State


@pytest.mark.parametrize("size", [(20, 5), (30, 6), (40, 8)])
async def test_the_smallest_screens_still_show_packets(size: tuple[int, int]) -> None:
    """At 20x5 there were borders, and no packet between them."""
    async with live(size=size) as (_, screen, __):
        lines = text(screen.list).splitlines()
        assert any("10.0" in line for line in lines[1:])
        assert "lost 0" in text(screen.status_bar)
        assert screen.key_bar.region.height == 1


async def test_a_file_that_ended_in_damage_says_so() -> None:
    """The screen showed what was read before, and `ended`."""
    async with live(5) as (pilot, screen, session):
        session.health = Health(State.ENDED, "the capture is damaged at byte 318", "what was read is complete")
        screen.tick()
        await pilot.pause()
        assert "ended: the capture is damaged at byte 318   what was read is complete" in last_line(screen)


async def test_at_the_start_the_numbers_keep_up_with_the_list() -> None:
    """The list had packets, and the line above it said that there was none, for a second."""
    async with live(0) as (pilot, screen, session):
        screen._told_at = monotonic() + 1_000
        for total in (10, 30):
            session.receive(total - len(session.rows))
            screen.tick()
            await pilot.pause()
            assert f"{total} packets" in text(screen.status_bar)


@pytest.mark.parametrize("page", ["flows", "names", "statistics", "limits", "anomalies"])
async def test_two_quick_keys_leave_a_page_once(page: str) -> None:
    """The second `Esc` came to a page that had gone, took the live screen away and ended the program."""
    async with live(10) as (pilot, screen, _):
        await pilot.app.action_show(page)
        front = pilot.app.front
        front.action_back()
        front.action_back()
        await pilot.pause()
        assert pilot.app.screen is screen


async def test_who_comes_back_from_a_page_sees_what_is_there_now() -> None:
    """A page costs a slow link what it has, and the list then showed for a second what was there before."""
    async with live(5) as (pilot, screen, session):
        await press(pilot, ["2"])
        screen._pace._level, screen._told_at = -1e12, monotonic() + 1_000
        session.receive(995)
        await press(pilot, ["1"])
        await pilot.pause()
        assert "1,000" in text(screen.list)
        screen.tick()
        await pilot.pause()
        assert "1,000 packets" in text(screen.status_bar)
