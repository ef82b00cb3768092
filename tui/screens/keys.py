"""The one table of keys. Bindings, the last line, the help screen and the palette are all made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding

from tui.widgets.key_bar import Offer

LIVE, FLOWS, NAMES, STATISTICS, STREAM = "live", "flows", "names", "statistics", "stream"
ANOMALIES = "anomalies"
LIMITS = "limits"
"""The screens, as the table names them."""
ALERTS = "alerts"
"""The alert pane of the live screen: its keys come first while it has the focus."""
CHART = "chart"
"""The chart of the live screen: what the last line shows while it has the focus."""
_ALERTS = frozenset({ALERTS})
_CHART = frozenset({CHART})
_LIVE = frozenset({LIVE})
_TABLES = frozenset({FLOWS, NAMES})
_LISTS = _LIVE | _TABLES
_ALL = _LISTS | {STATISTICS, STREAM, ANOMALIES, LIMITS}


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that keys do."""

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
    on: frozenset[str] = _LIVE
    """The screens where it works."""

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
    "right_square_bracket": "]", "equals_sign": "=", "comma": ",", "full_stop": ".", "less_than_sign": "<",
    "greater_than_sign": ">", "plus": "+", "minus": "-", "left_curly_bracket": "{", "right_curly_bracket": "}",
    "ctrl+g": "^g", "ctrl+home": "^home", "ctrl+end": "^end",
    "escape": "esc", "pageup": "pgup", "pagedown": "pgdn", "up": "↑", "down": "↓",
    "left": "←", "right": "→", "shift+tab": "s-tab", "ctrl+b": "^b", "ctrl+f": "^f", "ctrl+p": "^p", "ctrl+c": "^c",
    "ctrl+l": "^l", "ctrl+d": "^d",
}  # fmt: skip

KEYS: tuple[Key, ...] = (
    Key("question_mark,h", "app.help", "help", "this page", "anywhere", footer=1, on=_ALL),
    Key("slash", "filter", "filter", "a display filter; in the alerts, of alerts", "what is shown",
        footer=2, on=frozenset({LIVE, FLOWS})),
    Key("slash", "filter", "search", "search; enter goes there", "what is shown", footer=2,
        on=frozenset({NAMES, STREAM})),
    Key("f", "protocol", "protocol", "choose a protocol; f again for the next", "what is shown", footer=3),
    Key("equals_sign", "filter_by", "by this", "filter by what is chosen: only, not, and, or", "what is shown",
        footer=3, on=frozenset({LIVE, FLOWS})),
    Key("space,p", "pause", "pause", "hold the list still; capture goes on", "the list", footer=4,
        on=_LIVE | {FLOWS}),
    Key("enter", "open", "detail", "the packet's fields, or a line's packets", "the list", footer=5),
    Key("enter", "open", "packets", "the line's packets, in the list", "the list", footer=5,
        on=_TABLES | {ANOMALIES}),
    Key("F", "stream", "stream", "read what both sides of it said", "the list", footer=6,
        on=frozenset({LIVE, FLOWS, ANOMALIES})),
    Key("escape", "back", "back", "close, clear filter, window; follow: in turn", "anywhere", on=_ALL),
    Key("up,k", "move(-1)", "up", "one up", "the list", on=_ALL),
    Key("down,j", "move(1)", "down", "one down", "the list", on=_ALL),
    Key("left", "aside(-1)", "left", "protocol, byte, layer, chart's cursor back", "the list"),
    Key("right", "aside(1)", "right", "protocol, byte, layer, chart's cursor on", "the list"),
    Key("pageup,ctrl+b", "page(-1)", "page up", "one page up", "the list", on=_ALL - {STATISTICS}),
    Key("pagedown,ctrl+d", "page(1)", "page down", "one page down", "the list", on=_ALL - {STATISTICS}),
    Key("home,g", "first", "first", "the first that is kept", "the list", on=_ALL - {STATISTICS}),
    Key("end,G", "follow", "follow", "the newest packets, as they come", "the list"),
    Key("end,G", "last", "last", "the last one", "the list", on=_TABLES | {STREAM, ANOMALIES, LIMITS}),
    Key("m", "mark", "mark", "mark the packet, or take the mark away", "the list"),
    Key("M", "note", "note", "note on the packet; pcapng files keep it", "the list"),
    Key("ctrl+f", "find", "find", "find a packet by text, hex or filter", "the list"),
    Key("n", "next_mark(1)", "next", "the next that was found; else the next mark", "the list"),
    Key("N", "next_mark(-1)", "previous", "the one found before; else the mark before", "the list"),
    Key("C", "columns", "columns", "columns of the list: which, order, width", "what is shown"),
    Key("T", "times", "times", "times: relative, delta, clock, date in turn", "what is shown"),
    Key("e", "export", "export", "write the listed rows as CSV or JSON lines", "the session", on=_LISTS),
    Key("y", "copy", "copy", "copy the line to the clipboard (OSC 52)", "the list",
        on=_LISTS | {ANOMALIES, LIMITS}),
    Key("Y", "copy_as", "copy as", "copy as field, bytes, hex dump or Python", "the list"),
    Key("v", "view(1)", "view", "text as UTF-8, as ASCII, or hex", "what is shown", footer=3, on=frozenset({STREAM})),
    Key("s", "sides", "sides", "both sides, or one of them", "what is shown", footer=4, on=frozenset({STREAM})),
    Key("u", "unpack", "unpack", "HTTP bodies unpacked, or as sent", "what is shown", footer=5,
        on=frozenset({STREAM})),
    Key("n", "find(1)", "next match", "the next place that was searched for", "the list", footer=6,
        on=frozenset({STREAM})),
    Key("N", "find(-1)", "match before", "the place before", "the list", on=frozenset({STREAM})),
    Key("F", "again", "again", "anew, with what has come since", "what is shown", footer=7,
        on=frozenset({STREAM})),
    Key("v", "kind", "kind", "DNS, TLS, HTTP hosts, URLs in turn", "what is shown", footer=3,
        on=frozenset({NAMES})),
    Key("s,right", "column(1)", "sort", "sort by the next column", "what is shown", footer=7, on=_TABLES),
    Key("left", "column(-1)", "column before", "sort by the column before", "what is shown", on=_TABLES),
    Key("o", "group", "group", "put flows together: by host, service, process", "what is shown", footer=3,
        on=frozenset({FLOWS})),
    Key("S", "turn", "order", "turn the order round", "what is shown", footer=8, on=_TABLES),
    Key("s,right", "turn(1)", "next chart", "the next chart", "what is shown", footer=2, on=frozenset({STATISTICS})),
    Key("left", "turn(-1)", "chart before", "the chart before", "what is shown", footer=3,
        on=frozenset({STATISTICS})),
    Key("d", "names", "names", "addresses, or names from DNS answers", "what is shown",
        on=frozenset({LIVE, FLOWS})),
    Key("left_square_bracket", "window_edge(-1)", "time", "a window begins: packet or chart's cursor", "time",
        footer=7, label="[ ]", on=_LIVE | _CHART),
    Key("right_square_bracket", "window_edge(1)", "window end", "the window ends here; all panes follow it", "time"),
    Key("left", "aside(-1)", "cursor", "the chart's cursor", "time", footer=1, label="← →", on=_CHART),
    Key("enter", "open", "go there", "the packets at the chart's cursor", "time", footer=2, on=_CHART),
    Key("plus", "chart_zoom(1)", "zoom", "a shorter time on the chart", "time", footer=18, label="+ -",
        on=_LIVE | _CHART),
    Key("minus", "chart_zoom(-1)", "zoom out", "a longer time on the chart", "time"),
    Key("z", "chart_whole", "whole", "chart the whole session, or the last minutes", "time", footer=19,
        on=_LIVE | _CHART),
    Key("J,ctrl+g", "jump", "go to", "go to a time, +90 s, or a packet's number", "time"),
    Key("comma", "walk(-10)", "back 10 s", "10 s back: all panes as they were then", "time"),
    Key("full_stop", "walk(10)", "on 10 s", "10 s on; what is not read yet is then read", "time"),
    Key("less_than_sign", "walk(-60)", "back a minute", "a minute back; a window that is set moves", "time"),
    Key("greater_than_sign", "walk(60)", "on a minute", "a minute on", "time"),
    Key("P", "play", "play", "play the file, or the past, on; or stop", "time"),
    Key("left_curly_bracket", "pace(-1)", "slower", "play slower, down to 0.1x", "time"),
    Key("right_curly_bracket", "pace(1)", "faster", "play faster, up to 1000x and max", "time"),
    Key("ctrl+home", "time_begin", "beginning", "to the first packet, to play from there", "time"),
    Key("ctrl+end", "time_end", "newest", "to the newest packet; again: the file's end", "time"),
    Key("a", "screen.acknowledge", "seen", "alert: seen; it stays, dimmed", "the list", footer=1, on=_ALERTS),
    Key("m", "screen.mute", "mute", "alert: mute it by pair, source or rule", "the list", footer=2, on=_ALERTS),
    Key("l", "screen.learn", "normal", "alert: this is normal here", "the list", footer=3, on=_ALERTS),
    Key("s", "screen.suggest", "stop it", "alert: which command would stop it", "the list", footer=4, on=_ALERTS),
    Key("J", "screen.jump_alert", "its time", "alert: go to its time, among all packets", "the list", footer=6,
        on=_ALERTS),
    Key("u", "screen.undo", "undo", "alert: take the last decision back", "the list", footer=5, on=_ALERTS),
    Key("w", "app.save", "save", "save packets, all or those that match", "the session", footer=9, on=_LIVE),
    Key("w", "keep", "save", "save what is shown to a file", "the session", footer=9, on=frozenset({STREAM})),
    Key("w", "keep('txt')", "save", "save the chart as text", "the session", footer=9, on=frozenset({STATISTICS})),
    Key("e", "keep('svg')", "picture", "save the chart as an SVG picture", "the session", footer=9,
        on=frozenset({STATISTICS})),
    Key("1", "app.show('live')", "packets", "the packets, as they come", "anywhere", footer=14, on=_ALL - _LIVE),
    Key("2", "app.show('flows')", "flows", "flows: who talks to whom, and how well", "anywhere", footer=15, on=_ALL),
    Key("3", "app.show('names')", "names", "names asked for: DNS, TLS, HTTP", "anywhere", footer=16, on=_ALL),
    Key("4", "app.show('statistics')", "statistics", "charts of the whole session", "anywhere", footer=17, on=_ALL),
    Key("5", "app.show('anomalies')", "anomalies", "flows that are unlike the usual, and why", "anywhere", footer=18,
        on=_ALL),
    Key("6", "app.show('limits')", "limits", "how near each rule is to its limit now", "anywhere", footer=19, on=_ALL),
    Key("i", "app.interface", "interface", "capture on another interface", "the session", footer=11),
    Key("b", "app.capture_filter", "capture filter", "capture only what BPF matches", "the session", footer=12),
    Key("c", "subject", "talkers", "count addresses, ports or pairs", "what is shown"),
    Key("s", "sort", "sort", "order the counters by bytes or by packets", "what is shown"),
    Key("r", "quantity", "rate", "chart packets/s or bytes/s", "what is shown", footer=13),
    Key("tab", "app.focus_next", "next pane", "the next pane", "anywhere"),
    Key("shift+tab", "app.focus_previous", "previous pane", "the pane before", "anywhere"),
    Key("backslash", "zoom", "zoom", "the pane alone, or all panes again", "what is shown"),
    Key("t", "app.theme", "theme", "the next of five themes", "anywhere", on=_ALL),
    Key("colon,ctrl+p", "app.command_palette", "palette", "find any of these by name", "anywhere", on=_ALL),
    Key("ctrl+l", "app.redraw", "redraw", "draw the whole screen again", "anywhere", on=_ALL),
    Key("q,ctrl+c", "app.quit", "quit", "leave; asks if packets would be lost", "the session", footer=10, on=_ALL),
)  # fmt: skip

_FIRST = {"ctrl+c", "slash"}
_ALWAYS = {"app.help", "app.save", "app.quit"}
"""What a person in a hurry looks for, however narrow the terminal."""
GROUPS = ("the list", "what is shown", "time", "the session", "anywhere")


def bindings(place: str = LIVE) -> list[Binding]:
    """Textual's bindings of a screen's part of the table.

    Two come before the focused pane: ctrl+c, which works everywhere, and `/`, so that what is typed right after it,
    in the same read of the terminal, goes into the filter already.
    """
    return [
        Binding(name, key.action, key.words, show=False, priority=name in _FIRST, id=key.words)
        for key in KEYS
        if place in key.on
        for name in key.keys.split(",")
    ]


def welcome(allowed: Iterable[Key]) -> str:
    """What somebody who is here for the first time wants to know."""
    first = {key.action: key.first for key in allowed}
    words = (("app.help", "shows every key"), ("filter", "filters"), ("app.quit", "leaves"))
    return "   ".join(f"{first[action]} {what}" for action, what in words if action in first)


def footer(allowed: Iterable[Key]) -> list[Offer]:
    """The last line, in order."""
    chosen = sorted((key for key in allowed if key.footer), key=lambda key: key.footer)
    return [Offer(key.first, key.words, key.action, key.action in _ALWAYS) for key in chosen]
