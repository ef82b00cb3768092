"""The help screen, made of the table of keys and of examples of the filter language."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from tui.core.text import fit
from tui.screens.dialog import Dialog
from tui.screens.keys import GROUPS, Key
from tui.widgets.ink import Piece
from tui.widgets.lines import Lines

FILTERS = (
    ("tcp.port == 443 && ip.addr == 10.0.0.0/8", "a port and a network"),
    ("dns || tls", "either protocol"),
    ("!arp", "all but ARP"),
    ("tcp.flags.reset == 1", "refused or torn connections"),
    ('tls.handshake.extensions_server_name contains "example"', "a name in the handshake"),
    ("frame.len > 1000", "large packets"),
)
_COLUMN = 58


class HelpScreen(Dialog[None]):
    """All keys, by what they act on; one or two columns, as there is room."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,h,q,enter", "close", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown,space", "scroll(10)", show=False),
    ]

    def __init__(self, keys: Iterable[Key]) -> None:
        super().__init__()
        self._keys = tuple(keys)

    def compose(self) -> ComposeResult:
        with Vertical(id="help") as box:
            box.border_title = "keys and filters"
            box.border_subtitle = "j k scroll   esc closes"
            yield Lines(id="lines")

    def on_mount(self) -> None:
        self._fill()

    def on_resize(self) -> None:
        self._fill()

    def _fill(self) -> None:
        two = self.app.size.width >= 2 * _COLUMN + 2
        blocks = [key_lines(self._keys, group) for group in GROUPS]
        left, right = [*blocks[0], [], *blocks[3], [], *blocks[4]], [*blocks[1], [], *blocks[2]]
        lines = beside(left, right) if two else [*left, [], *right]
        self.query_one(Lines).put([*lines, [], *filter_lines()])

    def action_scroll(self, by: int) -> None:
        self.query_one(Lines).scroll(by)

    def action_close(self) -> None:
        self.dismiss(None)


def key_lines(keys: Iterable[Key], group: str) -> list[list[Piece]]:
    """A group's title, and a line for each of its keys."""
    title: list[Piece] = [(f" {group}", "bright bold")]
    return [title, *([(f"  {fit(key.shown, 10)} ", "key"), (key.help, "text")] for key in keys if key.group == group)]


def filter_lines() -> list[list[Piece]]:
    """Examples of display filters."""
    lines: list[list[Piece]] = [[(" filters, in Wireshark's words", "bright bold")]]
    return lines + [[(f"  {fit(text, 57)} ", "key"), (words, "text")] for text, words in FILTERS]


def beside(left: list[list[Piece]], right: list[list[Piece]]) -> list[list[Piece]]:
    """Two columns of lines as one."""
    both: list[list[Piece]] = []
    empty: list[Piece] = []
    for one, other in zip_longest(left, right, fillvalue=empty):
        used = sum(len(text) for text, _ in one)
        both.append([*one, (" " * max(1, _COLUMN - used), ""), *other])
    return both
