"""Keys may be chosen: what is pressed, the last line, the help and the palette agree; what cannot work is refused."""

from __future__ import annotations

import pytest

from tests.screens.test_live import live, press, text
from tui.errors import UsageError
from tui.screens.help import HelpScreen
from tui.screens.keymap import changed, keymap
from tui.screens.keys import KEYS, LIVE, footer
from tui.settings.options import OPTIONS
from tui.widgets.lines import Lines


def test_without_a_change_the_table_is_as_it_was() -> None:
    assert changed(()) == KEYS


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("pause=x", "x"),
        ("pause=X f5", "X,f5"),
        ("pause=Ctrl+x", "ctrl+x"),
        ("page down=PgDn", "pagedown"),
        ("page-down=&", "ampersand"),
    ],
)
def test_keys_are_written_as_people_do(written: str, named: str) -> None:
    assert list(keymap([written]).values()) == [named]


def test_words_that_mean_nothing_are_told_with_the_nearest() -> None:
    with pytest.raises(UsageError) as told:
        changed(["pauze=x"])
    assert "pause" in told.value.hint


@pytest.mark.parametrize("written", ["pause=q", "pause=escape", "pause=ctrl+c", "flows=3"])
def test_a_key_never_means_two_things(written: str) -> None:
    with pytest.raises(UsageError):
        changed([written])


def test_two_keys_may_change_places() -> None:
    new = {key.words: key.keys for key in changed(["flows=3", "names=2"])}
    assert (new["flows"], new["names"]) == ("3", "2")


def test_the_last_line_shows_the_new_key() -> None:
    offers = footer(key for key in changed(["pause=x space"]) if LIVE in key.on)
    assert next(offer.key for offer in offers if offer.words == "pause") == "x"


async def test_the_new_key_works_the_old_one_does_not_and_the_help_says_so() -> None:
    async with live(keys=("pause=x", "help=f1")) as (pilot, screen, _):
        await press(pilot, ["space"])
        assert screen.list.following
        await press(pilot, ["x"])
        assert not screen.list.following
        await press(pilot, ["f1"])
        assert isinstance(pilot.app.screen, HelpScreen)
        line = next(line for line in text(pilot.app.screen.query_one(Lines)).splitlines() if "hold the list" in line)
        assert " x " in line
        assert any("(x)" in command.title for command in pilot.app.get_system_commands(screen))


def test_the_option_takes_words_and_keys() -> None:
    option = next(option for option in OPTIONS if option.field == "keys")
    assert option.read and option.read("Pause = x  space") == "pause=x space"
    with pytest.raises(UsageError):
        option.read("pause")
