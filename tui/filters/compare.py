"""Tests of values against values, as array operations where the kind allows it."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.filters.kinds import Kind, Network, Value
from tui.filters.packets import Mask
from tui.filters.syntax import Test
from tui.filters.values import Chunk, Data, Values, Wide, size

_LOW = 0xFFFFFFFFFFFFFFFF
_OPERATORS: dict[Test, Callable[[Any, Any], Any]] = {
    Test.EQ: operator.eq, Test.ALL_EQ: operator.eq, Test.NE: operator.ne, Test.ANY_NE: operator.ne,
    Test.LT: operator.lt, Test.LE: operator.le, Test.GT: operator.gt, Test.GE: operator.ge,
}  # fmt: skip
MAX_SUBJECT = 65_536
"""Bytes that a regular expression looks at: a frame is seldom longer, and it bounds what a costly expression takes."""


def tester(test: Test, value: Value) -> Callable[[Data], Mask]:
    """A test of each value against one of the filter."""

    def check(data: Data) -> Mask:
        if isinstance(data, list):
            return _of_list(data, test, value)
        if isinstance(data, Wide):
            return _wide(data, test, value) if isinstance(value, Network) else np.zeros(len(data.lo), np.bool_)
        if isinstance(value, Network):
            masked = data if value.mask == 0xFFFFFFFF else data.astype(np.uint64) & np.uint64(value.mask)
            return _array(masked, test, value.value)
        return _array(data, test, value) if isinstance(value, int) else np.zeros(len(data), np.bool_)

    return check


def _of_list(data: list[bytes], test: Test, value: Value) -> Mask:
    compare = _OPERATORS[test]
    return np.fromiter((compare(item, value) for item in data), np.bool_, len(data))


def _array(data: NDArray[np.generic], test: Test, value: int) -> Mask:
    """A comparison that also holds where the value does not fit the array's type."""
    if not np.issubdtype(data.dtype, np.integer):
        data = data.astype(np.int64)
    limits = np.iinfo(data.dtype.str)
    if value < limits.min or value > limits.max:
        below = value < limits.min
        truth = test in (Test.NE, Test.ANY_NE) or test in ((Test.GT, Test.GE) if below else (Test.LT, Test.LE))
        return np.full(len(data), truth)
    other = data.dtype.type(value)
    return np.asarray(_OPERATORS[test](data, other), np.bool_)


def _wide(data: Wide, test: Test, value: Network) -> Mask:
    hi, lo = data
    if value.mask != (1 << 128) - 1:
        hi, lo = hi & np.uint64(value.mask >> 64), lo & np.uint64(value.mask & _LOW)
    high, low = np.uint64(value.value >> 64), np.uint64(value.value & _LOW)
    equal: Mask = (hi == high) & (lo == low)
    less: Mask = (hi < high) | ((hi == high) & (lo < low))
    match test:
        case Test.EQ | Test.ALL_EQ:
            return equal
        case Test.NE | Test.ANY_NE:
            return ~equal
        case Test.LT:
            return less
        case Test.LE:
            return less | equal
        case Test.GT:
            return ~(less | equal)
        case _:
            return ~less


def between(low: Value, high: Value) -> Callable[[Data], Mask]:
    """A test that a value lies within, both ends included."""
    above, below = tester(Test.GE, low), tester(Test.LE, high)
    return lambda data: above(data) & below(data)


def one_of(values: list[int]) -> Callable[[Data], Mask]:
    """A test that a number is in a set; as fast for a thousand of them as for two."""
    wanted = np.array(sorted({v for v in values if 0 <= v <= _LOW}), np.uint64)

    def check(data: Data) -> Mask:
        assert isinstance(data, np.ndarray)
        numbers = data.astype(np.uint64)
        at = np.searchsorted(wanted, numbers)
        at[at == len(wanted)] = 0
        return np.asarray(wanted[at] == numbers) if len(wanted) else np.zeros(len(data), np.bool_)

    return check


def containing(needle: bytes) -> Callable[[Data], Mask]:
    def check(data: Data) -> Mask:
        assert isinstance(data, list)
        return np.fromiter((needle in item for item in data), np.bool_, len(data))

    return check


def matching(pattern: re.Pattern[bytes]) -> Callable[[Data], Mask]:
    def check(data: Data) -> Mask:
        assert isinstance(data, list)
        search = pattern.search
        return np.fromiter((search(item, 0, MAX_SUBJECT) is not None for item in data), np.bool_, len(data))

    return check


def pairs(left: Values, right: Values, n: int, test: Test, *, every: bool) -> Mask:
    """Field against field: packets of which some pair of values (or every pair) passes. Both must have a value."""
    if not every and len(left) == len(right) == 1 and left[0].rows is None and right[0].rows is None:
        return _dense_pair(left[0], right[0], test)
    ours, theirs = _by_row(left), _by_row(right)
    compare = _OPERATORS[test]
    join = all if every else any
    found = np.zeros(n, np.bool_)
    for row, mine in ours.items():
        others = theirs.get(row)
        if others:
            found[row] = join(compare(a, b) for a in mine for b in others)
    return found


def _dense_pair(left: Chunk, right: Chunk, test: Test) -> Mask:
    a, b = left.data, right.data
    if isinstance(a, Wide) and isinstance(b, Wide) and test in (Test.EQ, Test.ANY_NE):
        equal = (a.hi == b.hi) & (a.lo == b.lo)
        found: Mask = equal if test is Test.EQ else ~equal
    elif isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        found = np.asarray(_OPERATORS[test](a, b), np.bool_)
    else:
        return pairs([left.sparse()], [right.sparse()], size(a), test, every=False)
    for chunk in (left, right):
        if chunk.present is not None:
            found &= chunk.present
    return found


def _by_row(values: Values) -> dict[int, list[object]]:
    found: dict[int, list[object]] = {}
    for chunk in values:
        sparse = chunk.sparse()
        assert sparse.rows is not None
        for row, value in zip(sparse.rows.tolist(), _objects(sparse.data), strict=True):
            found.setdefault(row, []).append(value)
    return found


def _objects(data: Data) -> list[object]:
    if isinstance(data, Wide):
        return [h << 64 | low for h, low in zip(data.hi.tolist(), data.lo.tolist(), strict=True)]
    return list(data) if isinstance(data, list) else list(data.tolist())


def comparable(left: Kind, right: Kind) -> bool:
    """Can two fields of these kinds be compared with each other?"""
    numbers = (Kind.UNSIGNED, Kind.SIGNED, Kind.BOOLEAN)
    byte_like = (Kind.STRING, Kind.BYTES, Kind.PROTOCOL)
    return left is right or (left in numbers and right in numbers) or (left in byte_like and right in byte_like)
