"""The last line: help, save and quit are there at any width, and a click finds the key under it."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from tui.screens.keys import KEYS, LIVE, footer
from tui.widgets.key_bar import KeyBar, Offer

OFFERS = footer(key for key in KEYS if LIVE in key.on)


class One(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.bar = KeyBar()
        self.pressed: list[str] = []

    def compose(self) -> ComposeResult:
        self.bar.styles.height = 1
        yield self.bar

    def on_mount(self) -> None:
        self.bar.show(OFFERS)

    def on_key_bar_pressed(self, event: KeyBar.Pressed) -> None:
        self.pressed.append(event.action)


def line(bar: KeyBar, width: int) -> str:
    return "".join(text for piece in bar.paint(width, 1) for text, _ in piece)


@pytest.mark.parametrize("width", [25, 40, 60, 80, 120, 200])
async def test_help_save_and_quit_are_always_there(width: int) -> None:
    async with One().run_test(size=(width, 2)) as pilot:
        drawn = line(pilot.app.query_one(KeyBar), width)
        assert "? help" in drawn
        assert "w save" in drawn
        assert "q quit" in drawn
        assert len(drawn.rstrip()) <= width


async def test_the_wider_the_more_keys() -> None:
    async with One().run_test(size=(120, 2)) as pilot:
        bar = pilot.app.query_one(KeyBar)
        shown = [line(bar, width).split() for width in (40, 80, 120)]
        assert len(shown[0]) < len(shown[1]) < len(shown[2])


async def test_a_click_presses_the_key_that_is_drawn_there() -> None:
    app = One()
    async with app.run_test(size=(60, 2)) as pilot:
        drawn = line(app.bar, 60)
        for words in ("quit", "save", "help"):
            await pilot.click(KeyBar, offset=(drawn.index(words) + 1, 0))
        assert app.pressed == ["app.quit", "app.save", "app.help"]


def test_a_line_of_nothing_is_empty() -> None:
    bar = KeyBar()
    bar.show([])
    assert line(bar, 80) == ""
    assert Offer("q", "quit", "app.quit").width == len("q quit") + 1
