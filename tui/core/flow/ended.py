"""EndedFlows: the flows that are over and wait to be taken, bounded."""

from __future__ import annotations

from tui.core.flow.records import FlowRecords, Index, concatenate

MAX_UNTAKEN = 262_144
"""Ended flows that wait; the oldest are dropped. Fewer end in a batch, and who collects them takes them after each."""
SHELF = 24_576
"""Flows on one shelf: whoever takes them in time finds them all on one, and none is copied twice."""


class EndedFlows:
    """Copies of records, in the order in which they came."""

    def __init__(self) -> None:
        self._shelves: list[FlowRecords] = []
        self._filled = 0
        """Flows on the last shelf; the others are full."""
        self.waiting = 0
        """Flows that can be taken."""

    def add(self, records: FlowRecords, of: Index) -> None:
        """Keep copies of some records."""
        while len(of):
            if not self._shelves or self._filled == len(self._shelves[-1]):
                self._shelves.append(FlowRecords.room(SHELF))
                self._filled = 0
            shelf = self._shelves[-1]
            some = of[: len(shelf) - self._filled]
            shelf.copy_in(self._filled, records, some)
            self._filled += len(some)
            self.waiting += len(some)
            of = of[len(some) :]
        while self.waiting > MAX_UNTAKEN and len(self._shelves) > 1:
            self.waiting -= len(self._shelves.pop(0))

    def take(self) -> FlowRecords:
        """All of them, which wait no longer."""
        shelves, self._shelves, self.waiting = self._shelves, [], 0
        if shelves:
            shelves[-1] = shelves[-1].head(self._filled)
        return shelves[0] if len(shelves) == 1 else concatenate(shelves)
