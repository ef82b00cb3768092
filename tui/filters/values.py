"""Values: what a field holds in a batch of packets, none to many per packet, as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import AddressKind, address_text
from tui.filters.kinds import ADDRESS_BYTES, Kind
from tui.filters.packets import Mask, Rows


class Wide(NamedTuple):
    """IPv6 addresses: the upper and lower 64 bits."""

    hi: NDArray[np.uint64]
    lo: NDArray[np.uint64]


Data = NDArray[np.generic] | Wide | list[bytes]


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Values of one place in the headers. Dense: one per packet, only those `present` count. Sparse: with `rows`."""

    data: Data
    rows: Rows | None = None
    present: Mask | None = None
    """Of dense chunks; None: all."""
    depth: int = 0
    """Which header it comes from; the outermost is 0."""

    def sparse(self) -> Chunk:
        """The same values with their rows."""
        if self.rows is not None:
            return self
        if self.present is None:
            return Chunk(self.data, np.arange(size(self.data), dtype=np.int64), None, self.depth)
        rows = np.flatnonzero(self.present)
        return Chunk(take(self.data, rows), rows, None, self.depth)


Values = list[Chunk]


def size(data: Data) -> int:
    return len(data.lo) if isinstance(data, Wide) else len(data)


def take(data: Data, index: Rows) -> Data:
    if isinstance(data, Wide):
        return Wide(data.hi[index], data.lo[index])
    if isinstance(data, list):
        return [data[i] for i in index.tolist()]
    return data[index]


def existing(values: Values, n: int) -> Mask:
    """Which of n packets have a value at all."""
    found = np.zeros(n, np.bool_)
    for chunk in values:
        if chunk.rows is not None:
            found[chunk.rows] = True
        elif chunk.present is None:
            found[:] = True
        else:
            found |= chunk.present
    return found


def any_of(values: Values, n: int, test: Callable[[Data], Mask]) -> Mask:
    """Packets of which some value passes the test."""
    found = np.zeros(n, np.bool_)
    for chunk in values:
        if not size(chunk.data):
            continue
        hit = test(chunk.data)
        if chunk.rows is not None:
            found[chunk.rows[hit]] = True
        else:
            found |= hit if chunk.present is None else hit & chunk.present
    return found


def all_of(values: Values, n: int, test: Callable[[Data], Mask]) -> Mask:
    """Packets that have a value, and of which every value passes the test."""
    return existing(values, n) & ~any_of(values, n, lambda data: ~test(data))


def map_data(values: Values, change: Callable[[Data], Data]) -> Values:
    """The same values, each changed."""
    return [Chunk(change(c.data), c.rows, c.present, c.depth) for c in values]


def of_kind(kind: Kind, rows: Iterable[int], values: list[object], depth: int = 0) -> Chunk:
    """A sparse chunk of Python values as readers give them: int, bytes."""
    index = np.fromiter(rows, np.int64)
    if kind is Kind.IPV6:
        whole = [v if isinstance(v, int) else 0 for v in values]
        low = np.array([v & 0xFFFFFFFFFFFFFFFF for v in whole], np.uint64)
        return Chunk(Wide(np.array([v >> 64 for v in whole], np.uint64), low), index, None, depth)
    if all(isinstance(v, bytes) for v in values) and values:
        return Chunk([v for v in values if isinstance(v, bytes)], index, None, depth)
    signed = kind in (Kind.SIGNED, Kind.TIME, Kind.DURATION)
    return Chunk(np.array(values, np.int64 if signed else np.uint64), index, None, depth)


def as_bytes(kind: Kind, chunk: Chunk) -> Chunk:
    """A sparse chunk of the bytes on the wire of addresses and byte-like values."""
    chunk = chunk.sparse()
    data = chunk.data
    if isinstance(data, list):
        return chunk
    if isinstance(data, Wide):
        raw = np.stack([data.hi, data.lo], axis=1).astype(">u8").tobytes()
        width = 16
    else:
        raw = data.astype(">u8").tobytes()
        width = 8
    keep = ADDRESS_BYTES.get(kind, width)
    parts = [raw[i + width - keep : i + width] for i in range(0, len(raw), width)]
    return Chunk(parts, chunk.rows, None, chunk.depth)


def layers_within(values: Values, n: int, wanted: Callable[[NDArray[np.int64]], Mask]) -> Values:
    """Values in those layers of their protocol that are wanted; the outermost is 1 (`ip.addr#2`)."""
    seen = np.zeros(n, np.int64)
    found: Values = []
    for depth in sorted({chunk.depth for chunk in values}):
        here = [chunk.sparse() for chunk in values if chunk.depth == depth]
        rows = np.unique(np.concatenate([c.rows for c in here if c.rows is not None]))
        seen[rows] += 1
        for chunk in here:
            assert chunk.rows is not None
            index = np.flatnonzero(wanted(seen[chunk.rows]))
            found.append(Chunk(take(chunk.data, index), chunk.rows[index], None, depth))
    return found


def strings(data: Data, kind: Kind) -> list[bytes]:
    """Numbers and addresses as texts."""
    address = {Kind.IPV4: AddressKind.IPV4, Kind.ETHER: AddressKind.MAC}
    if isinstance(data, Wide):
        pairs = zip(data.hi.tolist(), data.lo.tolist(), strict=True)
        return [(address_text(AddressKind.IPV6, hi, lo) or "").encode() for hi, lo in pairs]
    if isinstance(data, list):
        return data
    if kind in address:
        return [(address_text(address[kind], 0, value) or "").encode() for value in data.tolist()]
    if kind in (Kind.TIME, Kind.DURATION):
        return [f"{value // 10**9}.{value % 10**9:09d}".encode() for value in data.tolist()]
    return [str(value).encode() for value in data.tolist()]
