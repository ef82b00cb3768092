"""Who and what: the protocols with their bars, and the busiest addresses, ports or pairs with both directions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from ipaddress import ip_address
from operator import attrgetter

from textual.message import Message

from tui.core.judged import TrafficType
from tui.core.snapshot import ProtocolCount, Snapshot, Talker
from tui.core.text import fit, printable
from tui.widgets.glyphs import bar
from tui.widgets.ink import Canvas, Piece
from tui.widgets.numbers import octets, scaled, share
from tui.widgets.themes import family

Types = tuple[TrafficType, ...]
_AMOUNT_FROM = 28
"""Cells of a line that has room for the amount: an amount that is cut would lose its unit."""


class Measure(Enum):
    """What the counters are ordered by and show."""

    BYTES = "bytes"
    PACKETS = "packets"


class Subject(Enum):
    """What the talkers pane counts."""

    TALKERS = "talkers"
    PORTS = "ports"
    PAIRS = "pairs"
    TYPES = "traffic types"
    """What a model takes the flows for; only where there is a model."""


class Counters(Canvas, can_focus=True):
    """A pane of ranked lines with a chosen one; Enter asks for the packets of it."""

    class Chosen(Message):
        """The person wants to see only the packets of this line."""

        def __init__(self, expression: str) -> None:
            super().__init__()
            self.expression = expression

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._snapshot: Snapshot | None = None
        self.measure = Measure.BYTES
        self._at = 0

    def show(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.redraw()

    def order_by(self, measure: Measure) -> None:
        self.measure = measure
        self.name_it()
        self.redraw()

    def on_mount(self) -> None:
        self.name_it()

    def name_it(self) -> None:
        """Say in the border what is counted, and how."""
        raise NotImplementedError

    def lines(self) -> int:
        """How many there are to choose from."""
        raise NotImplementedError

    def expression(self, at: int) -> str:
        """The display filter that picks the packets of one line."""
        raise NotImplementedError

    def move(self, by: int) -> None:
        self._at = max(0, min(self.lines() - 1, self._at + by))
        self.redraw()

    @property
    def chosen(self) -> str:
        """The display filter of the chosen line; empty where there is none."""
        return self.expression(self._at) if self._at < self.lines() else ""

    def choose(self) -> None:
        if self.chosen:
            self.post_message(self.Chosen(self.chosen))

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    def on_click(self, event: object) -> None:
        y = int(getattr(event, "y", 0)) - 1
        if 0 <= y < self.lines():
            self._at = self._top(self.content_size.height) + y
            self.redraw()

    def _top(self, height: int) -> int:
        """The first line drawn, so that the chosen one is in sight."""
        if not self.has_focus:
            return 0
        self._at = max(0, min(self._at, self.lines() - 1))
        return max(0, self._at - height + 1)

    def _nothing(self, words: str) -> Piece:
        """What an empty pane says: of a window, why."""
        window = self._snapshot is not None and self._snapshot.window is not None
        note = self._snapshot.window_note if self._snapshot else ""
        return (f" {(note or 'nothing in this time') if window else words}", "dim")

    def _emphasis(self, at: int) -> str:
        return " chosen" if self.has_focus and at == self._at else ""


class Protocols(Counters):
    """Protocols by bytes or packets, each with its colour, its bar and its share."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._types: Types = ()

    def show_types(self, types: Types) -> None:
        """Say in the border what a model takes the traffic for."""
        if types != self._types:
            self._types = types
            self.name_it()

    def name_it(self) -> None:
        whole = sum(kind.bytes for kind in self._types)
        types = [f"{printable(kind.label, 12)} {share(kind.bytes, whole).strip()}" for kind in self._types[:2]]
        self.title("protocols", "  ".join([self.measure.value, *types]))

    def lines(self) -> int:
        return len(self._ranked())

    def expression(self, at: int) -> str:
        return f'nettui.protocol == "{self._ranked()[at].name}"'

    def _ranked(self) -> Sequence[ProtocolCount]:
        found = self._snapshot.protocols if self._snapshot else ()
        return sorted(found, key=attrgetter(self.measure.value), reverse=True)

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        ranked = self._ranked()
        if not ranked:
            yield [self._nothing("nothing seen yet")]
            return
        whole = sum(getattr(p, self.measure.value) for p in ranked)
        most = getattr(ranked[0], self.measure.value)
        top = self._top(height)
        for at, line in enumerate(ranked[top : top + height], top):
            yield self._line(line, whole, most, width, self._emphasis(at))

    def _line(self, line: ProtocolCount, whole: int, most: int, width: int, chosen: str) -> list[Piece]:
        value = getattr(line, self.measure.value)
        name = fit(printable(line.name), 7)
        ink = f"proto--{family(line.name)}{chosen}"
        amount = octets(value) if self.measure is Measure.BYTES else scaled(value).rjust(7)
        roomy = width >= _AMOUNT_FROM
        length = max(3, width - (27 if roomy else 17))
        return [
            (f" {name}", ink),
            (bar(self.glyphs, value, most, length), ink),
            (f" {share(value, whole):>7}", f"text{chosen}"),
            (f" {amount:>8} " if roomy else " ", f"dim{chosen}"),
        ]


class Talkers(Counters):
    """Addresses, ports or pairs: sent and received. Those that stand in an open high alert are red."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.subject = Subject.TALKERS
        self.suspects: frozenset[str] = frozenset()
        self._types: Types = ()
        self._unseen = 0

    @property
    def typed(self) -> bool:
        """Whether a model has said anything."""
        return bool(self._types)

    def show_types(self, types: Types, unseen: int = 0) -> None:
        """What a model takes the flows for, and how many flows ended before it could look at them."""
        if (types, unseen) != (self._types, self._unseen):
            self._types, self._unseen = types, unseen
            if self.subject is Subject.TYPES:
                self.name_it()
                self.redraw()

    def count(self, subject: Subject) -> None:
        """Show another subject."""
        self.subject, self._at = subject, 0
        self.name_it()
        self.redraw()

    def name_it(self) -> None:
        if self.subject is not Subject.TYPES:
            self.title(self.subject.value, "sent / received")
            return
        missed = f"{scaled(self._unseen).strip()} flows not seen" if self._unseen else "flows / bytes"
        self.title(self.subject.value, missed)

    def lines(self) -> int:
        return len(self._types if self.subject is Subject.TYPES else self._ranked())

    def expression(self, at: int) -> str:
        if self.subject is Subject.TYPES:
            return ""  # labels are of flows, and stand on their screen; no packet has one
        label = self._ranked()[at].label
        return talker_expression(label, self.subject)

    def _ranked(self) -> Sequence[Talker]:
        if self._snapshot is None:
            return ()
        found: tuple[Talker, ...] = getattr(self._snapshot, self.subject.value)
        key = self.measure.value
        return sorted(found, key=lambda t: getattr(t, f"sent_{key}") + getattr(t, f"received_{key}"), reverse=True)

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        if self.subject is Subject.TYPES:
            yield from self._paint_types(width, height)
            return
        ranked = self._ranked()
        if not ranked:
            yield [self._nothing("nobody has spoken yet")]
            return
        top = self._top(height)
        for at, line in enumerate(ranked[top : top + height], top):
            yield self._line(line, width, self._emphasis(at))

    def _line(self, line: Talker, width: int, chosen: str) -> list[Piece]:
        sent, received = (getattr(line, f"{way}_{self.measure.value}") for way in ("sent", "received"))
        write = octets if self.measure is Measure.BYTES else lambda value: scaled(value).rjust(7)
        room = max(4, width - 22)
        suspect = line.label in self.suspects
        ink = ("red" if suspect else "text") + chosen
        return [
            (f" {fit(printable(line.label), room)}", ink),
            (f" {self.glyphs.up} {write(sent)}", f"dim{chosen}"),
            (f" {self.glyphs.down} {write(received)} ", f"dim{chosen}"),
        ]

    def _paint_types(self, width: int, height: int) -> Iterator[list[Piece]]:
        if not self._types:
            yield [(" no flow has a label yet", "dim")]
            return
        whole = sum(kind.bytes for kind in self._types)
        top = self._top(height)
        for at, kind in enumerate(self._types[top : top + height], top):
            chosen = self._emphasis(at)
            yield [
                (f" {fit(printable(kind.label), max(4, width - 27))}", f"text{chosen}"),
                (f" {scaled(kind.flows):>7}", f"dim{chosen}"),
                (f" {octets(kind.bytes)}", f"dim{chosen}"),
                (f" {share(kind.bytes, whole):>7} ", f"text{chosen}"),
            ]


def talker_expression(label: str, subject: Subject) -> str:
    """The display filter for one line of the talkers pane: an address, a `443/tcp`, or `a ↔ b`."""
    if subject is Subject.PORTS:
        port, _, transport = label.partition("/")
        names = [transport] if transport else ["tcp", "udp"]
        return " || ".join(f"{name}.port == {port}" for name in names)
    sides = [part for part in label.replace("<->", " ").replace("↔", " ").split() if part]
    return " && ".join(_address_expression(side) for side in sides)


def _address_expression(text: str) -> str:
    try:
        version = ip_address(text).version
    except ValueError:
        return f"eth.addr == {text}"
    return f"{'ip' if version == 4 else 'ipv6'}.addr == {text}"
