"""Precedence, units and contradictions of the settings."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

import pytest

from tui.errors import NoSuchFile, UsageError
from tui.settings import Settings, units
from tui.settings.options import OPTIONS, THEMES
from tui.settings.sources import Resolved, add_options, resolve
from tui.widgets import themes


def settings(*words: str, env: dict[str, str] | None = None, toml: str = "", tmp_path: Path) -> Resolved:
    file = tmp_path / "config.toml"
    file.write_text(toml)
    parser = argparse.ArgumentParser()
    add_options(parser)
    return resolve(parser.parse_args([*words, "--config", str(file)]), env or {})


def test_every_field_of_settings_has_its_option() -> None:
    assert {option.field for option in OPTIONS} == {field.name for field in fields(Settings)}


def test_the_themes_are_those_of_the_screen(tmp_path: Path) -> None:
    assert [theme.name for theme in themes.THEMES] == list(THEMES)
    with pytest.raises(UsageError, match="no theme"):  # once a traceback from the screen
        settings("--theme", "mono", tmp_path=tmp_path)


def test_no_flag_is_used_twice() -> None:
    flags = [flag for option in OPTIONS for flag in option.flags]
    assert len(flags) == len(set(flags))


def test_command_line_wins_over_environment_over_file(tmp_path: Path) -> None:
    toml = 'keep = "1MB"\nfps = 3\nsnaplen = 96'
    got = settings("--keep", "3MB", env={"NETTUI_KEEP": "2MB", "NETTUI_FPS": "5"}, toml=toml, tmp_path=tmp_path)
    assert (got.settings.keep, got.settings.fps, got.settings.snaplen) == (3 << 20, 5.0, 96)
    assert (got.origin["keep"], got.origin["fps"], got.origin["snaplen"]) == ("command line", "environment", "file")
    assert got.origin["theme"] == "default"


def test_a_switch_can_be_set_anywhere(tmp_path: Path) -> None:
    assert not settings("--no-promiscuous", tmp_path=tmp_path).settings.promiscuous
    assert not settings(env={"NETTUI_PROMISCUOUS": "no"}, tmp_path=tmp_path).settings.promiscuous
    assert settings(toml="ascii = true", tmp_path=tmp_path).settings.ascii


def test_repeatable_options_gather(tmp_path: Path) -> None:
    assert settings("-i", "a", "-i", "b", tmp_path=tmp_path).settings.iface == ("a", "b")
    assert settings(toml='iface = ["a", "b"]', tmp_path=tmp_path).settings.iface == ("a", "b")


@pytest.mark.parametrize(
    "words",
    [
        ("-i", "a", "-r", "f"),
        ("--loop",),
        ("--follow",),
        ("--read", "a.pcap", "--loop", "--follow"),
        ("--rotate-size", "1MB"),
        ("--save", "x", "--no-save"),
        ("--snaplen", "3"),
        ("--buffer", "1"),
        ("--duration", "-1"),
        ("--count", "many"),
        ("--speed", "0"),
        ("--webhook", "file:///etc/passwd"),
        ("--webhook", "https://"),
        ("--webhook", "https://me:secret@example.com/"),
        ("--webhook", "https://example.com/a b"),
        ("--syslog", "host:0"),
        ("--syslog", ""),
    ],
)
def test_what_contradicts_itself_is_refused_with_a_hint(words: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        settings(*words, tmp_path=tmp_path)
    assert caught.value.hint


def test_a_file_with_an_unknown_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="colour"):
        settings(toml="colour = 1", tmp_path=tmp_path)


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFile):
        resolve(argparse.Namespace(config=str(tmp_path / "none.toml")), {})


@pytest.mark.parametrize(("text", "value"), [("64MB", 64 << 20), ("1.5k", 1536), ("7", 7), ("2GiB", 2 << 30)])
def test_sizes(text: str, value: int) -> None:
    assert units.size(text) == value


@pytest.mark.parametrize("text", ["", "MB", "-3", "1 parsec"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(UsageError):
        units.size(text)


def test_metrics_listen_on_loopback_unless_a_host_is_named() -> None:
    assert units.endpoint("9100") == ("127.0.0.1", 9100)
    assert units.endpoint("[::]:9100") == ("::", 9100)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("local", "/dev/log"),
        ("/run/log", "/run/log"),
        ("loghost", ("loghost", 514)),
        ("10.0.0.9:1514", ("10.0.0.9", 1514)),
        ("2001:db8::9", ("2001:db8::9", 514)),
        ("[2001:db8::9]:1514", ("2001:db8::9", 1514)),
        ("[2001:db8::9]", ("2001:db8::9", 514)),
    ],
)
def test_where_syslog_listens(text: str, target: object) -> None:
    assert units.syslog(text) == target


def test_who_asks_for_learning_gets_it_whatever_was_learned_before(tmp_path: Path) -> None:
    assert settings(tmp_path=tmp_path).settings.kept_baseline
    assert not settings("--no-baseline", tmp_path=tmp_path).settings.kept_baseline
    assert not settings("--learn", "60", tmp_path=tmp_path).settings.kept_baseline
    assert settings(tmp_path=tmp_path, toml="learn = 600").settings.kept_baseline
