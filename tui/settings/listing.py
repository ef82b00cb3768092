"""How the packet list looks, as the settings file says it: colouring rules, columns, widths, times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tui.errors import UsageError

STYLES = ("bad", "warn", "good", "accent", "bright", "dim")
LETTERS = {"bad": "!", "warn": "~", "good": "+", "accent": "*", "bright": "=", "dim": "-"}
"""What stands before a row that a rule colours, unless the rule has a letter of its own."""
COLUMNS = (
    "number", "time", "source", "sport", "destination", "dport", "protocol", "length", "process", "host", "vlan", "ttl",
    "interface", "stream", "note", "info",
)  # fmt: skip
"""As tui.widgets.list_columns has them; named here because the screen is not there yet when options are read."""
TIMES = ("relative", "delta", "clock", "date")
"""Of them, too."""


@dataclass(frozen=True, slots=True)
class ColorRule:
    """Packets that a display filter picks are written in a style; the letter says so without colour."""

    filter: str
    style: str
    letter: str

    def __str__(self) -> str:
        return f"{self.style}: {self.filter}"


def color(given: object) -> ColorRule:
    """A rule of a table (filter, style, and letter if wanted), or of a text such as `bad: tcp.flags.reset == 1`."""
    if not isinstance(given, Mapping):
        style, _, text = str(given).partition(":")
        given = {"style": style.strip(), "filter": text.strip()}
    if unknown := sorted(set(given) - {"filter", "style", "letter"}):
        raise UsageError(f"a rule has no {unknown[0]!r}", "a rule has filter, style and letter")
    text, style = str(given.get("filter", "")), str(given.get("style", ""))
    if not text:
        raise UsageError("a rule without a filter", 'write filter = "tcp.flags.reset == 1"')
    if style not in STYLES:
        raise UsageError(f"no style {style!r}", f"use one of {', '.join(STYLES)}")
    return ColorRule(text, style, str(given.get("letter", LETTERS[style]))[:1])


def times(text: str) -> str:
    if text not in TIMES:
        raise UsageError(f"no way to write times {text!r}", f"use one of {', '.join(TIMES)}")
    return text


def width(given: str) -> tuple[str, int]:
    """`process=20`: cells of one column."""
    name, _, cells = given.rpartition("=")
    if not name.strip() or not cells.strip().isdecimal() or not 3 <= int(cells) <= 120:
        raise UsageError(f"{given!r} is not the width of a column", "write process = 20; 3 to 120 cells")
    return name.strip(), int(cells)
