"""One packet in full: the tree of its layers and fields, and its bytes, each pointing at the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message

from tui.core.text import fit, printable
from tui.widgets.ink import Canvas, Piece


@dataclass(frozen=True, slots=True)
class Node:
    """A layer or a field: its line, the bytes [start, stop) it was read from, what is inside it."""

    text: str
    start: int = 0
    stop: int = 0
    children: tuple[Node, ...] = ()
    filter: str = ""
    """The display filter that picks packets with this value; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A node that is in sight: how deep it lies and by which way it is reached."""

    node: Node
    depth: int
    way: tuple[str, ...]


class DetailTree(Canvas, can_focus=True):
    """Folds are remembered by name, so the next packet opens as this one was left."""

    class Pointed(Message):
        """Another field is chosen."""

        def __init__(self, start: int, end: int) -> None:
            super().__init__()
            self.start = start
            self.end = end

    class Chosen(Message):
        """The person wants to see only packets with this value."""

        def __init__(self, expression: str) -> None:
            super().__init__()
            self.expression = expression

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._layers: Sequence[Node] = ()
        self._open: set[tuple[str, ...]] = set()
        self._shown: list[Shown] = []
        self._at = 0
        self._top = 0

    def show(self, nodes: Sequence[Node]) -> None:
        """Another packet; what was chosen stays chosen where it has such a field too."""
        way = self._shown[self._at].way if self._at < len(self._shown) else ()
        self._layers = nodes
        self._unfold()
        self._at = next((i for i, s in enumerate(self._shown) if s.way == way), 0)
        self._point()

    def _unfold(self) -> None:
        self._shown = list(visible(self._layers, self._open))
        self._at = max(0, min(self._at, len(self._shown) - 1))

    def move(self, by: int) -> None:
        if self._shown:
            self._at = max(0, min(len(self._shown) - 1, self._at + by))
            self._point()

    def fold(self, opened: bool | None = None) -> None:
        """Open or close the chosen node; closing a field closes the layer around it."""
        if not self._shown:
            return
        here = self._shown[self._at]
        is_open = here.way in self._open
        want = not is_open if opened is None else opened
        if want and here.node.children:
            self._open.add(here.way)
        elif not want and is_open:
            self._open.discard(here.way)
        elif not want and here.depth:
            self._at = next(i for i, s in enumerate(self._shown) if s.way == here.way[:-1])
        self._unfold()
        self._point()

    def choose(self) -> None:
        """Open or close what has parts; of a field without, ask for the packets that have its value."""
        node = self._shown[self._at].node if self._shown else Node("")
        if node.children:
            self.fold()
        elif node.filter:
            self.post_message(self.Chosen(node.filter))

    @property
    def condition(self) -> tuple[str, str]:
        """The chosen field's name and the display filter of its value, which is empty where it has none."""
        node = self._shown[self._at].node if self._at < len(self._shown) else Node("")
        return node.text.partition(":")[0].partition(",")[0], node.filter

    def reveal(self, offset: int) -> None:
        """Choose the smallest field that covers a byte, and open the way to it."""
        way = way_to(self._layers, offset)
        self._open |= {way[:depth] for depth in range(1, len(way))}
        self._unfold()
        self._at = next((i for i, s in enumerate(self._shown) if s.way == way), self._at)
        self.redraw()

    def line(self) -> str:
        """The chosen field as text."""
        return printable(self._shown[self._at].node.text) if self._at < len(self._shown) else ""

    def _point(self) -> None:
        if self._shown:
            node = self._shown[self._at].node
            self.post_message(self.Pointed(node.start, node.stop))
        self.redraw()

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        self._top = max(self._at - height + 1, min(self._top, self._at))
        for index, shown in enumerate(self._shown[self._top : self._top + height], self._top):
            inner = shown.node.children
            sign = (self.glyphs.open if shown.way in self._open else self.glyphs.closed) if inner else " "
            chosen = " chosen" if index == self._at else ""
            ink = "bright" if shown.depth == 0 else "text"
            text = fit(f"{'  ' * shown.depth}{sign} {printable(shown.node.text)}", width - 1)
            yield [(" ", chosen.strip()), (text, ink + chosen)]

    def on_click(self, event: events.Click) -> None:
        at = self._top + event.y - 1
        if 0 <= at < len(self._shown):
            if at == self._at:
                self.fold()
            self._at = at
            self._point()


def visible(nodes: Sequence[Node], opened: set[tuple[str, ...]], way: tuple[str, ...] = ()) -> Iterator[Shown]:
    """The nodes that no closed node hides, from the top."""
    for node, name in zip(nodes, names(nodes), strict=True):
        here = (*way, name)
        yield Shown(node, len(way), here)
        if here in opened:
            yield from visible(node.children, opened, here)


def names(nodes: Sequence[Node]) -> Iterator[str]:
    """What each node is called among its neighbours, its value left out: a second one of a name is counted."""
    seen: dict[str, int] = {}
    for node in nodes:
        name = node.text.partition(":")[0].partition(",")[0]
        seen[name] = seen.get(name, 0) + 1
        yield f"{name} {seen[name]}"


def way_to(nodes: Sequence[Node], offset: int) -> tuple[str, ...]:
    """The way to the deepest node that covers a byte."""
    for node, name in reversed(list(zip(nodes, names(nodes), strict=True))):
        if node.start <= offset < node.stop:
            return (name, *way_to(node.children, offset))
    return ()


class HexView(Canvas, can_focus=True):
    """Offset, bytes, characters; the bytes of the chosen field stand out, and moving here chooses the field."""

    class Pointed(Message):
        """Another byte is chosen."""

        def __init__(self, offset: int) -> None:
            super().__init__()
            self.offset = offset

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._data = b""
        self._start = self._stop = 0
        self._cursor = 0
        self._top = 0
        self._per_line = 16

    def show(self, data: bytes) -> None:
        self._data = data
        self._cursor = self._top = 0
        self.title("bytes", f"{len(data):,} captured")
        self.redraw()

    @property
    def highlighted(self) -> tuple[int, int]:
        """The bytes that stand out: from, up to."""
        return self._start, self._stop

    @property
    def part(self) -> bytes:
        """Those bytes."""
        return self._data[self._start : self._stop]

    def highlight(self, start: int, stop: int) -> None:
        """Bring the bytes of a field out, and into sight."""
        self._start, self._stop, self._cursor = start, stop, start
        self.redraw()

    def move(self, by: int) -> None:
        """So many lines further."""
        self.step(by * self._per_line)

    def step(self, by: int) -> None:
        """So many bytes further."""
        if self._data:
            self._cursor = max(0, min(len(self._data) - 1, self._cursor + by))
            self.post_message(self.Pointed(self._cursor))
            self.redraw()

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        n = self._per_line = 16 if width >= 74 else 8
        line = self._cursor // n
        self._top = max(line - height + 1, min(self._top, line))
        for first in range(self._top * n, min((self._top + height) * n, len(self._data)), n):
            yield self._line(first, self._data[first : first + n], n)

    def _line(self, first: int, part: bytes, n: int) -> list[Piece]:
        pieces: list[Piece] = [(f" {first:04x}  ", "dim")]
        used = 0
        for offset, byte in enumerate(part, first):
            gap = "  " if offset % 8 == 7 else " "
            ink = self._ink(offset)
            joined = "chosen" in ink and self._ink(offset + 1) == ink
            pieces += [(f"{byte:02x}", ink), (gap, ink if joined else "")]
            used += 2 + len(gap)
        pieces.append((" " * (3 * n + n // 8 + 1 - used), ""))
        pieces += [(_character(byte), self._ink(offset) or "dim") for offset, byte in enumerate(part, first)]
        return pieces

    def _ink(self, offset: int) -> str:
        if self.has_focus and offset == self._cursor:
            return "badge"
        return "bright chosen" if self._start <= offset < self._stop else ""

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()


def _character(byte: int) -> str:
    return chr(byte) if 32 <= byte < 127 else "."


class Detail(Horizontal):
    """Tree and bytes side by side, linked."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.fields = DetailTree(id="tree")
        self._bytes = HexView(id="hex")

    def compose(self) -> ComposeResult:
        yield self.fields
        yield self._bytes

    def show(self, title: str, nodes: Sequence[Node], data: bytes) -> None:
        """Another packet."""
        self._bytes.show(data)
        self.fields.title(title)
        self.fields.show(nodes)

    @property
    def chosen(self) -> tuple[str, bytes]:
        """The chosen field as text, and its bytes."""
        return self.fields.line(), self._bytes.part

    def on_detail_tree_pointed(self, event: DetailTree.Pointed) -> None:
        event.stop()
        self._bytes.highlight(event.start, event.end)

    def on_hex_view_pointed(self, event: HexView.Pointed) -> None:
        event.stop()
        self.fields.reveal(event.offset)
