"""Dressing: what the rows of the packet list say and wear beyond their packets' own bytes.

Columns that are fields or labels, colouring rules, notes, the packets that show an alert: all of it only for the rows
that are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import AddressKind, Columns, address_text
from tui.core.flow.owners import UNKNOWN
from tui.core.frames import Frames
from tui.screens.contract import SessionLike
from tui.screens.labels import ALERT, NAME, PROCESS, Label, labels
from tui.screens.looks import PlaceOf, Rule
from tui.widgets.list_columns import KNOWN, Layout, Times

if TYPE_CHECKING:
    from tui.dissect.vendors import Vendors
    from tui.filters import Filter, Place

Int64 = NDArray[np.int64]
LOCAL = "local address"
"""What is said of a card whose address no vendor gave."""


ALERTED = ("red", "!")
"""How packets that show an alert are written, unless a rule says otherwise."""
_NO_ROW = ("", "")


@dataclass(slots=True)
class Dressing:
    """One for the life of a live screen; what it says may change, then rows are to be written anew."""

    session: SessionLike
    layout: Layout = field(default_factory=Layout)
    rules: Sequence[Rule] = ()
    notes: Mapping[int, str] = field(default_factory=dict)
    """Notes by the number of the packet."""
    alerted: Mapping[int, str] = field(default_factory=dict)
    """The rule of an alert by the number of each packet that shows it."""
    place_of: PlaceOf | None = None
    named: bool = False
    """Names stand in place of addresses: of network cards, their vendors."""
    _vendors: Vendors | None = None
    _made: dict[str, Filter] = field(default_factory=dict)
    """Filters of the rules."""

    @property
    def follows_owners(self) -> bool:
        """Whether rows change when more processes are known."""
        return "process" in self.layout.names or any(PROCESS in rule.filter for rule in self.rules)

    @property
    def wants_before(self) -> bool:
        """Whether times count from the row before."""
        return self.layout.times is Times.DELTA and "time" in self.layout.names

    def vendor_of(self, address: str) -> str:
        """Who made a network card."""
        if self._vendors is None:
            from tui.dissect.vendors import Vendors

            self._vendors = Vendors()
        return self._vendors.of(address)

    def cards(self, columns: Columns) -> dict[str, str]:
        """Names of the network cards among the addresses of some rows: `Cisco_12:34:56`."""
        found = {}
        for row in np.flatnonzero(columns.kind == AddressKind.MAC).tolist() if self.named else ():
            for side in ("src", "dst"):
                address = address_text(AddressKind.MAC, 0, int(getattr(columns, f"{side}_lo")[row])) or ""
                if (vendor := self.vendor_of(address)) and vendor != LOCAL:
                    found[address] = f"{vendor.split()[0].rstrip(',')}_{address[9:]}"
        return found

    def labels(self, text: str, sequences: Int64) -> dict[str, Label]:
        """The labels that a filter of this text asks for, of these packets."""
        found = dict(labels(self.session, text))
        if ALERT in text:
            rows = [row for row, sequence in enumerate(sequences.tolist()) if sequence in self.alerted]
            texts = [self.alerted[int(sequences[row])].encode() for row in rows]
            found[ALERT] = lambda columns: (np.asarray(rows, np.int64), texts)
        return found

    def further(self, columns: Columns, sequences: Int64, frames: Frames, first_ns: int) -> dict[str, Sequence[str]]:
        """The texts of the layout's columns that packets alone do not tell."""
        found: dict[str, Sequence[str]] = {}
        for name in self.layout.names:
            if make := _MADE.get(name):
                found[name] = make(self, columns, sequences)
            elif name not in KNOWN:
                found[name] = self._field(name, columns, sequences, frames, first_ns)
        return found

    def inks(self, columns: Columns, sequences: Int64, frames: Frames, first_ns: int) -> Sequence[tuple[str, str]]:
        """Ink and letter of each row: those of the first rule that picks it."""
        if not self.rules and not self.alerted:
            return ()
        found = [ALERTED if sequence in self.alerted else _NO_ROW for sequence in sequences.tolist()]
        for rule in reversed(self.rules):
            place = self.place(rule.filter, sequences, first_ns)
            picked = self._filter(rule.filter).match(columns, frames.select, place)
            for row in np.flatnonzero(picked).tolist():
                found[row] = (rule.ink, rule.letter)
        return found

    def _filter(self, text: str) -> Filter:
        if text not in self._made:
            from tui import filters  # late: most screens have no rules

            self._made[text] = filters.compile(text)
        return self._made[text]

    def _field(self, name: str, columns: Columns, sequences: Int64, frames: Frames, first_ns: int) -> Sequence[str]:
        from tui.filters.show import texts

        return texts(name, columns, frames.select, self.place(name, sequences, first_ns))

    def place(self, text: str, sequences: Int64, first_ns: int) -> Place:
        from tui.filters import Place

        return Place(numbers=sequences + 1, start_ns=first_ns or None, labels=self.labels(text, sequences))

    def _interfaces(self, columns: Columns, sequences: Int64) -> Sequence[str]:
        names = self.session.interfaces
        return [names[number] if number < len(names) else str(number) for number in columns.interface.tolist()]

    def _processes(self, columns: Columns, sequences: Int64) -> list[str]:
        owners = self.session.owners
        return [owners.known[c].label if c != UNKNOWN else "" for c in owners.of(columns.flow).tolist()]

    def _hosts(self, columns: Columns, sequences: Int64) -> list[str]:
        rows, texts = self.labels(NAME, sequences)[NAME](columns)
        found = [""] * len(columns)
        for row, text in zip(rows.tolist(), texts, strict=True):
            found[row] = found[row] or text.decode("utf-8", "replace")
        return found

    def _notes(self, columns: Columns, sequences: Int64) -> list[str]:
        return [self.notes.get(sequence, "") for sequence in sequences.tolist()]


_MADE: dict[str, Callable[[Dressing, Columns, Int64], Sequence[str]]] = {
    "interface": Dressing._interfaces,
    "process": Dressing._processes,
    "host": Dressing._hosts,
    "note": Dressing._notes,
}
