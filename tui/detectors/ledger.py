"""Ledger: the table of connection attempts, and what has become of them since somebody last asked."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from tui.core.alert.alerts import SECOND_NS
from tui.detectors.entries import BLANK, FIELDS, State
from tui.detectors.outcomes import Connections, How, Results, join
from tui.detectors.part import Part
from tui.detectors.tables import I64, Table

NEVER = 1 << 62
"""A second that does not come."""


class Ledger:
    """Entries with the fields of `entries.FIELDS`; at the bound of the table probes that wait go first.

    A slot whose `state` is 0 is free.
    """

    def __init__(self, bits: int) -> None:
        """Room for `8 << bits` entries."""
        self.table = Table(bits, FIELDS)
        self._outcomes: list[Connections] = []
        self._starts: list[Connections] = []
        self._ends: list[Connections] = []
        self._none = self.copy(np.empty(0, np.int64), How.OK)
        self._nothing = Results(self._none, self._none, self._none)
        self._due = NEVER
        """The first second at the end of which something in the table runs out of time, or an earlier one."""

    # what is written

    def enter(self, part: Part, rows: I64, slots: I64, state: State) -> None:
        """These packets begin the entries in these slots."""
        table = self.table
        for side, at in (("client", "src"), ("server", "dst")):
            table[f"{side}_hi"][slots] = getattr(part, f"{at}_hi")[rows]
            table[f"{side}_lo"][slots] = getattr(part, f"{at}_lo")[rows]
            table[side][slots] = getattr(part, at)[rows]
        table["kind"][slots] = part.kind[rows]
        table["cport"][slots] = part.sport[rows]
        table["sport"][slots] = part.dport[rows]
        table["proto"][slots] = part.ip_proto[rows]
        table["state"][slots] = state
        table["start_ns"][slots] = part.time_ns[rows]
        table["last_ns"][slots] = part.time_ns[rows]
        table["number"][slots] = part.number[rows]
        table["isn_c"][slots] = part.seq[rows]
        table["interface"][slots] = part.interface[rows]
        for name in BLANK:
            table[name][slots] = 0
        table.worth[slots] = part.time_ns[rows] / SECOND_NS

    def forget(self, slots: I64) -> None:
        """Free these slots."""
        self.table.drop(slots)
        self.table["state"][slots] = 0

    # what is told

    def told(self, slots: I64, how: How = How.OK) -> None:
        """These attempts were decided like this; their entries stay."""
        if len(slots):
            self._outcomes.append(self.copy(slots, how))

    def failed(self, slots: I64, how: How) -> None:
        """These attempts were decided like this, and their entries go. Slots may repeat."""
        slots = np.unique(slots)
        if len(slots):
            self.told(slots, how)
            self.forget(slots)

    def opened(self, slots: I64) -> None:
        """The handshakes of these TCP connections are complete. Slots are distinct."""
        if len(slots):
            self.table["state"][slots] = State.OPEN
            self.told(slots)
            self._starts.append(self.copy(slots, How.OK))

    def ended(self, slots: I64) -> None:
        """These TCP connections are over; their entries stay."""
        if len(slots):
            self._ends.append(self.copy(slots, How.OK))

    def take(self) -> Results:
        """What was told since the last time, in the order of first packets."""
        if not (self._outcomes or self._starts or self._ends):
            return self._nothing
        results = Results(*(join([self._none, *some]) for some in (self._outcomes, self._starts, self._ends)))
        self._outcomes, self._starts, self._ends = [], [], []
        return results

    def copy(self, slots: I64, how: How) -> Connections:
        """What these entries hold now."""
        made = {f.name: self.table[f.name][slots] for f in fields(Connections) if f.name != "how"}
        return Connections(**made, how=np.full(len(slots), how, np.uint8))

    # when it must be looked at

    def due(self, second: int) -> bool:
        """Whether something may run out of time at the end of `second`."""
        return second >= self._due

    def rest(self) -> None:
        """Nothing is due, until `wake` says so."""
        self._due = NEVER

    def wake(self, since_ns: I64, wait_s: int) -> None:
        """Entries that last moved at these times run out of time so many seconds later."""
        if len(since_ns):
            self._due = min(self._due, int(since_ns.min()) // SECOND_NS + wait_s)
