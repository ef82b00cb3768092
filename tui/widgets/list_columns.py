"""Columns of the packet list: which there are, which a list has, how wide each is, and how times are written."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Times(Enum):
    """How the Time column is written."""

    RELATIVE = "relative"
    DELTA = "delta"
    CLOCK = "clock"
    DATE = "date"


TIME_WORDS = {
    Times.RELATIVE: "seconds since the first packet",
    Times.DELTA: "seconds since the packet listed before",
    Times.CLOCK: "local time of day",
    Times.DATE: "local date and time",
}
_TIME_CELLS = {Times.RELATIVE: 10, Times.DELTA: 10, Times.CLOCK: 13, Times.DATE: 27}


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column. `cells` 0: it shares what others leave."""

    name: str
    title: str
    about: str
    cells: int
    gap: int = 1
    """Blanks before it."""
    right: bool = False
    ink: str = "text"


KNOWN: dict[str, ListColumn] = {
    column.name: column
    for column in (
        ListColumn("number", "No.", "number of the packet, from 1", 11, 0, True, "dim"),
        ListColumn("time", "Time", "when it was captured; T changes how it is written", 10, 1, True, "dim"),
        ListColumn("source", "Source", "where it comes from", 17, 2),
        ListColumn("sport", "SPort", "source port", 6, 1, True),
        ListColumn("destination", "Destination", "where it goes", 17),
        ListColumn("dport", "DPort", "destination port", 6, 1, True),
        ListColumn("protocol", "Proto", "highest protocol", 7),
        ListColumn("length", "Len", "bytes on the wire", 6, 0, True),
        ListColumn("process", "Process", "process of the local socket, ~ by its port only", 12),
        ListColumn("host", "Host", "names that the flow was asked for: DNS, TLS, HTTP", 20),
        ListColumn("vlan", "VLAN", "outermost VLAN", 5, 1, True),
        ListColumn("ttl", "TTL", "time to live, hop limit", 4, 1, True),
        ListColumn("interface", "Iface", "interface it was captured on", 6, 1),
        ListColumn("stream", "Stream", "number of the TCP or UDP stream", 7, 1, True),
        ListColumn("note", "Note", "the note of the packet", 20, 2, False, "accent"),
        ListColumn("info", "Info", "what it says; has the room that is left", 0, 2),
    )
}
"""By name, in the order in which they are offered."""
DEFAULT = ("number", "time", "source", "destination", "protocol", "length", "info")
FIELD_CELLS = 14
"""Cells of a column that is a field of the filter language."""
LEAST_INFO = 10
"""Info has so many cells before other columns have any."""
NARROWEST, WIDEST = 3, 120


def column_of(name: str) -> ListColumn:
    """A column by its name; any other name is a field of display filters."""
    return KNOWN.get(name) or ListColumn(name, name.rpartition(".")[2] or name, f"the field {name}", FIELD_CELLS)


@dataclass(slots=True)
class Layout:
    """What a packet list shows; one for the life of the program."""

    names: tuple[str, ...] = DEFAULT
    widths: dict[str, int] = field(default_factory=dict)
    """Cells that a person chose."""
    times: Times = Times.RELATIVE

    def fitted(self, total: int) -> list[tuple[ListColumn, int]]:
        """The columns for a list of so many cells, with their widths.

        Where there is little room, number and length go first, then what was added, last the time.
        """
        cramped = total < 100
        gone = {"number", "length"} if cramped else set()
        gone |= {"time"} if total < 60 else set()
        shown = [(column_of(name), self._cells(name, total)) for name in self.names if name not in gone]
        spare = [name for name in self.names[::-1] if name not in DEFAULT]
        for name in spare if cramped else (*spare, "length", "number", "time"):
            if "info" in self.names and _room(shown, total) < LEAST_INFO:
                shown = [part for part in shown if part[0].name != name]
        return [(column, cells or max(0, _room(shown, total))) for column, cells in shown]

    def _cells(self, name: str, total: int) -> int:
        if name == "info":
            return 0
        if chosen := self.widths.get(name):
            return chosen
        if name in ("source", "destination"):
            full = total >= 100 or (total >= 70 and set(self.names) <= set(DEFAULT))
            return 39 if total >= 220 else 26 if total >= 150 else 17 if full else 15
        if name == "time":
            return 9 if total < 100 and self.times in (Times.RELATIVE, Times.DELTA) else _TIME_CELLS[self.times]
        return column_of(name).cells

    def setting(self) -> str:
        """The lines of the settings file that make this layout."""
        names = ", ".join(f'"{name}"' for name in self.names)
        lines = f'[list]\ncolumns = [{names}]\ntime = "{self.times.value}"\n'
        widths = ", ".join(f'"{name}" = {cells}' for name, cells in self.widths.items())
        return f"{lines}widths = {{{widths}}}\n" if widths else lines


def _room(shown: list[tuple[ListColumn, int]], total: int) -> int:
    """Cells left for Info: the first cell is the mark's, and an end stays free."""
    return total - 1 - sum(column.gap + cells for column, cells in shown)


def time_text(times: Times, time_ns: int, first_ns: int, before_ns: int, cells: int) -> str:
    """A packet's time in the form that was chosen, as fine as there is room."""
    if times is Times.RELATIVE or times is Times.DELTA:
        seconds = (time_ns - (first_ns if times is Times.RELATIVE else before_ns or time_ns)) / 1e9
        return f"{seconds:.{6 if times is Times.DELTA else 3}f}".rjust(cells)
    whole, rest = divmod(time_ns, 1_000_000_000)
    pattern = "%H:%M:%S" if times is Times.CLOCK else "%Y-%m-%d %H:%M:%S"
    text = time.strftime(pattern, time.localtime(whole))
    digits = min(9, cells - len(text) - 1)
    return (f"{text}.{rest:09d}"[: len(text) + 1 + digits] if digits > 0 else text).rjust(cells)


def widened(widths: Mapping[str, int], name: str, now: int, by: int) -> dict[str, int]:
    """The chosen widths with one column wider or narrower."""
    return {**widths, name: max(NARROWEST, min(WIDEST, now + by))}
