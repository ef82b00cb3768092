"""Another interface: chosen first; packets of the old one are asked about before it is left."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace

from textual.pilot import Pilot

from tests.screens.fake import FakeSession, compile_filter, describe, dissect
from tests.screens.test_live import press, text
from tui.app import NettuiApp
from tui.core.alert.response import Guard
from tui.errors import NoSuchInterface
from tui.screens.ask import Pick
from tui.screens.save import SaveDialog
from tui.settings import Settings
from tui.widgets.key_bar import KeyBar


@dataclass
class FakeDeck:
    """Two interfaces; `refused` cannot be captured on."""

    live: bool = True
    capture_filter: str = ""
    switched: list[str] = field(default_factory=list)
    learner: None = None
    replay: None = None

    def protect(self, known: Guard) -> Guard:
        return known

    def interfaces(self) -> Sequence[SimpleNamespace]:
        return [SimpleNamespace(name=n, state="up", kind="ethernet", addresses=()) for n in ("eth0", "eth1", "refused")]

    def switch(self, names: Sequence[str]) -> FakeSession:
        if names == ["refused"]:
            raise NoSuchInterface("refused", ["eth0"])
        self.switched += names
        return FakeSession().receive(3)

    def set_capture_filter(self, text: str) -> None:
        self.capture_filter = text


@asynccontextmanager
async def live(packets: int, **settings: object) -> AsyncIterator[tuple[Pilot[object], FakeDeck, FakeSession]]:
    session, deck = FakeSession().receive(packets), FakeDeck()
    app = NettuiApp(session, Settings(**settings), deck, describe=describe, compile_filter=compile_filter,
                    dissect=dissect, late=lambda: None)  # fmt: skip
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        yield pilot, deck, session


async def test_the_interfaces_are_shown_before_anything_is_asked() -> None:
    async with live(100) as (pilot, deck, _):
        await press(pilot, ["i"])
        assert isinstance(pilot.app.screen, Pick)
        await press(pilot, ["escape"])
        assert pilot.app.screen is pilot.app.live
        assert deck.switched == []


async def test_unsaved_packets_are_asked_about_once_another_is_chosen() -> None:
    async with live(100) as (pilot, deck, session):
        await press(pilot, ["i", "down", "enter"])
        assert isinstance(pilot.app.screen, SaveDialog)
        assert deck.switched == []
        await press(pilot, ["enter"])
        assert len(session.saves) == 1
        assert deck.switched == ["eth1"]


async def test_one_may_stay_after_all() -> None:
    async with live(100) as (pilot, deck, _):
        before = pilot.app.live
        await press(pilot, ["i", "down", "enter", "escape"])
        assert pilot.app.screen is before
        assert deck.switched == []


async def test_nothing_is_asked_where_nothing_would_be_lost() -> None:
    for packets, settings in ((0, {}), (100, {"no_save": True})):
        async with live(packets, **settings) as (pilot, deck, _):
            before = pilot.app.live
            await press(pilot, ["i", "down", "enter"])
            assert deck.switched == ["eth1"]
            assert pilot.app.live is not before


async def test_a_refusal_is_said_and_the_old_one_goes_on() -> None:
    async with live(0) as (pilot, deck, _):
        before = pilot.app.live
        await press(pilot, ["i", "down", "down", "enter"])
        assert pilot.app.screen is before
        assert deck.switched == []
        assert "refused" in text(before.query_one(KeyBar))
