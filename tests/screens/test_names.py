"""Every key of the names screen does what the table says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from tests.screens.fake import FakeSession
from tests.screens.model import MODEL
from tests.screens.test_live import live, press, text
from tui import filters
from tui.app import NettuiApp
from tui.screens.keys import KEYS, NAMES
from tui.screens.names import NamesScreen, expression
from tui.widgets.query_bar import MatchCount

T = TypeVar("T")


async def test_3_shows_names_with_counts_and_clients() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["3"])
        names = pilot.app.screen
        assert isinstance(names, NamesScreen)
        first = text(names.table).splitlines()[1]
        assert "www8.example.org" in first
        assert "10.0.4.8" in first
        assert "\x1b" not in text(names.table)


class Remembering(FakeSession):
    """Answers first as it stood when one looked last, as the worker's desk does."""

    asked = 0

    def ask(self, key: str, build: Callable[[Any], T]) -> T | None:
        rows = super().ask(key, build)
        if key == "all names":
            self.asked += 1
            return rows[:2] if self.asked == 1 else rows
        return rows


async def test_numbers_of_an_earlier_look_are_gone_at_the_next_tick() -> None:
    async with live(session=Remembering()) as (pilot, _, session):
        await press(pilot, ["3"])
        pilot.app.screen.tick()
        assert session.asked > 1
        assert len(pilot.app.screen._listed) > 2


async def test_no_key_is_dead() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["3"])
        for key in (key for key in KEYS if NAMES in key.on):
            owner = pilot.app if key.action.startswith("app.") else pilot.app.screen
            assert hasattr(owner, f"action_{key.action.removeprefix('app.').partition('(')[0]}"), key.action


async def test_the_list_narrows_while_one_types() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["3", "slash", *"WWW3"])
        names = pilot.app.screen
        assert "1 of 11 names" in text(names.query_one(MatchCount))
        await press(pilot, ["enter", "escape"])
        assert "www8" in text(names.table)


async def test_a_client_finds_its_names() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["3", "slash", *"10.0.4.3", "enter"])
        shown = text(pilot.app.screen.table)
        assert "www3.example.org" in shown
        assert "cdn.example.com" in shown


async def test_kinds_columns_and_order() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["3", "v", "v"])
        names = pilot.app.screen
        assert len(names.table._source or ()) == 1
        await press(pilot, ["escape", "left", "S"])
        assert (names.sort, names.descending) == ("name", True)
        assert "www8" in text(names.table).splitlines()[1]


async def test_what_is_known_of_the_chosen_name_stands_below() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["3", "j"])
        assert "192.0.2.8" in text(pilot.app.screen.facts)
        assert "   first " in text(pilot.app.screen.facts)


async def test_enter_shows_its_packets() -> None:
    async with live() as (pilot, screen, _):
        asked: list[str] = []
        screen.filter_by = asked.append  # the invented filter knows no names
        await press(pilot, ["3", "j", "enter"])
        assert pilot.app.screen is screen
        assert asked == ['dns.qry.name == "www8.example.org"']


async def test_copy_pages_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr(NettuiApp, "copy_to_clipboard", lambda self, text: copied.append(text))
    async with live() as (pilot, _, __):
        await press(pilot, ["3", "G", "pageup", "g", "k", "y"])
        assert copied == ["www8.example.org"]


def test_every_name_gives_a_filter_that_compiles() -> None:
    for row in MODEL.names.rows():
        filters.compile(expression(row))
