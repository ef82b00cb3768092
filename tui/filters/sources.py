"""Where fields come from: columns, bits of a header, parsed payloads. Each gives `Values` for a batch of packets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import Columns
from tui.core.frames import Frames
from tui.filters.joined import Tail, beginnings
from tui.filters.kinds import Kind
from tui.filters.packets import Guard, Level, Mask, Packets, Rows
from tui.filters.quicflows import Context, contexts
from tui.filters.values import Chunk, Data, Values, Wide, of_kind, strings


class Cost(IntEnum):
    """What it takes to evaluate a field; terms are tried in this order."""

    HEADER = 0  # arrays that are there
    BYTES = 1  # a few bytes of each packet
    PAYLOAD = 2  # a parser for each packet


class Source(Protocol):
    @property
    def cost(self) -> Cost: ...

    def values(self, packets: Packets, kind: Kind) -> Values: ...


Start = Callable[[Level], NDArray[np.int64]]
"""Where in the frame a header begins."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column, or some bits of it, of the packets that have the header; inner headers too."""

    name: str
    guard: Guard
    shift: int = 0
    mask: int = 0
    inner: bool = True
    """False: of the outermost headers only."""
    quoted: bool = True
    """False: not of headers that an ICMP error quotes."""
    cost: Cost = Cost.HEADER

    def values(self, packets: Packets, kind: Kind) -> Values:
        return [
            Chunk(self._data(level.columns, kind), level.rows, self.guard(level.columns), level.depth)
            if level.rows is None
            else _picked(self._data(level.columns, kind), level, self._inside(level))
            for level in (packets.levels if self.inner else packets.levels[:1])
        ]

    def _inside(self, level: Level) -> Mask:
        found = self.guard(level.columns)
        return found if self.quoted or level.quoted is None else found & ~level.quoted

    def _data(self, columns: Columns, kind: Kind) -> Data:
        if kind is Kind.IPV6:
            return Wide(getattr(columns, self.name + "_hi"), getattr(columns, self.name + "_lo"))
        name = self.name + "_lo" if kind in (Kind.IPV4, Kind.ETHER) else self.name
        data: NDArray[np.integer] = getattr(columns, name)
        if self.shift:
            data = data >> data.dtype.type(self.shift)
        return data & data.dtype.type(self.mask) if self.mask else data


def _picked(data: Data, level: Level, present: Mask) -> Chunk:
    index = np.flatnonzero(present)
    assert level.rows is not None
    part: Data = Wide(data.hi[index], data.lo[index]) if isinstance(data, Wide) else np.asarray(data)[index]
    return Chunk(part, level.rows[index], None, level.depth)


@dataclass(frozen=True, slots=True)
class Bits:
    """A number at a fixed place of a header: `width` bytes at `offset`, then `shift` and `mask`."""

    guard: Guard
    start: Start
    offset: int
    width: int
    shift: int = 0
    mask: int = 0
    scale: int = 1
    least: int = 0
    """Smaller values are something else, so the field is not there: a length in the place of an ethertype."""
    cost: Cost = Cost.BYTES

    def values(self, packets: Packets, kind: Kind) -> Values:
        return in_headers(packets, self.guard, lambda level, index: self._read(level, index, kind))

    def _read(self, level: Level, index: Rows, kind: Kind) -> tuple[Data, Mask]:
        frames = level.frames
        assert frames is not None
        at = self.start(level)[index] + self.offset
        if kind is Kind.IPV6:
            (hi, known), (lo, _) = number(frames, index, at, 8), number(frames, index, at + 8, 8)
            _, known = number(frames, index, at, 16)
            return Wide(hi[known], lo[known]), known
        found, known = number(frames, index, at, self.width)
        found = found[known]
        if self.least:
            fits = found >= np.uint64(self.least)
            known[known] = fits
            found = found[fits]
        if self.shift:
            found = found >> np.uint64(self.shift)
        if self.mask:
            found = found & np.uint64(self.mask)
        return found * np.uint64(self.scale) if self.scale != 1 else found, known


def in_headers(packets: Packets, guard: Guard, read: Callable[[Level, Rows], tuple[Data, Mask]]) -> Values:
    """Values that need bytes, read only of the packets whose headers the guard asks for.

    `read` gets indices into the level and returns the data of those it could read, with a mask of which they are.
    """
    rows, some = packets.within(guard)
    if not len(rows) or some.frames is None:
        return []
    found: Values = []
    for level in some.levels:
        index = np.flatnonzero(guard(level.columns))
        if len(index):
            data, known = read(level, index)
            index = index[known]
            found.append(Chunk(data, rows[index if level.rows is None else level.rows[index]], None, level.depth))
    return found


def number(frames: Frames, index: Rows, at: Rows, width: int) -> tuple[NDArray[np.uint64], Mask]:
    """Big-endian numbers at `at` within the frames of `index`, and which of them were captured whole."""
    known = (at >= 0) & (at + width <= frames.caplen[index])
    found = np.zeros(len(index), np.uint64)
    place = (frames.offset[index] + at)[known]
    value = np.zeros(len(place), np.uint64)
    for i in range(min(width, 8)):
        value = value << np.uint64(8) | frames.buffer[place + i]
    found[known] = value
    return found, known


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of bytes of each packet: a protocol with all that it carries, a payload, the frame."""

    guard: Guard
    start: Start
    end: Start
    cost: Cost = Cost.PAYLOAD
    empty: bool = True
    """Do stretches of no bytes count as values?"""
    outer: bool = False
    """Only of the outermost headers."""

    def values(self, packets: Packets, kind: Kind) -> Values:
        found = in_headers(packets, self.guard, self.read)
        return [chunk for chunk in found if chunk.depth == 0] if self.outer else found

    def read(self, level: Level, index: Rows) -> tuple[Data, Mask]:
        frames = level.frames
        assert frames is not None
        caplen = frames.caplen[index]
        start = self.start(level)[index]
        end = np.minimum(self.end(level)[index], caplen)
        known = (start >= 0) & (start <= end) & (self.empty | (start < end))
        base, buffer = frames.offset[index], frames.buffer
        lows, highs = (base + start)[known].tolist(), (base + end)[known].tolist()
        return [buffer[a:b].tobytes() for a, b in zip(lows, highs, strict=True)], known


Parsed = Mapping[str, list[object]]
"""What a reader found in one packet: values (int or bytes) by key."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A parser of payloads: a total function from bytes to values by key."""

    guard: Guard
    start: Start
    end: Start
    parse: Callable[[bytes, bool], Parsed]
    """Gets the bytes, and whether they came over TCP."""
    tail: Tail | None = None
    """For protocols whose messages are put together over segments."""
    aware: Callable[[bytes, Context], Parsed] | None = None
    """For QUIC, whose packets are read with what others of the connection have told."""

    def read(self, packets: Packets) -> list[tuple[int, int, Parsed]]:
        """(row, depth, values) of every packet that has something to parse; remembered with the packets."""
        found = packets.cache.get(self)
        if found is None:
            found = packets.cache[self] = self._parse_all(packets)
        assert isinstance(found, list)
        return found

    def _parse_all(self, packets: Packets) -> list[tuple[int, int, Parsed]]:
        found: list[tuple[int, int, Parsed]] = []
        before = beginnings(packets, self.guard, self.tail) if self.tail else {}
        everywhere, some = packets.within(self.guard)
        known_of = contexts(packets, self.guard) if self.aware else {}
        numbers = some.all_rows.tolist() if before or known_of else []

        def parse(level: Level, index: Rows) -> tuple[Data, Mask]:
            data, known = Span(self.guard, self.start, self.end).read(level, index)
            index = index[known]
            rows = (index if level.rows is None else level.rows[index]).tolist()
            stream = (level.columns.ip_proto[index] == 6).tolist()
            for row, tcp, raw in zip(rows, stream, data, strict=True):
                context = known_of.get(numbers[row]) if known_of and not level.depth else None
                if self.aware and context:
                    found.append((row, level.depth, self.aware(raw, context)))
                    continue
                begun = before.get((numbers[row], level.depth)) if before else None
                values = self.parse(begun + raw, tcp) if begun else {}
                found.append((row, level.depth, values or self.parse(raw, tcp)))
            return [], np.zeros(len(known), np.bool_)

        in_headers(packets, self.guard, parse)
        return [(int(everywhere[row]), depth, values) for row, depth, values in found]


@dataclass(frozen=True, slots=True)
class Read:
    """Values of one key of what a reader parses."""

    reader: Reader
    key: str
    cost: Cost = Cost.PAYLOAD

    def values(self, packets: Packets, kind: Kind) -> Values:
        rows: list[int] = []
        found: list[object] = []
        depths: list[int] = []
        for row, depth, values in self.reader.read(packets):
            for value in values.get(self.key, ()):
                rows.append(row)
                found.append(value)
                depths.append(depth)
        if not rows:
            return []
        if not any(depths):
            return [of_kind(kind, rows, found)]
        return [
            of_kind(kind, [r for r, d in zip(rows, depths, strict=True) if d == depth],
                    [v for v, d in zip(found, depths, strict=True) if d == depth], depth)
            for depth in sorted(set(depths))
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Computed:
    """Values that a function makes of the packets: counters, times, marks, labels."""

    function: Callable[[Packets], Values]
    cost: Cost = Cost.HEADER

    def values(self, packets: Packets, kind: Kind) -> Values:
        return self.function(packets)


@dataclass(frozen=True, slots=True)
class Written:
    """Addresses as texts, as Wireshark has the fields with `host` in their names."""

    source: Source
    kind: Kind

    @property
    def cost(self) -> Cost:
        return max(self.source.cost, Cost.BYTES)

    def values(self, packets: Packets, kind: Kind) -> Values:
        found = (chunk.sparse() for chunk in self.source.values(packets, self.kind))
        return [Chunk(strings(c.data, self.kind), c.rows, None, c.depth) for c in found]


@dataclass(frozen=True, slots=True)
class Union:
    """A field that stands for several: ip.addr is ip.src and ip.dst."""

    parts: tuple[Source, ...]

    @property
    def cost(self) -> Cost:
        return max(part.cost for part in self.parts)

    def values(self, packets: Packets, kind: Kind) -> Values:
        return [chunk for part in self.parts for chunk in part.values(packets, kind)]
