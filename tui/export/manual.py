"""The manual page, man(7), made from the parsers: what --help says, in one place."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator, Mapping

from tui import __version__

EXIT = (
    ("0", "done"),
    ("1", "a check or a save failed"),
    ("2", "wrong usage: an unknown option, a filter that does not parse"),
    ("3", "no permission"),
    ("4", "no such interface or file, or no capture file"),
    ("5", "a damaged file was read as far as it goes"),
)
SETTINGS = (
    "Each option of the screen and of watch can also stand in the environment as NETTUI_NAME and in the file "
    "~/.config/nettui/config.toml as name = value. The command line wins over the environment, which wins over the "
    "file. nettui config shows every name, its value, and where it came from."
)


def page(
    whole: argparse.ArgumentParser, about: Mapping[str, str], commands: Mapping[str, argparse.ArgumentParser]
) -> str:
    """The page, ready for man."""
    return "\n".join(_lines(whole, about, commands)) + "\n"


def _lines(
    whole: argparse.ArgumentParser, about: Mapping[str, str], commands: Mapping[str, argparse.ArgumentParser]
) -> Iterator[str]:
    yield f'.TH NETTUI 1 "" "nettui {__version__}" "User Commands"'
    yield from (".SH NAME", "nettui \\- a live network monitor for the terminal", ".SH SYNOPSIS")
    yield from (".B nettui", "[\\fIOPTION\\fR]...", ".br", ".B nettui", "\\fICOMMAND\\fR [\\fIARGUMENT\\fR]...")
    yield from (".SH DESCRIPTION", text(whole.description or ""), ".SH OPTIONS")
    yield from _options(whole)
    yield ".SH COMMANDS"
    for name, parser in commands.items():
        yield from (f".SS nettui {text(name)}", f"{text(about[name])}.")
        if name != "watch":
            yield from _options(parser)
        else:
            yield "Takes the options above but for those of the screen, and:"
            yield from _options(parser, {option for action in whole._actions for option in action.option_strings})
    yield from (".SH SETTINGS", text(SETTINGS), ".SH EXIT STATUS")
    for code, meaning in EXIT:
        yield from (".TP", f".B {code}", text(meaning))


def _options(parser: argparse.ArgumentParser, told: Collection[str] = ()) -> Iterator[str]:
    for action in parser._actions:
        hidden = isinstance(action, argparse._SubParsersAction) or action.help == argparse.SUPPRESS
        if hidden or any(name in told for name in action.option_strings):
            continue
        yield from (".TP", _heading(action), text((action.help or "").replace("%%", "%")))


def _heading(action: argparse.Action) -> str:
    """Its names in bold and what it takes in italics."""
    value = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if action.choices:
        value = "|".join(map(str, action.choices))
    names = ", ".join(f"\\fB{text(name)}\\fR" for name in action.option_strings)
    if not names:
        return f"\\fI{text(value)}\\fR"
    return f"{names} \\fI{text(value)}\\fR" if action.nargs != 0 else names


def text(plain: str) -> str:
    """Text in which nothing is a command of troff."""
    escaped = plain.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in escaped.splitlines())
