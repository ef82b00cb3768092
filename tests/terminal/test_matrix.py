"""Kinds of terminals: each gets the signs and colours that it has, at any size, and is given back as it was."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable

import pytest

from tests.terminal.pseudo import PseudoTerminal
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.terminal
NETTUI = [sys.executable, "-m", "tui", "--demo", "--no-save", "--speed", "5"]
COLOUR = re.compile(rb"[34]8;5;\d+|[34]8;2;\d+;\d+;\d+|\b(?:[349]\d|10\d)\b")
STYLE = re.compile(rb"\x1b\[([\d;]*)m")
PLACES = (
    ("2", "flows"), ("3", "names"), ("4", "whole session"), ("1", "following"), ("?", "esc closes"),
    (":", "what to do"), ("w", "cancel"),
)  # fmt: skip
"""Keys that show the screens and dialogs, and what then stands there."""

Check = Callable[[set[bytes]], bool]
GRAYS = {b"%d" % code for code in (30, 37, 40, 47, 90, 97, 100, 107)}
RAMP = {0, 7, 8, 15, 16, 59, 102, 145, 188, 231, *range(232, 256)}
"""The grays among 256 colours."""


def gray(colours: set[bytes]) -> bool:
    """No colour but black, white and what lies between."""
    return all(c in GRAYS or (c[1:4] == b"8;5" and int(c[5:]) in RAMP) for c in colours)


def sixteen(colours: set[bytes]) -> bool:
    return not any(b";" in c for c in colours) and bool(colours - GRAYS)


def many(colours: set[bytes]) -> bool:
    return any(b";" in c for c in colours)


def wait_until_gone(terminal: PseudoTerminal, word: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while word in terminal.text:
        assert time.monotonic() < deadline and terminal.read(), f"{word!r} stays:\n{terminal.text}"


@pytest.mark.parametrize(
    ("term", "locale", "columns", "rows", "ascii_only", "has", "more"),
    [
        ("linux", "C.UTF-8", 100, 30, True, sixteen, {}),
        ("vt220", "C", 80, 24, True, gray, {}),
        ("xterm-16color", "POSIX", 60, 20, True, sixteen, {}),
        ("tmux-256color", "C.UTF-8", 60, 20, False, many, {}),
        ("putty-256color", "C.UTF-8", 120, 40, False, gray, {"NO_COLOR": "1"}),
        ("xterm-256color", "C.UTF-8", 200, 50, False, many, {"COLORTERM": "truecolor"}),
    ],
)
def test_a_terminal_gets_what_it_can_show(
    term: str, locale: str, columns: int, rows: int, ascii_only: bool, has: Check, more: dict[str, str]
) -> None:
    language = {"TERM": term, "LC_ALL": locale, "LANG": locale, "COLORTERM": "", "NO_COLOR": ""} | more
    with PseudoTerminal(NETTUI, columns, rows, **language) as terminal:
        terminal.wait_for("nettui", "lost", "quit")
        shown = [terminal.text]
        for key, word in PLACES:
            terminal.type(key)
            shown.append(terminal.wait_for(word))
            if not key.isdigit():
                terminal.type("\x1b")
                wait_until_gone(terminal, word)
        terminal.type("q")
        assert terminal.wait_for_end() == 0
    assert "".join(shown).replace("\n", "").isascii() == ascii_only
    colours = {colour for style in STYLE.findall(bytes(terminal.raw)) for colour in COLOUR.findall(style)}
    assert has(colours), sorted(colours)
    assert b"\x1b[?1049l" in terminal.raw and b"\x1b[?25h" in terminal.raw


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
def test_a_dumb_terminal_is_refused_in_two_lines(term: str) -> None:
    with PseudoTerminal(NETTUI, TERM=term) as terminal:
        assert terminal.wait_for_end() == 2
    said = terminal.raw.decode().splitlines()
    assert len(said) == 2
    assert said[0].startswith("nettui: a terminal of type") and said[1].startswith("hint: set TERM")
