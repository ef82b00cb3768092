"""Rows of the packet list as text: which columns fit, how wide, what each says and in which ink."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import Columns, Mark, TcpFlag, address_text
from tui.core.protocols import NAMES
from tui.core.text import fit, printable
from tui.widgets.ink import Piece
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
    def first_ns(self) -> int:
        """The time that the Time column counts from."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """One packet as text. It never changes, so it is made once."""

    sequence: int
    time_ns: int
    source: str
    destination: str
    protocol: str
    length: str
    info: str
    trouble: str
    """The ink of the info: red for a reset or a broken header, amber for TCP's own trouble."""


def rows_of(page: Page) -> list[Row]:
    """The rows of a page."""
    return [_row(page, index) for index in range(len(page.sequences))]


def _row(page: Page, index: int) -> Row:
    c = page.columns
    kind, marks = int(c.kind[index]), int(c.marks[index])
    source = address_text(kind, int(c.src_hi[index]), int(c.src_lo[index]))
    destination = address_text(kind, int(c.dst_hi[index]), int(c.dst_lo[index]))
    reset = int(c.tcp_flags[index]) & TcpFlag.RST
    return Row(
        sequence=int(page.sequences[index]),
        time_ns=int(c.time_ns[index]),
        source=_named(page, source),
        destination=_named(page, destination),
        protocol=NAMES[int(c.protocol[index])],
        length=str(int(c.length[index])),
        info=printable(page.info[index], 400),
        trouble="red" if reset or marks & Mark.MALFORMED else "amber" if marks & _TROUBLE else "text",
    )


def _named(page: Page, address: str | None) -> str:
    """The name of an address where names are wanted and one is known."""
    return printable(page.names.get(address, address), 200) if address else ""


@dataclass(frozen=True, slots=True)
class Widths:
    """Cells of each column; 0 leaves it out."""

    number: int
    time: int
    address: int
    protocol: int
    length: int
    info: int


def widths(total: int) -> Widths:
    """The columns for a list of so many cells: number and length go first, addresses grow only where there is room."""
    number, length, time = (11, 6, 10) if total >= 100 else (0, 0, 9)
    if total < 60:
        time = 0
    address = 39 if total >= 220 else 26 if total >= 150 else 17 if total >= 70 else 15
    protocol = 7
    rest = total - 1 - number - time - length - protocol - 2 * (address + 1) - 4
    return Widths(number, time, address, protocol, length, max(0, rest))


def header(w: Widths) -> list[Piece]:
    """The names of the columns, over them."""
    parts = [
        "No.".rjust(w.number) if w.number else "",
        ("  " + "Time".rjust(w.time - 1)) if w.time else "",
        f"  {fit('Source', w.address)} {fit('Destination', w.address)} ",
        fit("Proto", w.protocol),
        "Len".rjust(w.length) if w.length else "",
        "  Info",
    ]
    return [(" " + "".join(parts), "dim")]


def pieces(row: Row, first_ns: int, w: Widths, mark: str = "", chosen: bool = False) -> list[Piece]:
    """The cells of one row."""
    on = " chosen bold" if chosen else ""
    past = f"dim{on}"
    seconds = (row.time_ns - first_ns) / 1e9
    return [
        (mark or " ", f"accent{on}"),
        (f"{row.sequence + 1:,}".rjust(w.number) if w.number else "", past),
        (" " + f"{seconds:.3f}".rjust(w.time) if w.time else "", past),
        (f"  {middle(row.source, w.address)} {middle(row.destination, w.address)} ", f"text{on}"),
        (fit(row.protocol, w.protocol), f"proto--{family(row.protocol)}{on}"),
        (row.length.rjust(w.length) if w.length else "", f"text{on}"),
        (f"  {fit(row.info, w.info)}" if w.info else "", f"{row.trouble}{on}"),
    ]


def plain(row: Row, first_ns: int) -> str:
    """The row as one line of text, for the clipboard."""
    seconds = (row.time_ns - first_ns) / 1e9
    parts = (row.sequence + 1, f"{seconds:.6f}", row.source, row.destination, row.protocol, row.length, row.info)
    return "  ".join(str(part) for part in parts)


def middle(text: str, width: int) -> str:
    """An address in exactly `width` cells: a long one keeps both ends, which tell hosts and networks apart."""
    if len(text) <= width:
        return text.ljust(width)
    head = (width - 1) * 3 // 5
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"
