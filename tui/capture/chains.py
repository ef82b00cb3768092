"""Chains of records: each tells by its length where the next one begins.

Followed one by one, that costs a step of Python for every record of a file. So the chain is entered at many places at
once, where the bytes look like a record, and the parts are followed side by side by array operations. A part counts
only if the one before it ends exactly where it begins; the first begins at a record, so what is found is the chain
itself, whatever the guesses were. Behind a guess that was wrong the rest is followed one by one.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Int64 = NDArray[np.int64]

PARTS = 400
"""Parts at most: each costs a search of a few microseconds, and spares steps, which cost ten."""
SAMPLE = 64
"""Records followed one by one to learn how long they are."""
LEAST = 16
"""Records of a part, about, below which parts do not pay."""
REACH = 64 << 10
"""Bytes looked through for a record at each place."""
LOOK = 4
"""Steps between looks whether all parts have come to their ends."""
UNEVEN = 8
"""Steps are given up at so many times those expected; the parts that are not done then are followed one by one."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the bytes around a length look like."""

    pattern: re.Pattern[bytes]
    shift: int
    """From where the pattern matches to the length."""


def walk(piece: Bytes, first: int, add: int, order: str, limit: int, look: Look | None = None) -> Int64:
    """Follow a chain of 32-bit lengths: each lies `value + add` bytes after the one before.

    The places of the lengths, from `first` on, `limit` at most; the last one may lie behind the end.
    `order` is the byte order as struct writes it.
    """
    if look is None:
        return _one_by_one(piece, first, add, order, limit)
    begun = _one_by_one(piece, first, add, order, min(limit, SAMPLE))
    starts = _starts(piece, begun, limit, look)
    if len(starts) < 3:
        return begun if len(begun) < SAMPLE else _then(piece, begun, add, order, limit)
    most = UNEVEN * (limit // len(starts) + 1)
    found = np.concatenate([begun[:-1], _side_by_side(piece, starts, add, order, most)])
    return _then(piece, found[:limit], add, order, limit)


def _then(piece: Bytes, found: Int64, add: int, order: str, limit: int) -> Int64:
    """What was found, and what follows."""
    rest = _one_by_one(piece, int(found[-1]), add, order, limit - len(found) + 1)
    return np.concatenate([found[:-1], rest])


def _one_by_one(piece: Bytes, first: int, add: int, order: str, limit: int) -> Int64:
    """About 0.2 us a record."""
    marks: list[int] = []
    put = marks.append
    read = struct.Struct(order + "I").unpack_from
    view = piece.data
    at = first
    try:
        for _ in range(limit):
            put(at)
            at += read(view, at)[0] + add
    except struct.error:
        pass
    return np.array(marks, np.int64)


def _starts(piece: Bytes, begun: Int64, limit: int, look: Look) -> Int64:
    """Where parts begin: the last length that is known, then guesses; the last entry is where the last part ends."""
    if len(begun) < SAMPLE or not begun[0] < begun[-1] < len(piece):  # a chain of zeros stands still
        return begun[:0]
    at = int(begun[-1])
    each = (at - int(begun[0])) / (SAMPLE - 1)
    records = min(limit - SAMPLE, int((len(piece) - at) / each))
    parts = min(PARTS, records // LEAST)
    end = min(at + int(records * each), len(piece) - 4)
    if parts < 3 or end <= at:
        return begun[:0]
    view, search, step = piece.data, look.pattern.search, (end - at) / parts
    starts = [at]
    for part in range(1, parts):
        place = at + int(part * step)
        match = search(view, place, min(place + REACH, end))
        guess = match.start() + look.shift if match else 0
        if starts[-1] < guess < end:
            starts.append(guess)
    return np.array([*starts, end], np.int64)


def _side_by_side(piece: Bytes, starts: Int64, add: int, order: str, most: int) -> Int64:
    """The lengths of all parts that hang together with the first, and the one where they lead; `most` steps."""
    every = np.ndarray((len(piece) - 3,), "V4", piece, 0, (1,))
    at, stop = starts[:-1], starts[1:]
    table: list[Int64] = []
    for step in range(most):
        table.append(at)
        if step % LOOK == 0 and (at >= stop).all():
            break
        # a part that has come to its end runs on, which costs less than to hold it
        at = at + every[np.minimum(at, len(every) - 1)].view(order + "u4")
        at += add
    steps = np.stack(table)
    joined = (steps == stop).any(axis=0)[:-1]
    whole = len(at) if joined.all() else int(joined.argmin()) + 1
    steps, stop = steps[:, :whole], stop[:whole]
    before = steps < stop
    found: Int64 = steps.T[before.T]
    behind = int(np.count_nonzero(before[:, -1]))
    return found if behind == len(steps) else np.append(found, steps[behind, -1])
