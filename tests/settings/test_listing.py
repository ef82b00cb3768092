"""How the list looks, as the settings file says it."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from tui.commands.listing import check_list
from tui.errors import FilterError, UsageError
from tui.settings import Settings, resolve
from tui.settings.listing import COLUMNS, TIMES, ColorRule
from tui.widgets import list_columns

FILE = """
[list]
columns = ["number", "tcp.window_size", "info"]
widths = {info = 40, "tcp.window_size" = 9}
time = "delta"

[[color]]
filter = "tcp.flags.reset == 1"
style = "bad"

[[color]]
filter = "arp"
style = "dim"
letter = "A"
"""


def settings(tmp_path: Path, toml: str = "", env: dict[str, str] | None = None) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(toml)
    return resolve(argparse.Namespace(config=str(path)), env or {}).settings


def test_the_names_are_those_of_the_screen() -> None:
    assert set(COLUMNS) == set(list_columns.KNOWN)
    assert [*TIMES] == [times.value for times in list_columns.Times]


def test_columns_widths_times_and_rules(tmp_path: Path) -> None:
    got = settings(tmp_path, FILE)
    assert got.list_columns == ("number", "tcp.window_size", "info")
    assert dict(got.list_widths) == {"info": 40, "tcp.window_size": 9}
    assert got.list_time == "delta"
    assert got.color == (ColorRule("tcp.flags.reset == 1", "bad", "!"), ColorRule("arp", "dim", "A"))
    check_list(got)


def test_a_rule_of_the_environment(tmp_path: Path) -> None:
    got = settings(tmp_path, env={"NETTUI_COLOR": "bad: tcp.port in {80, 443}", "NETTUI_LIST_TIME": "clock"})
    assert (got.color[0].filter, got.list_time) == ("tcp.port in {80, 443}", "clock")


@pytest.mark.parametrize(
    ("toml", "word"),
    [
        ('[[color]]\nfilter = "arp"\nstyle = "pink"', "pink"),
        ('[[color]]\nstyle = "bad"', "filter"),
        ('[[color]]\nfilter = "arp"\nstyle = "bad"\nsize = 3', "size"),
        ('[list]\ntime = "sundial"', "sundial"),
        ("[list]\nwidths = {info = 2}", "info=2"),
        ("[list]\ncolours = 1", "list.colours"),
        ("list = 1", "list"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, toml: str, word: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings(tmp_path, toml)
    assert word in caught.value.message
    assert caught.value.hint


def test_a_wrong_filter_of_a_rule_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(FilterError) as caught:
        check_list(settings(tmp_path, '[[color]]\nfilter = "tcp.prot == 1"\nstyle = "bad"'))
    assert (caught.value.text, caught.value.position) == ("tcp.prot == 1", 0)


def test_a_column_that_is_no_field_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(FilterError) as caught:
        check_list(settings(tmp_path, '[list]\ncolumns = ["tcp.windowsize"]'))
    assert "tcp.window_size" in caught.value.hint
