"""The app: dialogs, themes, palette, and how one leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.widgets import Input

from tests.screens.fake import FakeSession
from tests.screens.test_live import last_line, live, press, text
from tests.waiting import comes
from tui.app import NO_RANKING, ExitChoice, NettuiApp, run
from tui.errors import SaveError, ScreenFailed
from tui.screens.help import HelpScreen
from tui.screens.keys import KEYS
from tui.screens.save import SaveDialog
from tui.settings import Settings
from tui.widgets import chart
from tui.widgets.choice import Choice, Words
from tui.widgets.lines import Lines
from tui.widgets.themes import THEMES


async def test_q_leaves_at_once_when_the_run_was_told_what_to_do(tmp_path: Path) -> None:
    for settings in ({"no_save": True}, {"save": tmp_path / "a.pcap"}, {"write": tmp_path / "b.pcap"}):
        async with live(**settings) as (pilot, _, __):
            await press(pilot, ["q"])
            assert pilot.app.return_value == ExitChoice()


async def test_q_leaves_at_once_when_nothing_was_captured() -> None:
    async with live(0) as (pilot, _, __):
        await press(pilot, ["q"])
        assert pilot.app.return_value == ExitChoice()


async def test_q_asks_when_packets_are_unsaved_and_saves_all(tmp_path: Path) -> None:
    async with live(save_dir=tmp_path) as (pilot, _, session):
        await press(pilot, ["q"])
        assert isinstance(pilot.app.screen, SaveDialog)
        await press(pilot, ["enter"])
        (path, part), *_ = session.saves
        assert (path.parent, path.suffix, part) == (tmp_path, ".pcapng", None)
        assert pilot.app.return_value == ExitChoice(saved=path)


async def test_ask_asks_although_the_run_was_told_not_to_save() -> None:
    async with live(no_save=True, ask=True) as (pilot, _, __):
        await press(pilot, ["q"])
        assert isinstance(pilot.app.screen, SaveDialog)


async def test_one_may_leave_without_saving() -> None:
    async with live() as (pilot, _, session):
        await press(pilot, ["q", "right", "enter"])
        assert pilot.app.return_value == ExitChoice(discard=True)
        assert session.saves == []


async def test_one_may_stay() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["q", "escape"])
        assert pilot.app.screen is screen


async def test_a_second_ctrl_c_saves_and_leaves() -> None:
    async with live() as (pilot, _, session):
        await press(pilot, ["ctrl+c", "ctrl+c"])
        assert len(session.saves) == 1
        assert pilot.app.return_value is not None


async def test_w_saves_those_that_match_as_pcap(tmp_path: Path) -> None:
    async with live(save_dir=tmp_path) as (pilot, screen, session):
        await press(pilot, ["slash", *"tcp", "enter", "w"])
        dialog = pilot.app.screen
        dialog.query_one("#what", Choice).choose(1)
        dialog.query_one("#format", Choice).choose(1)
        await press(pilot, ["enter"])
        (path, part), *_ = session.saves
        assert (path.suffix, part) == (".pcap", 714)
        assert pilot.app.screen is screen


async def test_a_save_that_fails_stays_open_and_says_what_to_do() -> None:
    session = FakeSession(failure=SaveError("no room on /tmp", "free 3 MB"))
    async with live(session=session) as (pilot, _, __):
        await press(pilot, ["w", "enter"])
        assert isinstance(pilot.app.screen, SaveDialog)
        assert "no room on /tmp" in text(pilot.app.screen.query_one("#say", Words))
        assert "free 3 MB" in text(pilot.app.screen.query_one("#say", Words))


async def test_the_suffix_that_is_typed_is_the_format() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["w"])
        pilot.app.screen.query_one("#path", Input).value = "/tmp/x.pcap"
        await pilot.pause()
        assert pilot.app.screen.query_one("#format", Choice).at == 1


async def test_help_shows_every_key_that_works_and_no_other() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["question_mark"])
        assert isinstance(pilot.app.screen, HelpScreen)
        shown = text(pilot.app.screen.query_one(Lines))
        for _ in range(8):
            await press(pilot, ["pagedown"])
            shown += text(pilot.app.screen.query_one(Lines))
        offered = [*pilot.app.offered(), *pilot.app.offered("alerts")]
        assert all(key.help in shown for key in offered)
        assert not any(key.help in shown for key in KEYS if key not in offered)


async def test_t_goes_through_the_themes() -> None:
    async with live() as (pilot, _, __):
        seen = []
        for _ in THEMES:
            await press(pilot, ["t"])
            seen.append(pilot.app.theme)
        assert sorted(seen) == sorted(theme.name for theme in THEMES)


async def test_no_color_means_monochrome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with live() as (pilot, _, __):
        assert pilot.app.theme == "monochrome"


async def test_the_palette_has_the_words_of_the_help() -> None:
    async with live() as (pilot, screen, _):
        commands = {command.help for command in pilot.app.get_system_commands(screen)}
        assert commands == {key.help for place in ("live", "alerts") for key in pilot.app.offered(place)}


async def test_a_palette_behind_the_help_is_not_opened_again() -> None:
    """`:` `F1` `Ctrl-P` ended the program: two screens of one name."""
    async with live() as (pilot, screen, _):
        await press(pilot, [":", "f1", "ctrl+p", "escape", "escape", "escape"])
        assert pilot.app.screen is screen
        await press(pilot, ["ctrl+p"])
        assert isinstance(pilot.app.screen, CommandPalette)


def test_a_screen_that_fails_is_no_choice_of_anybodys(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was taken for leaving: what was captured and not saved was let go, and the exit code was 0."""

    def fail(app: NettuiApp) -> None:
        app._return_code, app._exception = 1, ZeroDivisionError()  # as Textual notes it, which raises nothing

    monkeypatch.setattr(NettuiApp, "run", fail)
    with pytest.raises(ScreenFailed) as failed:
        run(FakeSession(), Settings())
    assert isinstance(failed.value.__cause__, ZeroDivisionError)
    assert failed.value.exit_code == 1
    monkeypatch.setattr(NettuiApp, "run", lambda _: None)
    assert run(FakeSession(), Settings()) == ExitChoice()


async def test_the_palette_runs_the_action() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["ctrl+p", *"pause"])
        await press(pilot, ["down", "enter"])
        assert not screen.list.following


async def test_a_run_with_a_limit_leaves_by_itself_and_asks_about_packets() -> None:
    async with live(count=5) as (pilot, screen, session):
        session.ended = True
        await comes(pilot, lambda: isinstance(pilot.app.screen, SaveDialog))
        await press(pilot, ["escape"])
        pilot.app._tick()
        await pilot.pause()
        assert pilot.app.screen is screen, "asked once: who stays may look as long as they like"


async def test_a_run_with_a_limit_that_was_told_what_to_do_just_leaves() -> None:
    async with live(duration=1.0, no_save=True) as (pilot, _, session):
        session.ended = True
        assert await comes(pilot, lambda: pilot.app.return_value) == ExitChoice()


async def test_without_a_learner_5_says_why_there_are_no_anomalies() -> None:
    """Attached to a watch, the key ended the screen with a failed assertion."""
    chart.load()
    app = NettuiApp(FakeSession().receive(10), Settings(), late=lambda: None)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "app.show('anomalies')" not in [key.action for key in app.offered()]
        await press(pilot, ["5"])
        assert app.front is app.live
        assert NO_RANKING in last_line(app.live)


@pytest.mark.parametrize(
    "keys",
    [["e"], ["2", "e"], ["3", "e"], ["4", "w"], ["4", "e"], ["j", "Y", *"jjjjjjj", "enter"], ["j", "F", "w"]],
    ids=["packets", "flows", "names", "chart", "picture", "copy", "stream"],
)
async def test_whatever_is_written_goes_where_saves_go_at_first(tmp_path: Path, keys: list[str]) -> None:
    """Rows, charts and copies went into the working folder."""
    async with live(save_dir=tmp_path) as (pilot, _, __):
        for key in keys:
            await press(pilot, [key])
        assert Path(pilot.app.screen.query_one(Input).value).parent == tmp_path
