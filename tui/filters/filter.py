"""Filter: a display filter ready to be applied to batches of packets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tui.core.columns import Columns
from tui.errors import FilterError
from tui.filters.bothways import BothWays, both_ways
from tui.filters.compile import Term, term
from tui.filters.joined import Memory
from tui.filters.packets import Mask, Packets, Place, Read
from tui.filters.parser import parse
from tui.filters.sources import Cost


@dataclass(frozen=True, slots=True)
class Filter:
    """Immutable; any thread may use it at any time."""

    text: str
    _term: Term | None
    both_ways: BothWays | None = None
    """What it demands of whole flows."""

    @property
    def needs_bytes(self) -> bool:
        """Must bytes of ordinary packets be read? (Those with inner headers are read by every filter on addresses.)"""
        return self._term is not None and self._term.cost is not Cost.HEADER

    def match(self, columns: Columns, read: Read | None = None, place: Place | None = None) -> Mask:
        """Which packets are picked, shape (n,). Without `read`, fields that need bytes have no value."""
        if self._term is None or not len(columns):
            return np.ones(len(columns), np.bool_)
        return self._term.match(Packets(columns, read, place or Place()))


class Run:
    """A filter applied to the batches of one capture in their order, which is what numbers and times go by."""

    def __init__(self, chosen: Filter, interfaces: tuple[str, ...] = ()) -> None:
        self._chosen = chosen
        self._interfaces = interfaces
        self._start_ns: int | None = None
        self._previous_ns: int | None = None
        self._memory = Memory()

    def match(self, columns: Columns, read: Read | None, first_sequence: int) -> Mask:
        """Which packets of the next batch are picked; its first one is number `first_sequence` + 1."""
        if not len(columns):
            return np.zeros(0, np.bool_)
        if self._start_ns is None:
            self._start_ns = int(columns.time_ns[0])
        place = Place(
            first_sequence + 1, start_ns=self._start_ns, previous_ns=self._previous_ns, interfaces=self._interfaces,
            memory=self._memory,
        )  # fmt: skip
        self._previous_ns = int(columns.time_ns[-1])
        return self._chosen.match(columns, read, place)


def compile(text: str) -> Filter:  # noqa: A001 - filters.compile reads as re.compile does
    """A filter made of its text; an empty text picks everything. Raises FilterError with the position."""
    try:
        tree = parse(text)
        return Filter(text, None if tree is None else term(tree), both_ways(tree))
    except FilterError as error:
        error.text = "".join(c if c.isprintable() else " " for c in text)
        raise
