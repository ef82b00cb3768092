"""The second line: which protocol, which display filter, how many packets match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual import events
from textual.app import ComposeResult
from textual.message import Message

from tui.core.text import cell_width
from tui.widgets.ink import Canvas, Piece
from tui.widgets.query_bar import QueryBar

ALL = "All"
ALWAYS = (ALL, "IP", "TCP", "UDP", "ICMP", "ARP", "DNS")
"""Protocols offered before any was seen."""
FILTER_ROOM = 48
"""Cells that the protocols leave to the filter and the number of matches."""


class ProtocolSelector(Canvas, can_focus=True):
    """`All  IP  TCP ...`: the chosen one is picked out; keys and mouse choose."""

    class Selected(Message):
        def __init__(self, protocol: str) -> None:
            super().__init__()
            self.protocol = protocol

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.names: tuple[str, ...] = ALWAYS
        self.selected = ALL

    def offer(self, seen: Sequence[str], room: int) -> None:
        """Offer what was seen after the usual ones, as far as there is room; never take away the chosen one."""
        known = {name.lower() for name in (*ALWAYS, "ipv4", "ethernet", "unknown")}
        names = list(ALWAYS)
        if self.selected not in names:
            names.append(self.selected)
        for name in seen:
            if name.lower() not in known and name not in names and self._width([*names, name]) <= room:
                names.append(name)
        if tuple(names) != self.names:
            self.names = tuple(names)
            self.styles.width = self._width(names)
            self.redraw()

    @staticmethod
    def _width(names: Sequence[str]) -> int:
        return sum(cell_width(name) + 2 for name in names) + 2

    def select(self, name: str) -> None:
        """Choose a protocol; one that was not offered is added."""
        if name not in self.names:
            self.names = (*self.names, name)
            self.styles.width = self._width(self.names)
        if name != self.selected:
            self.selected = name
            self.post_message(self.Selected(name))
        self.redraw()

    def move(self, by: int) -> None:
        at = (self.names.index(self.selected) + by) % len(self.names)
        self.select(self.names[at])

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        ink = {True: "selected bold", False: "dim"}
        if self.has_focus:
            ink = {True: "badge", False: "text"}
        yield [(" ", ""), *((f" {name} ", ink[name == self.selected]) for name in self.names)]

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        at = 1
        for name in self.names:
            at += cell_width(name) + 2
            if event.x < at:
                self.select(name)
                return


class FilterBar(QueryBar):
    """Selector, filter and count on one line."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id)
        self.selector = ProtocolSelector(id="selector")
        self._seen: Sequence[str] = ()

    def compose(self) -> ComposeResult:
        yield self.selector
        yield from super().compose()

    def show(self, seen: Sequence[str], matches: str) -> None:
        """The protocols seen, busiest first, and what to say about the matches."""
        self._seen = seen
        self.selector.offer(seen, max(0, self.size.width - FILTER_ROOM))
        self.say(matches)

    def on_resize(self) -> None:
        """More room, more protocols."""
        self.selector.offer(self._seen, max(0, self.size.width - FILTER_ROOM))
