"""The one table of keys. Bindings, the last line, the help screen and the palette are all made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that keys do on the live screen."""

    keys: str
    """Textual's names, the first one is shown."""
    action: str
    words: str
    """In the last line and the palette; at most two words."""
    help: str
    group: str
    label: str = ""
    """How the key is written where that is not its name."""
    footer: int = 0
    """Place in the last line from the left; 0 stays out of it."""

    @property
    def shown(self) -> str:
        """The keys as people write them."""
        return self.label or " ".join(_NAMES.get(key, key) for key in self.keys.split(","))

    @property
    def first(self) -> str:
        """The one key that the last line shows."""
        return self.shown.split(" ")[0] if self.keys.count(",") else self.shown


_NAMES = {
    "question_mark": "?", "slash": "/", "backslash": "\\", "colon": ":", "left_square_bracket": "[",
    "right_square_bracket": "]", "escape": "esc", "pageup": "pgup", "pagedown": "pgdn", "up": "↑", "down": "↓",
    "left": "←", "right": "→", "shift+tab": "s-tab", "ctrl+b": "^b", "ctrl+f": "^f", "ctrl+p": "^p", "ctrl+c": "^c",
    "ctrl+l": "^l",
}  # fmt: skip

KEYS: tuple[Key, ...] = (
    Key("question_mark,h", "app.help", "help", "this page", "anywhere", footer=1),
    Key("slash", "filter", "filter", "a display filter; enter applies it", "what is shown", footer=2),
    Key("f", "protocol", "protocol", "choose a protocol; f again for the next", "what is shown", footer=3),
    Key("space,p", "pause", "pause", "hold the list still; capture goes on", "the list", footer=4),
    Key("enter", "open", "detail", "the packet's fields, or a line's packets", "the list", footer=5),
    Key("escape", "back", "back", "close, clear the filter, follow: one by one", "anywhere"),
    Key("up,k", "move(-1)", "up", "one up", "the list"),
    Key("down,j", "move(1)", "down", "one down", "the list"),
    Key("left", "aside(-1)", "left", "a protocol, a byte, a layer back", "the list"),
    Key("right", "aside(1)", "right", "a protocol, a byte, a layer on", "the list"),
    Key("pageup,ctrl+b", "page(-1)", "page up", "one page up", "the list"),
    Key("pagedown,ctrl+f", "page(1)", "page down", "one page down", "the list"),
    Key("home,g", "first", "first", "the first packet that is kept", "the list"),
    Key("end,G", "follow", "follow", "the newest packets, as they come", "the list"),
    Key("m", "mark", "mark", "mark the packet, or take the mark away", "the list"),
    Key("n", "next_mark(1)", "next mark", "the next marked packet", "the list"),
    Key("N", "next_mark(-1)", "previous mark", "the marked packet before", "the list"),
    Key("y", "copy", "copy", "copy the line to the clipboard (OSC 52)", "the list"),
    Key("w", "app.save", "save", "save packets, all or those that match", "the session", footer=7),
    Key("i", "app.interface", "interface", "capture on another interface", "the session", footer=9),
    Key("b", "app.capture_filter", "capture filter", "capture only what BPF matches", "the session", footer=10),
    Key("c", "subject", "talkers", "count addresses, ports or pairs", "what is shown"),
    Key("s", "sort", "sort", "order the counters by bytes or by packets", "what is shown"),
    Key("r", "quantity", "rate", "chart packets/s or bytes/s", "what is shown", footer=11),
    Key("tab", "app.focus_next", "next pane", "the next pane", "anywhere"),
    Key("shift+tab", "app.focus_previous", "previous pane", "the pane before", "anywhere"),
    Key("backslash", "zoom", "zoom", "the pane alone, or all panes again", "what is shown"),
    Key("t", "app.theme", "theme", "the next of five themes", "anywhere"),
    Key("colon,ctrl+p", "app.command_palette", "palette", "find any of these by name", "anywhere"),
    Key("ctrl+l", "app.redraw", "redraw", "draw the whole screen again", "anywhere"),
    Key("q,ctrl+c", "app.quit", "quit", "leave; asks if packets would be lost", "the session", footer=8),
)  # fmt: skip

_FIRST = {"ctrl+c", "slash"}
GROUPS = ("the list", "what is shown", "the session", "anywhere")


def bindings(keys: Iterable[Key] = KEYS) -> list[Binding]:
    """Textual's bindings of the table.

    Two come before the focused pane: ctrl+c, which works everywhere, and `/`, so that what is typed right after it,
    in the same read of the terminal, goes into the filter already.
    """
    return [
        Binding(name, key.action, key.words, show=False, priority=name in _FIRST)
        for key in keys
        for name in key.keys.split(",")
    ]


def footer(allowed: Iterable[Key]) -> list[tuple[str, str, str]]:
    """(key, words, action) of the last line, in order."""
    chosen = sorted((key for key in allowed if key.footer), key=lambda key: key.footer)
    return [(key.first, key.words, key.action) for key in chosen]
