"""Lines of the names screen: a name, how often, when, by whom."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from tui.core.namestable import NameRow
from tui.core.text import fit, printable
from tui.widgets.glyphs import Glyphs
from tui.widgets.ink import Piece
from tui.widgets.numbers import clock, scaled

KINDS = {"dns": "DNS", "sni": "TLS", "http": "HTTP", "url": "URL"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it sorts by, its cells, and from which width of the list on it is there."""

    name: str
    title: str
    cells: int
    least: int
    key: Callable[[NameRow], Any]
    right: bool = False


COLUMNS = (
    Column("kind", "Kind", 5, 0, lambda row: row.kind),
    Column("name", "Name", 0, 0, lambda row: row.name),
    Column("count", "Count", 7, 0, lambda row: row.count, True),
    Column("failures", "Failed", 7, 90, lambda row: row.failures, True),
    Column("first", "First", 9, 100, lambda row: row.first_ns, True),
    Column("last", "Last", 9, 60, lambda row: row.last_ns, True),
    Column("clients", "Clients", 20, 70, lambda row: (len(row.clients), row.clients)),
    Column("addresses", "Addresses", 26, 130, lambda row: row.addresses),
)
"""The name has what the others leave."""


class NameLines:
    """A TableSource over names in the order given."""

    def __init__(self, rows: Sequence[NameRow], sort: str, descending: bool, glyphs: Glyphs) -> None:
        self.rows = rows
        self._sort = sort
        self._mark = glyphs.down if descending else glyphs.up
        self._places = {(row.kind, row.name): at for at, row in enumerate(rows)}

    def __len__(self) -> int:
        return len(self.rows)

    def identity(self, place: int) -> Hashable:
        row = self.rows[place]
        return row.kind, row.name

    def place(self, identity: Hashable) -> int:
        at = self._places.get(identity) if isinstance(identity, tuple) else None
        return -1 if at is None else at

    def header(self, width: int) -> list[Piece]:
        pieces: list[Piece] = [(" ", "")]
        for column, cells in shown(width):
            title = column.title + (self._mark if column.name == self._sort else "")
            text = title.rjust(cells) if column.right else fit(title, cells)
            pieces.append((text + "  ", "bright" if column.name == self._sort else "dim"))
        return pieces

    def lines(self, start: int, stop: int, width: int) -> Sequence[list[Piece]]:
        columns = shown(width)
        return [self._line(row, columns) for row in self.rows[start:stop]]

    def _line(self, row: NameRow, columns: Sequence[tuple[Column, int]]) -> list[Piece]:
        pieces: list[Piece] = [(" ", "")]
        for column, cells in columns:
            text, ink = _cell(row, column.name)
            pieces.append(((text.rjust(cells) if column.right else fit(printable(text), cells)) + "  ", ink))
        return pieces


def _cell(row: NameRow, name: str) -> Piece:
    if name == "kind":
        return KINDS.get(row.kind, row.kind), "dim"
    if name == "name":
        return row.name, "text"
    if name == "count":
        return scaled(row.count), "bright"
    if name == "failures":
        return (scaled(row.failures), "amber") if row.failures else ("", "dim")
    if name in ("first", "last"):
        return clock(row.first_ns if name == "first" else row.last_ns), "dim"
    if name == "clients":
        more = f" and {len(row.clients) - 1}{'+' if row.more_clients else ''}" if len(row.clients) > 1 else ""
        return (row.clients[0] + more if row.clients else ""), "text"
    return ", ".join(row.addresses), "dim"


def shown(width: int) -> list[tuple[Column, int]]:
    """The columns that a list of so many cells has, with their widths."""
    found = [column for column in COLUMNS if width >= column.least]
    rest = width - 1 - sum(column.cells + 2 for column in found)
    return [(column, column.cells or max(8, rest)) for column in found]


def facts(row: NameRow) -> list[list[Piece]]:
    """What is known of one name beyond its line."""
    clients = ", ".join(row.clients) + (" and more" if row.more_clients else "")
    seen = f"   first {clock(row.first_ns)}   last {clock(row.last_ns)}"
    failed = f"   {row.failures:,} failed" if row.failures else ""
    return [
        [(" ", ""), (printable(row.name, 400), "bright"), (seen, "text"), (failed, "amber")],
        [(" clients   ", "dim"), (clients or "none", "text")],
        [(" addresses ", "dim"), (", ".join(row.addresses) or "none", "text")],
        [(" detail    ", "dim"), (printable(row.detail, 400) or "none", "text")],
    ]
