"""The functions of the filter language: len, count, upper, lower, string, max, min, abs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tui.filters.kinds import ADDRESS_BYTES, BYTE_LIKE, NUMBERS, Kind
from tui.filters.values import Chunk, Data, Values, map_data, size, strings

_NUMERIC = frozenset({Kind.UNSIGNED, Kind.SIGNED, Kind.DURATION})
_EVERY = frozenset(Kind)
_WIDTHS = {Kind.BOOLEAN: 1, Kind.TIME: 8, Kind.DURATION: 8}


@dataclass(frozen=True, slots=True)
class Function:
    accepts: frozenset[Kind]
    gives: Kind | None
    """None: what its first parameter is."""
    example: str
    least: int = 1
    most: int = 1


FUNCTIONS: dict[str, Function] = {
    "len": Function(BYTE_LIKE | set(ADDRESS_BYTES), Kind.UNSIGNED, "len(dns.qry.name) > 60"),
    "count": Function(_EVERY, Kind.UNSIGNED, "count(dns.a) > 3"),
    "upper": Function(frozenset({Kind.STRING}), Kind.STRING, 'upper(http.host) == "EXAMPLE.ORG"'),
    "lower": Function(frozenset({Kind.STRING}), Kind.STRING, 'lower(http.host) == "example.org"'),
    "string": Function(NUMBERS | set(ADDRESS_BYTES), Kind.STRING, 'string(tcp.port) matches "^80"'),
    "max": Function(_NUMERIC, None, "max(tcp.srcport, tcp.dstport) > 1024", 1, 8),
    "min": Function(_NUMERIC, None, "min(tcp.srcport, tcp.dstport) < 1024", 1, 8),
    "abs": Function(_NUMERIC, None, "abs({tcp.seq_raw - tcp.ack_raw}) < 100"),
}  # fmt: skip


def call(name: str, kinds: list[Kind], arguments: list[Values], n: int) -> Values:
    """Values of a function over n packets."""
    kind, first = kinds[0], arguments[0]
    match name:
        case "len":
            return [c for c in map_data(first, lambda data: _lengths(data, kind)) if size(c.data)]
        case "count":
            return _count(first, n)
        case "upper":
            return map_data(first, lambda data: [item.upper() for item in _texts(data)])
        case "lower":
            return map_data(first, lambda data: [item.lower() for item in _texts(data)])
        case "string":
            return [Chunk(strings(c.data, kind), c.rows, None, c.depth) for c in (v.sparse() for v in first)]
        case "abs":
            return map_data(first, lambda data: np.abs(np.asarray(data).astype(np.int64)))
        case _:
            return _extreme(name, [chunk for values in arguments for chunk in values], n)


def _texts(data: Data) -> list[bytes]:
    return data if isinstance(data, list) else []


def _lengths(data: Data, kind: Kind) -> Data:
    if isinstance(data, list):
        return np.fromiter((len(item) for item in data), np.int64, len(data))
    return np.full(size(data), ADDRESS_BYTES.get(kind, _WIDTHS.get(kind, 8)), np.int64)


def _count(values: Values, n: int) -> Values:
    """How many values each packet has; those with none are left out."""
    total = np.zeros(n, np.int64)
    for chunk in values:
        rows = chunk.sparse().rows
        assert rows is not None
        total += np.bincount(rows, minlength=n)
    rows = np.flatnonzero(total)
    return [Chunk(total[rows], rows)]


def _extreme(name: str, values: Values, n: int) -> Values:
    info = np.iinfo(np.int64)
    best = np.full(n, info.min if name == "max" else info.max, np.int64)
    seen = np.zeros(n, np.bool_)
    for chunk in (c.sparse() for c in values):
        assert chunk.rows is not None
        data = np.asarray(chunk.data).astype(np.int64)
        (np.maximum if name == "max" else np.minimum).at(best, chunk.rows, data)
        seen[chunk.rows] = True
    rows = np.flatnonzero(seen)
    return [Chunk(best[rows], rows)]
