"""The second line: which protocol, which display filter, how many packets match."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from tui.core.text import cell_width
from tui.widgets.ink import Canvas, Piece

ALL = "All"
ALWAYS = (ALL, "IP", "TCP", "UDP", "ICMP", "ARP", "DNS")
"""Protocols offered before any was seen."""
FILTER_ROOM = 48
"""Cells that the protocols leave to the filter and the number of matches."""
HISTORY = 50
"""Filters remembered for the up key."""


class ProtocolSelector(Canvas, can_focus=True):
    """`All  IP  TCP ...`: the chosen one is picked out; keys and mouse choose."""

    class Selected(Message):
        def __init__(self, protocol: str) -> None:
            super().__init__()
            self.protocol = protocol

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
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


Offer = tuple[str, int, int, str]
"""A text that may stand from one place of the filter to another, and what it means."""


class FilterInput(Input):
    """The line one types a display filter into; up and down recall earlier ones, tab completes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", "complete", show=False)]

    class Offered(Message):
        """What may stand at the cursor: the one that was put there first."""

        def __init__(self, offers: Sequence[Offer]) -> None:
            super().__init__()
            self.offers = offers

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(placeholder="filter", id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False
        self._history: list[str] = []
        self._at = 0
        self.completer: Callable[[str, int], Sequence[Offer]] | None = None
        """Tells what fits at a place of a text, the likeliest first."""
        self._turn: tuple[str, list[Offer]] = ("", [])
        """The text that the last tab left, and what it offers next."""

    def remember(self, text: str) -> None:
        if text:
            self._history = [*(old for old in self._history if old != text), text][-HISTORY:]
        self._at = len(self._history)

    def recall(self, by: int) -> None:
        """An earlier (-1) or later (1) filter; past the newest is empty."""
        self._at = max(0, min(len(self._history), self._at + by))
        self.value = self._history[self._at] if self._at < len(self._history) else ""
        self.cursor_position = len(self.value)

    def action_complete(self) -> None:
        """Put the likeliest word in; the next one with each further tab. Goes on to the next pane where none fits."""
        left, offers = self._turn
        if left != self.value or not offers:
            offers = list(self.completer(self.value, self.cursor_position)) if self.completer else []
        if not offers:
            self.screen.focus_next()
            return
        text, start, end, _ = offers[0]
        before, behind = self.value[:start], self.value[end:]
        self.value = before + text + behind
        self.cursor_position = start + len(text)
        turned = [(word, start, start + len(text), about) for word, _, _, about in (*offers[1:], offers[0])]
        # a single one is done with: the next tab completes what follows it
        self._turn = (self.value, turned if len(turned) > 1 else [])
        self.post_message(self.Offered(offers))


class MatchCount(Canvas):
    """`1,002,114 match`, right of the filter."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._text = ""

    def say(self, text: str) -> None:
        if text != self._text:
            self._text = text
            width = cell_width(text) + 2 if text else 0
            if self.styles.width is None or self.styles.width.value != width:
                self.styles.width = width
            self.redraw()

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        # A gap on the left: the figures would run into a long filter and read as another number
        yield [(f" {self._text}", "dim")]


class Slash(Canvas):
    """The sign before the filter."""

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        yield [(" / ", "key bold")]


class FilterBar(Horizontal):
    """Selector, filter and count on one line."""

    class Applied(Message):
        """The person wants this filter."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Edited(Message):
        """The text of the filter is being changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.selector = ProtocolSelector(id="selector")
        self.box = FilterInput(id="filter")
        self._matches = MatchCount(id="matches")
        self._seen: Sequence[str] = ()

    def compose(self) -> ComposeResult:
        yield self.selector
        yield Slash(id="slash")
        yield self.box
        yield self._matches

    def show(self, seen: Sequence[str], matches: str) -> None:
        """The protocols seen, busiest first, and what to say about the matches."""
        self._seen = seen
        self.selector.offer(seen, max(0, self.size.width - FILTER_ROOM))
        self._matches.say(matches)

    def on_resize(self) -> None:
        """More room, more protocols."""
        self.selector.offer(self._seen, max(0, self.size.width - FILTER_ROOM))

    def mark_bad(self, bad: bool) -> None:
        self.box.set_class(bad, "-bad")

    def put(self, text: str) -> None:
        """Show a filter as applied."""
        with self.box.prevent(Input.Changed):
            self.box.value = text
        self.box.cursor_position = len(text)
        self.box.remember(text)
        self.mark_bad(False)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Edited(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Applied(event.value.strip()))
