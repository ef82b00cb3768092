"""Rows of the packet list as text: what each column says, and in which ink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE16, NONE32, Columns, Mark, TcpFlag, address_text
from tui.core.shown import protocol_names
from tui.core.text import fit, middle, printable
from tui.widgets.ink import Piece
from tui.widgets.list_columns import ListColumn, Times, time_text
from tui.widgets.themes import family

_TROUBLE = Mark.RETRANSMISSION | Mark.FAST_RETRANSMISSION | Mark.ZERO_WINDOW | Mark.LOST_SEGMENT | Mark.OUT_OF_ORDER


@dataclass(frozen=True, slots=True)
class Page:
    """The packets of a few rows: their numbers, their columns and the info line of each."""

    sequences: NDArray[np.int64]
    columns: Columns
    info: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    """Names to write in place of addresses."""
    extra: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Texts of further columns by their name, one for each row."""
    before_ns: Sequence[int] = ()
    """Time of the packet listed before each; 0 where there is none. Only where the Time column wants it."""
    inks: Sequence[tuple[str, str]] = ()
    """Ink and letter that a colouring rule gives each row; empty where there is no rule."""


class PacketSource(Protocol):
    """The packets to list, in order: all that are kept, or those a filter matches."""

    def __len__(self) -> int: ...

    def at(self, start: int, stop: int) -> NDArray[np.int64]:
        """Sequence numbers of the rows from start to stop."""
        ...

    def position(self, sequence: int) -> int:
        """How many rows come before this sequence number."""
        ...

    def page(self, sequences: NDArray[np.int64]) -> Page:
        """The packets of these sequence numbers, all of which are kept."""
        ...

    @property
    def end(self) -> int:
        """The sequence number behind the newest packet there is, listed or not."""
        ...

    @property
    def first_ns(self) -> int:
        """The time that the Time column counts from."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """One packet as text. It never changes, so it is made once."""

    sequence: int
    time_ns: int
    before_ns: int
    cells: Mapping[str, str]
    """What each column says, but for number and time."""
    trouble: str
    """The ink of the info: red for a reset or a broken header, amber for TCP's own trouble."""
    ink: str = ""
    """What a colouring rule says of the whole row."""
    letter: str = ""
    """The rule's letter, for eyes and terminals without colour."""


def rows_of(page: Page) -> list[Row]:
    """The rows of a page."""
    names = protocol_names(page.columns)
    return [_row(page, index, names[index]) for index in range(len(page.sequences))]


def _row(page: Page, index: int, protocol: str) -> Row:
    c = page.columns
    kind, marks = int(c.kind[index]), int(c.marks[index])
    ported = marks & Mark.PORTS
    cells = {
        "source": _named(page, address_text(kind, int(c.src_hi[index]), int(c.src_lo[index]))),
        "destination": _named(page, address_text(kind, int(c.dst_hi[index]), int(c.dst_lo[index]))),
        "sport": str(int(c.sport[index])) if ported else "",
        "dport": str(int(c.dport[index])) if ported else "",
        "protocol": protocol,
        "length": str(int(c.length[index])),
        "vlan": _unless(int(c.vlan[index]), NONE16),
        "ttl": _unless(int(c.ttl[index]), 0),
        "interface": str(int(c.interface[index])),
        "stream": _unless(int(c.stream[index]), NONE32),
        "info": printable(page.info[index], 400),
    }
    cells |= {name: printable(texts[index], 200) for name, texts in page.extra.items()}
    reset = int(c.tcp_flags[index]) & TcpFlag.RST
    ink, letter = page.inks[index] if page.inks else ("", "")
    return Row(
        sequence=int(page.sequences[index]),
        time_ns=int(c.time_ns[index]),
        before_ns=page.before_ns[index] if page.before_ns else 0,
        cells=cells,
        trouble="red" if reset or marks & Mark.MALFORMED else "amber" if marks & _TROUBLE else "text",
        ink=ink,
        letter=letter,
    )


def _unless(value: int, none: int) -> str:
    return "" if value == none else str(value)


def _named(page: Page, address: str | None) -> str:
    """The name of an address where names are wanted and one is known."""
    return printable(page.names.get(address, address), 200) if address else ""


Fitted = Sequence[tuple[ListColumn, int]]
"""The columns that a list has, with their widths: `Layout.fitted`."""


def header(columns: Fitted) -> list[Piece]:
    """The names of the columns, over them."""
    parts = [" " * column.gap + _placed(column, column.title, cells) for column, cells in columns if cells]
    return [(" " + "".join(parts), "dim")]


def pieces(
    row: Row, first_ns: int, columns: Fitted, times: Times = Times.RELATIVE, mark: str = "", chosen: bool = False
) -> list[Piece]:
    """The cells of one row."""
    on = " chosen bold" if chosen else ""
    made: list[Piece] = [(mark or row.letter or " ", f"{'accent' if mark else row.ink or 'accent'}{on}")]
    for column, cells in columns:
        if not cells:
            continue
        if column.name == "number":
            text, ink = f"{row.sequence + 1:,}", column.ink
        elif column.name == "time":
            text, ink = time_text(times, row.time_ns, first_ns, row.before_ns, cells), column.ink
        else:
            text = row.cells.get(column.name, "")
            ink = _ink(column, text, row)
        made.append((" " * column.gap + _placed(column, text, cells), f"{ink}{on}"))
    return made


def _ink(column: ListColumn, text: str, row: Row) -> str:
    if column.name == "protocol":
        return f"proto--{family(text)}"
    if row.ink:
        return row.ink
    return row.trouble if column.name == "info" else column.ink


def _placed(column: ListColumn, text: str, cells: int) -> str:
    if column.name in ("source", "destination"):
        return middle(text, cells)
    return text.rjust(cells)[:cells] if column.right else fit(text, cells)


def plain(row: Row, first_ns: int) -> str:
    """The row as one line of text, for the clipboard."""
    seconds = (row.time_ns - first_ns) / 1e9
    names = ("source", "destination", "protocol", "length", "info")
    return "  ".join([str(row.sequence + 1), f"{seconds:.6f}", *(row.cells[name] for name in names)])
