"""What a window, the bar of a file and the past of a live session look like."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from textual.pilot import Pilot

from tests.screens.fake import compile_filter, describe, dissect
from tests.screens.recorded import RecordedSession, at
from tests.screens.test_timed import Clock, FakeReplay
from tests.waiting import until
from tui.app import NettuiApp
from tui.settings.model import Settings
from tui.widgets import chart

Compare = Callable[..., bool]
SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24), (200, 60)], ids=lambda s: f"{s[0]}x{s[1]}")


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def app(replay: FakeReplay | None = None) -> NettuiApp:
    chart.load()
    session = RecordedSession().receive(200)
    session.apart_ms = 40
    session.receive(600)
    made = NettuiApp(session, Settings(), describe=describe, compile_filter=compile_filter, dissect=dissect,
                     late=lambda: None)  # fmt: skip
    made.live.travel.replay = replay
    made.live.travel._now = Clock()
    made.live.travel._looked_at = 0.0
    return made


def wait(made: NettuiApp) -> None:
    """Until the window is counted; then draw it."""
    counting = made.live.past._counting
    assert counting is not None
    until(lambda: counting.complete)
    made.live._told_at = 0.0
    made.live.tick()


@SIZES
def test_a_window_on_the_chart(snap_compare: Compare, size: tuple[int, int]) -> None:
    made = app()

    async def look(pilot: Pilot[object]) -> None:
        await pilot.pause()
        made.live.travel.hold(at(21), at(27))
        made.live.set_focus(made.live.chart)
        await pilot.press("left", "left")
        wait(made)

    assert snap_compare(made, terminal_size=size, run_before=look)


@SIZES
def test_a_file_with_its_bar(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app(FakeReplay(speed=10.0)), terminal_size=size)


@SIZES
def test_back_in_a_live_session_s_past(snap_compare: Compare, size: tuple[int, int]) -> None:
    made = app()

    async def look(pilot: Pilot[object]) -> None:
        await pilot.pause()
        await pilot.press("comma", "z")
        wait(made)

    assert snap_compare(made, terminal_size=size, run_before=look)


def test_the_dialog_of_a_jump(snap_compare: Compare) -> None:
    assert snap_compare(app(), terminal_size=(80, 24), press=["J", *"+90 parsecs", "enter"])
