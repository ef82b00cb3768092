"""Short forms that keep the tables one line per field."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.packets import Guard, Packets
from tui.filters.sources import Bits, Column, Computed, Read, Reader, Source, Start, Union, Written
from tui.filters.values import Chunk, Values


def column(
    name: str, kind: Kind, of: str, guard: Guard, text: str, *, bits: int = 64, shift: int = 0, mask: int = 0,
    inner: bool = True, quoted: bool = True, names: Mapping[str, int] | None = None,
) -> Field:  # fmt: skip
    """A field that is a column or bits of one."""
    return Field(name, kind, Column(of, guard, shift, mask, inner, quoted), text, bits, names or {})


def flag(name: str, of: str, guard: Guard, bit: int, text: str, *, inner: bool = True) -> Field:
    """One bit of a column, as true or false."""
    shift = bit.bit_length() - 1
    return Field(name, Kind.BOOLEAN, Column(of, guard, shift, 1, inner), text, 1)


def label(name: str, guard: Guard, text: str, *, inner: bool = False, quoted: bool = False) -> Field:
    """A field without a value: it is there, or not. Of the outermost headers, unless `inner`."""
    return Field(name, Kind.NONE, Column("marks", guard, inner=inner, quoted=quoted), text)


def truth(name: str, guard: Guard, text: str) -> Field:
    """A field that is there and true where the guard says so. Of the outermost headers."""

    def values(packets: Packets) -> Values:
        rows = np.flatnonzero(guard(packets.columns))
        return [Chunk(np.ones(len(rows), np.uint8), rows)]

    return Field(name, Kind.BOOLEAN, Computed(values), text, 1)


def union(name: str, parts: tuple[Field, ...], text: str) -> Field:
    """A field that stands for several of the same kind."""
    sources: tuple[Source, ...] = tuple(part.source for part in parts)
    return Field(name, parts[0].kind, Union(sources), text, parts[0].bits, parts[0].names)


def written(name: str, parts: tuple[Field, ...], text: str) -> Field:
    """Addresses of other fields as texts."""
    return Field(name, Kind.STRING, Union(tuple(Written(part.source, part.kind) for part in parts)), text)


class Header:
    """Fields at fixed places of one header."""

    def __init__(self, guard: Guard, start: Start) -> None:
        self._guard = guard
        self._start = start

    def number(
        self, name: str, offset: int, width: int, text: str, *, shift: int = 0, mask: int = 0, scale: int = 1,
        kind: Kind = Kind.UNSIGNED, guard: Guard | None = None, names: Mapping[str, int] | None = None, bits: int = 0,
        least: int = 0,
    ) -> Field:  # fmt: skip
        source = Bits(guard or self._guard, self._start, offset, width, shift, mask, scale, least)
        return Field(name, kind, source, text, bits or 8 * width, names or {})

    def flag(self, name: str, offset: int, width: int, bit: int, text: str) -> Field:
        source = Bits(self._guard, self._start, offset, width, bit.bit_length() - 1, 1)
        return Field(name, Kind.BOOLEAN, source, text, 1)

    def address(self, name: str, kind: Kind, offset: int, text: str, guard: Guard | None = None) -> Field:
        width = {Kind.ETHER: 6, Kind.IPV4: 4, Kind.IPV6: 16}[kind]
        return Field(name, kind, Bits(guard or self._guard, self._start, offset, width), text)


def parsed(
    reader: Reader, name: str, kind: Kind, text: str, bits: int = 64, names: Mapping[str, int] | None = None
) -> Field:
    """A field that a reader finds in payloads; its key is the field's name."""
    return Field(name, kind, Read(reader, name), text, bits, names or {})
