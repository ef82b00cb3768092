"""Every key of time does what the table says: window, chart, jumps, back and forth, on a file and on a live session."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.screens.fake import compile_filter, describe, dissect
from tests.screens.recorded import NS, RecordedSession, at
from tests.screens.test_live import last_line, press, text
from tui.app import NettuiApp
from tui.screens.ask import Line
from tui.screens.live import LiveScreen
from tui.screens.save import SaveDialog
from tui.screens.timed import window_text
from tui.settings.model import Settings
from tui.widgets import chart
from tui.widgets.choice import Choice


@dataclass
class FakeReplay:
    """A file of two minutes, of which a minute was read."""

    speed: float = 1.0
    paused: bool = False
    ended: bool = False
    position_ns: int = at(60)
    span: tuple[int, int] | None = (at(0), at(120))
    sought: list[float] = field(default_factory=list)
    measured: bool = False

    def span_at(self, time_ns: int) -> tuple[int, int] | None:
        return self.span

    def seek(self, time_ns: float) -> None:
        self.sought.append(time_ns)

    def measure(self) -> None:
        self.measured = True


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def minute(
    replay: FakeReplay | None = None, size: tuple[int, int] = (120, 40), keep: int = 1_000_000
) -> AsyncIterator[tuple[Pilot[object], LiveScreen, RecordedSession]]:
    """The screen over a minute of ten packets a second."""
    chart.load()
    session = RecordedSession(keep=keep).receive(600)
    app = NettuiApp(session, Settings(), describe=describe, compile_filter=compile_filter, dissect=dissect,
                    late=lambda: None)  # fmt: skip
    app.live.travel.replay = replay
    app.live.travel._now = Clock()
    app.live.travel._looked_at = 0.0
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.live.tick()
        await pilot.pause()
        yield pilot, app.live, session


async def choose(pilot: Pilot[object], screen: LiveScreen, second: float) -> None:
    """Choose the packet of a second in the list."""
    screen.list.choose(int(second * 10))
    await pilot.pause()


async def test_brackets_set_a_window_by_the_chosen_packets() -> None:
    async with minute() as (pilot, screen, _):
        await choose(pilot, screen, 10)
        await press(pilot, ["left_square_bracket"])
        await choose(pilot, screen, 20)
        await press(pilot, ["right_square_bracket"])
        window = screen.past.window
        assert window is not None
        assert (window.first, window.end) == (100, 201)
        assert len(screen.listing) == 101
        assert "window" in last_line(screen)
        assert "101 packets" in last_line(screen)
        screen.tick()
        assert "101 packets" in text(screen.status_bar)


async def test_a_bracket_without_a_place_says_what_to_do() -> None:
    async with minute() as (pilot, screen, _):
        await press(pilot, ["left_square_bracket"])
        assert screen.past.window is None
        assert "choose a packet" in last_line(screen)


async def test_a_start_after_the_end_begins_a_new_window() -> None:
    async with minute() as (pilot, screen, _):
        for second, key in ((10, "left_square_bracket"), (20, "right_square_bracket")):
            await choose(pilot, screen, second)
            await press(pilot, [key])
        screen.travel.let_go()
        await choose(pilot, screen, 40)
        screen.travel.hold(at(10), at(20))
        screen.list.choose(150)
        await press(pilot, ["right_square_bracket"])
        assert screen.past.window is not None
        assert (screen.past.window.first, screen.past.window.end) == (100, 151)


async def test_the_chart_s_cursor_sets_whole_columns() -> None:
    async with minute() as (pilot, screen, _):
        screen.set_focus(screen.chart)
        await press(pilot, ["left"] * 6)
        first = screen.chart.at()
        await press(pilot, ["left_square_bracket", "right", "right", "right_square_bracket"])
        window = screen.past.window
        assert first is not None
        assert window is not None
        step = screen.chart.axis(screen.chart.content_size.width).step
        assert (window.start_ns, window.end_ns) == (first[0], first[0] + 3 * step * NS)
        assert len(window) == 30 * step
        await press(pilot, ["right", "right"])
        assert "[" in text(screen.chart)
        assert "]" in text(screen.chart)


async def test_the_chart_moves_by_pages_and_enter_goes_there() -> None:
    async with minute() as (pilot, screen, _):
        screen.set_focus(screen.chart)
        await pilot.pause()
        assert "cursor" in last_line(screen)
        await press(pilot, ["left", "pageup"])
        cursor = screen.chart.at()
        assert cursor is not None
        await press(pilot, ["enter"])
        assert screen.focused is screen.list
        assert screen.past.time_of(screen.list.chosen) == max(cursor[0], at(0))


async def test_a_click_on_the_chart_puts_the_cursor_there() -> None:
    async with minute() as (pilot, screen, _):
        width = screen.chart.content_size.width
        await pilot.click(screen.chart, offset=(width - 5, 3))
        shown = screen.chart.axis(width)
        assert screen.chart.cursor_s is not None
        assert 0 < shown.end_s - screen.chart.cursor_s < 14 * shown.step
        await pilot.click(screen.chart, offset=(2, 3))
        assert 0 < shown.end_s - screen.chart.cursor_s < 14 * shown.step


async def test_in_a_narrow_chart_the_cursor_is_told_before_the_window() -> None:
    async with minute(size=(80, 24)) as (pilot, screen, _):
        screen.travel.hold(at(10), at(12.5))
        screen.set_focus(screen.chart)
        await press(pilot, ["left"])
        assert str(screen.chart.border_subtitle).endswith("/s")


async def test_choosing_a_packet_shows_its_place_on_the_chart() -> None:
    async with minute() as (pilot, screen, _):
        await choose(pilot, screen, 30)
        assert screen.chart.cursor_s == at(30) // NS
        await press(pilot, ["G"])
        assert screen.chart.cursor_s is None


async def test_plus_and_minus_zoom_the_chart_and_z_shows_the_whole() -> None:
    async with minute() as (pilot, screen, session):
        width = screen.chart.content_size.width
        usual = screen.chart.axis(width).step
        await press(pilot, ["plus"])
        assert screen.chart.axis(width).step < usual
        await press(pilot, ["minus"])
        assert screen.chart.axis(width).step == usual
        session.apart_ms = 60_000
        session.receive(600)
        screen.past.session.snapshot()
        screen._told_at = 0.0
        screen.tick()
        await press(pilot, ["z"])
        assert screen.chart.axis(width).begin_s <= at(0) // NS
        assert "the whole session" in last_line(screen)
        await press(pilot, ["z"])
        assert screen.chart.axis(width).step == usual


async def test_escape_clears_the_filter_then_the_window() -> None:
    async with minute() as (pilot, screen, _):
        screen.travel.hold(at(10), at(20))
        await press(pilot, ["slash", *"tls", "enter"])
        matching = len(screen.listing)
        assert 0 < matching < 100
        await press(pilot, ["escape"])
        assert (screen.filter_text, len(screen.listing)) == ("", 100)
        await press(pilot, ["escape"])
        assert screen.past.window is None
        assert len(screen.listing) == 600


async def test_a_window_is_saved_and_so_is_what_matches_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with minute() as (pilot, screen, session):
        screen.travel.hold(at(10), at(20))
        await press(pilot, ["slash", *"tls", "enter", "w"])
        dialog = pilot.app.screen
        assert isinstance(dialog, SaveDialog)
        choice = dialog.query_one("#what", Choice)
        choice.choose(1)
        await press(pilot, ["enter"])
        assert session.saves[0][1] == 100
        await press(pilot, ["w"])
        pilot.app.screen.query_one("#what", Choice).choose(2)
        await press(pilot, ["enter"])
        assert session.saves[1][1] == len(screen.listing)


async def test_the_pages_follow_the_window() -> None:
    async with minute() as (pilot, screen, _):
        screen.travel.hold(at(10), at(20))
        await press(pilot, ["4"])
        page = pilot.app.screen
        page.tick_soon()
        page.tick()
        assert "10 to" in text(page.status_bar) or "packets" in text(page.status_bar)
        assert page.session.snapshot().window is screen.past.window
        assert len(page.session.rows) == 100


@pytest.mark.parametrize("key", ["J", "ctrl+g"])
@pytest.mark.parametrize(("typed", "sequence"), [("+10 s", 200), ("-5 s", 50), ("77", 76), ("start", 0), ("end", 599)])
async def test_j_goes_to_a_time_or_a_packet(key: str, typed: str, sequence: int) -> None:
    async with minute() as (pilot, screen, _):
        await choose(pilot, screen, 10)
        await press(pilot, [key])
        assert isinstance(pilot.app.screen, Line)
        pilot.app.screen.query_one(Input).value = typed
        await press(pilot, ["enter"])
        assert screen.list.chosen == sequence
        assert screen.focused is screen.list


async def test_what_is_no_time_stays_in_the_dialog() -> None:
    async with minute() as (pilot, screen, _):
        await press(pilot, ["J", *"noon", "enter"])
        assert isinstance(pilot.app.screen, Line)
        assert screen.list.chosen is None


async def test_a_jump_to_what_is_not_kept_says_since_when_packets_are() -> None:
    async with minute(keep=100) as (pilot, screen, _):
        await press(pilot, ["J"])
        pilot.app.screen.query_one(Input).value = "start"
        await press(pilot, ["enter"])
        assert "not retained" in last_line(screen)
        assert screen.chart.cursor_s == at(0) // NS


async def test_a_jump_out_of_the_window_says_so() -> None:
    async with minute() as (pilot, screen, _):
        screen.travel.hold(at(10), at(20))
        await press(pilot, ["J", *"555", "enter"])
        assert "outside the window" in last_line(screen)
        assert screen.past.window is not None


async def test_j_on_an_alert_goes_to_its_time_among_all_packets() -> None:
    async with minute() as (pilot, screen, _):
        await press(pilot, ["slash", *"tls", "enter"])
        screen.set_focus(screen.alerts)
        await press(pilot, ["J"])
        assert screen.filter_text == ""
        assert screen.past.time_of(screen.list.chosen) == at(50)


# a live session's past


async def test_comma_goes_back_and_full_stop_comes_on() -> None:
    async with minute() as (pilot, screen, _):
        await press(pilot, ["comma"])
        assert len(screen.listing) == 499
        assert screen.list.following
        assert "until" in str(screen.list.border_subtitle)
        await press(pilot, ["comma", "full_stop", "full_stop"])
        assert screen.past.window is None
        assert len(screen.listing) == 600


@pytest.mark.parametrize(("keys", "packets"), [(["less_than_sign"], 1), (["comma", "comma", "comma"], 299)])
async def test_a_minute_back_is_not_before_the_beginning(keys: list[str], packets: int) -> None:
    async with minute() as (pilot, screen, _):
        await press(pilot, keys)
        assert len(screen.listing) == packets
        await press(pilot, ["greater_than_sign"])
        assert screen.past.window is None


async def test_now_there_is_nothing_further_on() -> None:
    async with minute() as (pilot, screen, _):
        await press(pilot, ["full_stop"])
        assert "this is now" in last_line(screen)
        await press(pilot, ["P"])
        assert "this is live" in last_line(screen)
        assert not screen.time_bar.display


async def test_the_past_plays_on_while_capture_does() -> None:
    async with minute() as (pilot, screen, session):
        await press(pilot, ["comma", "comma"])
        assert screen.time_bar.display
        await press(pilot, ["P"])
        clock = screen.travel._now
        assert isinstance(clock, Clock)
        clock.now += 5
        session.receive(100)
        screen.travel.tick()
        screen.refresh_list()
        assert len(screen.listing) == 449
        await press(pilot, ["right_curly_bracket", "right_curly_bracket"])
        assert screen.travel.speed == 5
        clock.now += 4
        screen.travel.tick()
        assert screen.past.window is not None
        assert screen.past.window.end == 649
        clock.now += 5
        screen.travel.tick()
        assert screen.past.window is None


async def test_a_long_silence_in_the_past_is_cut() -> None:
    async with minute() as (_, screen, session):
        session.next_ns = at(6_000)
        session.receive(100)
        screen.travel.go(at(59.95))
        screen.travel.toggle()
        screen.travel._now.now += 1
        screen.travel.tick()
        assert screen.past.window is not None
        assert screen.past.window.end_ns == at(6_000 - 10)


async def test_a_window_that_is_held_moves_by_hand_only() -> None:
    async with minute() as (pilot, screen, _):
        screen.travel.hold(at(10), at(20))
        await press(pilot, ["full_stop"])
        window = screen.past.window
        assert window is not None
        assert (window.first, window.end) == (200, 300)
        screen.travel._now.now += 5
        screen.travel.tick()
        assert screen.past.window is window


async def test_home_and_end_of_time() -> None:
    async with minute() as (pilot, screen, _):
        await press(pilot, ["ctrl+home"])
        assert len(screen.listing) == 1
        await press(pilot, ["ctrl+end"])
        assert screen.past.window is None


async def test_g_in_the_past_comes_back_to_now() -> None:
    async with minute() as (pilot, screen, _):
        await press(pilot, ["comma", "k", "G"])
        assert screen.past.window is not None
        await press(pilot, ["G"])
        assert screen.past.window is None


# a file


async def test_a_file_has_a_bar() -> None:
    async with minute(FakeReplay()) as (_, screen, __):
        assert screen.time_bar.display
        assert "00:01:00 of 00:02:00" in text(screen.time_bar)


async def test_forward_reads_the_file_on() -> None:
    replay = FakeReplay()
    async with minute(replay) as (pilot, screen, _):
        await press(pilot, ["full_stop", "greater_than_sign", "ctrl+end"])
        assert replay.sought == [at(70), at(120), math.inf]
        assert "nothing is left out" in last_line(screen)
        await press(pilot, ["J", *"+45 s", "enter"])
        assert replay.sought[-1] == at(105)


async def test_play_speed_and_back_of_a_file() -> None:
    replay = FakeReplay()
    async with minute(replay) as (pilot, screen, _):
        await press(pilot, ["P"])
        assert replay.paused
        await press(pilot, ["comma"])
        assert len(screen.listing) == 500
        screen.travel._now.now += 5
        screen.travel.tick()
        assert screen.past.window is not None
        assert screen.past.window.end == 500
        await press(pilot, ["P"])
        assert not replay.paused
        screen.travel._now.now += 5
        screen.travel.tick()
        assert screen.past.window.end == 550
        replay.speed = 0.2
        await press(pilot, ["left_curly_bracket", "left_curly_bracket"])
        assert replay.speed == 0.1
        replay.speed = 500
        await press(pilot, ["right_curly_bracket", "right_curly_bracket", "right_curly_bracket"])
        assert replay.speed == math.inf
        assert screen.past.window is None


async def test_back_in_a_file_that_is_read_at_full_speed_one_stays_there() -> None:
    """One was at the end again at once, and the key seemed to do nothing."""
    async with minute(FakeReplay(speed=math.inf, ended=True)) as (pilot, screen, _):
        await press(pilot, ["comma"])
        screen.travel._now.now += 2
        screen.travel.tick()
        assert screen.past.window is not None
        assert screen.past.window.end == 519
        assert "1x" in text(screen.time_bar)


async def test_a_file_that_has_been_read_says_so() -> None:
    async with minute(FakeReplay(ended=True)) as (pilot, screen, _):
        await press(pilot, ["P"])
        assert "has been read" in last_line(screen)
        assert "end" in text(screen.time_bar)


async def test_the_bar_fits_the_narrow_screen() -> None:
    async with minute(FakeReplay(), size=(80, 24)) as (_, screen, __):
        assert "●" in text(screen.time_bar)
        assert "P play" in text(screen.time_bar)


async def test_the_bar_never_shows_more_than_the_whole() -> None:
    """Between two rounds of a loop it said 00:02:47 of 00:01:00."""
    async with minute(FakeReplay(position_ns=at(167), span=(at(0), at(60)))) as (_, screen, __):
        assert "00:01:00 of 00:01:00" in text(screen.time_bar)


async def test_without_a_window_nothing_is_counted() -> None:
    """No extra work while nobody looks back."""
    async with minute() as (pilot, screen, session):
        session.asked.clear()
        screen._told_at = 0.0
        screen.tick()
        await pilot.pause()
        assert session.asked == []
        assert screen.past._counting is None


def test_a_window_is_told_in_words() -> None:
    session = RecordedSession().receive(600)
    from tui.screens.past import Past

    index = Past(session).index()
    assert window_text(index.window(at(10), at(20))).endswith("(00:00:10), 100 packets")
    assert window_text(index.window(at(10), at(10.2))).endswith("(0.200 s), 2 packets")
    assert window_text(index.window(None, at(20))).endswith(", 200 packets")
