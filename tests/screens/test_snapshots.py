"""What the screen looks like. The clock of the packets is invented; the local time zone is fixed here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.screens.harness import make
from tui.app import NettuiApp

Compare = Callable[..., bool]


@pytest.fixture(autouse=True)
def fixed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr("tui.app.time.time", lambda: 1_790_000_000.0)
    yield
    monkeypatch.undo()
    time.tzset()


def app(**settings: object) -> NettuiApp:
    return make(20_000, save_dir=Path("/srv/captures"), **settings)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (200, 60), (60, 20)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_live(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app(), terminal_size=size)


@pytest.mark.parametrize("theme", ["light", "high-contrast", "colour-blind", "monochrome"])
def test_theme(snap_compare: Compare, theme: str) -> None:
    assert snap_compare(app(theme=theme), terminal_size=(120, 40))


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_detail(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def look(pilot: object) -> None:
        await pilot.press("k", "enter")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("enter", "down", "right", "down")

    assert snap_compare(app(), terminal_size=size, run_before=look)


def test_filter_that_is_wrong(snap_compare: Compare) -> None:
    assert snap_compare(app(), press=["slash", *"tcp && oops"], terminal_size=(120, 40))


def test_paused_with_a_chosen_packet(snap_compare: Compare) -> None:
    assert snap_compare(app(), press=["k", "k", "m", "k", "k"], terminal_size=(120, 40))


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_help(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app(), press=["question_mark"], terminal_size=size)


def test_leaving(snap_compare: Compare) -> None:
    assert snap_compare(app(), press=["q"], terminal_size=(80, 24))
