"""Packets: what a filter is applied to. A batch of rows with its inner headers, whose bytes are read when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE32, AddressKind, Columns, Mark
from tui.core.decode import decode
from tui.core.fragments import Fragments, completing
from tui.core.frames import Frames, from_packets
from tui.core.inner import within

if TYPE_CHECKING:
    from tui.filters.joined import Memory

_RAW = 101
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]
Read = Callable[[Rows], Frames]
"""Gives the frames of rows of the batch; those no longer kept have caplen 0."""
Guard = Callable[[Columns], Mask]
"""Tells which rows have the header that a field is in."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the batch stands in the capture: what the rows themselves do not tell."""

    first_number: int = 1
    """frame.number of the first row."""
    numbers: Rows | None = None
    """frame.number of each row, where they do not follow each other."""
    start_ns: int | None = None
    """Time of the first packet of the capture; None: of the batch."""
    previous_ns: int | None = None
    """Time of the packet before the batch; None: there is none."""
    interfaces: tuple[str, ...] = ()
    """Names for `Columns.interface`."""
    memory: Memory | None = None
    """What messages are unfinished from the batch before, where batches come in order."""
    labels: Mapping[str, Callable[[Columns], tuple[Rows, list[bytes]]]] = field(default_factory=dict)
    """Texts that other parts know of packets, by field (nettui.process, nettui.alert): rows and their texts."""


@dataclass(slots=True, eq=False)
class Level:
    """One header of the packets: the outermost, or the one inside a tunnel or quoted by an ICMP error."""

    depth: int
    rows: Rows | None
    """Rows of `Packets` that have this level; None: all, in order."""
    columns: Columns
    load: Callable[[], Frames | None]
    quoted: Mask | None = None
    """Of inner levels: which of them an ICMP error quotes, as far as it does."""

    @property
    def frames(self) -> Frames | None:
        return self.load()


@dataclass(slots=True, eq=False)
class Packets:
    columns: Columns
    read: Read | None = None
    place: Place = field(default_factory=Place)
    rows: Rows | None = None
    """Rows of the batch that these packets are; None: all of it."""
    root: Packets | None = None
    _frames: Frames | None = None
    _levels: list[Level] | None = None
    _guarded: dict[Guard, tuple[Rows, Packets]] = field(default_factory=dict)
    cache: dict[object, object] = field(default_factory=dict)
    """What readers have made of these packets."""

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def all_rows(self) -> Rows:
        return np.arange(len(self), dtype=np.int64) if self.rows is None else self.rows

    @property
    def frames(self) -> Frames | None:
        """The bytes of all these packets, read once; None where there is no way to read."""
        if self._frames is None and self.read is not None:
            self._frames = self.read(self.all_rows)
        return self._frames

    def narrow(self, index: Rows) -> Packets:
        """Some of the packets; bytes that were read already are not read again."""
        return Packets(
            self.columns.select(index), self.read, self.place, self.all_rows[index], self.root or self,
            None if self._frames is None else self._frames.select(index),
        )  # fmt: skip

    def within(self, guard: Guard) -> tuple[Rows, Packets]:
        """The packets of which some header has what the guard asks, with their rows in these packets."""
        found = self._guarded.get(guard)
        if found is None:
            mask = np.zeros(len(self), np.bool_)
            for level in self.levels:
                here = guard(level.columns)
                if level.rows is None:
                    mask |= here
                else:
                    mask[level.rows[here]] = True
            rows = np.flatnonzero(mask)
            found = (rows, self if len(rows) == len(self) else self.narrow(rows))
            self._guarded[guard] = found
        return found

    @property
    def levels(self) -> list[Level]:
        """The outermost headers of all packets, then the inner ones of those that have them."""
        if self._levels is None:
            inner = [*self._inner_levels(), *self._joined_datagrams()]
            own = replace(self.columns, stream=_own_streams(self.columns)) if inner else self.columns
            self._levels = [Level(0, None, own, lambda: self.frames), *inner]
        return self._levels

    def _joined_datagrams(self) -> list[Level]:
        """What datagrams carry that came in fragments, for those that completed them."""
        root = self.root or self
        found = root.cache.get(Fragments)
        if found is None:
            found = root.cache[Fragments] = _join(root)
        assert isinstance(found, list)
        if not found:
            return []
        own = {row: place for place, row in enumerate(self.all_rows.tolist())}
        here = [(own[row], row, data) for row, data in found if row in own]
        if not here:
            return []
        frames = from_packets([data for _, __, data in here], _RAW)
        columns = decode(frames)
        columns.kind[:] = AddressKind.POINT  # the addresses are those of the fragment, and counted there
        columns.stream[:] = root.columns.stream[[row for _, row, __ in here]]
        return [Level(1, np.array([place for place, _, __ in here]), columns, lambda: frames)]

    def _inner_levels(self) -> list[Level]:
        parents = np.flatnonzero(self.columns.marks & Mark.INNER)
        if self.read is None or not len(parents):
            return []
        outer = self.narrow(parents)
        if outer.frames is None:
            return []
        inside = within(outer.frames, outer.columns)
        found: list[Level] = []
        for depth in range(1, int(inside.depth.max(initial=0)) + 1):
            index = np.flatnonzero(inside.depth == depth)
            own = inside.parents[index]
            level = inside.columns.select(index)
            found.append(_inner(depth, parents[own], level, outer.frames.select(own), inside.quoted[index]))
        return found


def _join(packets: Packets) -> list[tuple[int, bytes]]:
    """The datagrams that are whole within a batch, by the row that completes each."""
    if packets.read is None or not len(completing(packets.columns)):
        return []
    rows = np.flatnonzero((packets.columns.marks & np.uint32(Mark.FRAGMENT)) != 0)
    some = packets.columns.select(rows)
    return [(int(rows[at]), data) for at, data in Fragments().feed(some, packets.read(rows))]


def _own_streams(columns: Columns) -> NDArray[np.uint32]:
    """Streams without those of packets inside of others, which stand in the same column."""
    return np.where(columns.marks & Mark.INNER, np.uint32(NONE32), columns.stream)


def _inner(depth: int, rows: Rows, columns: Columns, frames: Frames, quoted: Mask) -> Level:
    return Level(depth, rows, columns, lambda: frames, quoted)
