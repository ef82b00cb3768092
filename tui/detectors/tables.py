"""Tables with hard bounds that take whole arrays: a set-associative table with eviction, and a table of seen keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tui.core.arrays import run_starts

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
Field = DTypeLike | tuple[DTypeLike, int]
"""Of a table: a dtype, or a dtype and how many of it."""
WAYS = 8
"""Places for a key: a new one takes the least worthy of the eight."""

_FIRST, _LAST = 2, 255
"""Numbers that turns of a SeenTable have: 0 is never, and the first has one before it."""


class Table:
    """At most `8 << bits` entries, keyed by 64-bit hashes (never 0), with named fields as arrays.

    When the eight places of a key are taken, the entry of lowest `worth` goes: callers keep it as evidence, then age.
    """

    def __init__(self, bits: int, fields: Mapping[str, Field]) -> None:
        self.size = WAYS << bits
        self.keys: U64 = np.zeros(self.size, np.uint64)
        self.worth: NDArray[np.float64] = np.full(self.size, -1.0)
        self.evicted = 0
        """Entries given up for others, and keys that found no room in one call."""
        self._mask = np.uint64((1 << bits) - 1)
        self._stamp = np.zeros(self.size, np.int64)
        self._call = 0
        self._fields: dict[str, NDArray[np.generic]] = {}
        for name, kind in fields.items():
            shape = (self.size, kind[1]) if isinstance(kind, tuple) else (self.size,)
            self._fields[name] = np.zeros(shape, kind[0] if isinstance(kind, tuple) else kind)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The array of one field, to read and to write by slot."""
        return self._fields[name]

    def _ways(self, keys: U64) -> I64:
        base = (keys & self._mask).astype(np.int64) * WAYS
        return np.asarray(base[:, None] + np.arange(WAYS))

    def find(self, keys: U64) -> I64:
        """The slot of each key, or -1."""
        ways = self._ways(keys)
        match = self.keys[ways] == keys[:, None]
        slot = ways[np.arange(len(keys)), match.argmax(1)]
        return np.where(match.any(1), slot, -1)

    def place(self, keys: U64) -> tuple[I64, NDArray[np.bool_]]:
        """(slot of each key, or -1 where there was no room; which are new and zeroed). The keys must be distinct."""
        self._call += 1
        slots = self.find(keys)
        self._stamp[slots[slots >= 0]] = self._call
        fresh = np.zeros(len(keys), np.bool_)
        left = np.flatnonzero(slots < 0)
        # half of a bucket at most: a burst of new keys must not drive out what has proved its worth
        for _ in range(WAYS // 2):
            if not len(left):
                break
            ways = self._ways(keys[left])
            # one key of each bucket in a round, so that no two take the same place
            _, first = np.unique(ways[:, 0], return_index=True)
            turn, ways = left[first], ways[first]
            worth = np.where(self._stamp[ways] == self._call, np.inf, self.worth[ways])
            way = worth.argmin(1)
            slot = ways[np.arange(len(turn)), way]
            room = np.isfinite(worth[np.arange(len(turn)), way])
            taken = slot[room]
            self.evicted += int(np.count_nonzero(self.keys[taken])) + int(np.count_nonzero(~room))
            self.keys[taken] = keys[turn[room]]
            self.worth[taken] = 0.0
            self._stamp[taken] = self._call
            self.clear(taken)
            slots[turn[room]] = taken
            fresh[turn[room]] = True
            left = np.delete(left, first)
        self.evicted += len(left)
        return slots, fresh

    def clear(self, slots: I64) -> None:
        """Set every field of these entries to zero; they stay."""
        for values in self._fields.values():
            values[slots] = 0

    def drop(self, slots: I64) -> None:
        """Free these places."""
        self.keys[slots] = 0
        self.worth[slots] = -1.0

    def used(self) -> I64:
        """The slots in use."""
        return np.flatnonzero(self.keys)


class SeenTable:
    """Which keys were met in the last one to two `turn_s` seconds. It may take one key for another."""

    def __init__(self, bits: int, turn_s: int = 64) -> None:
        self._mask = np.int64((1 << bits) - 1)
        self._met = np.zeros(1 << bits, np.uint8)
        """By place: the number of the turn in which it was met last. Turns are numbered anew before 256."""
        self._turn_s = turn_s
        self._turn = 0
        self._now = _FIRST
        """The number of this turn; the one before has one less."""
        self._last = 0
        """... and of the last in which something was added."""

    @property
    def empty(self) -> bool:
        """Nothing was added in either turn."""
        return self._last < self._now - 1

    def advance(self, second: int) -> None:
        """Forget what was met before the last turn."""
        turn = second // self._turn_s
        if turn == self._turn:
            return
        if turn != self._turn + 1:
            self._restart(self._now)
        elif self._now == _LAST:
            self._restart(self._now - _FIRST + 1)
        else:
            self._now += 1
        self._turn = turn

    def _restart(self, less: int) -> None:
        """Number the turns anew: this one is the first, and what has a number above `less` keeps its distance."""
        if self._last:
            np.maximum(self._met, np.uint8(less), out=self._met)
            self._met -= np.uint8(less)
        self._now, self._last = _FIRST, max(0, self._last - less)

    def has(self, keys: U64) -> NDArray[np.bool_]:
        """Which of the keys were met in this turn or the one before."""
        return self._recent(self._met.take(self._places(keys), mode="clip"))

    def add(self, keys: U64) -> None:
        """These keys were met now."""
        if len(keys):
            self._met[self._places(keys)] = self._now
            self._last = self._now

    def first(self, keys: U64) -> NDArray[np.bool_]:
        """Add the keys; True for each that was not there, and is the first of its kind in the array."""
        at = self._places(keys)
        new = np.flatnonzero(~self._recent(self._met.take(at, mode="clip")))
        self.add(keys)
        result = np.zeros(len(keys), np.bool_)
        if len(new):
            result[new[first_of_each(at[new])]] = True
        return result

    def _recent(self, met: NDArray[np.uint8]) -> NDArray[np.bool_]:
        return np.asarray(met >= np.uint8(self._now - 1))

    def _places(self, keys: U64) -> I64:
        return np.asarray(keys).view(np.int64) & self._mask


@dataclass(frozen=True, slots=True)
class Groups:
    """Equal keys side by side: `keys[order[starts[g]:stops[g]]]` are those of group g, in their order."""

    order: I64
    starts: I64
    stops: I64

    @classmethod
    def of(cls, keys: U64) -> Groups:
        """Each key is sorted with its index in its low bits, which is many times faster than a stable sort."""
        n = len(keys)
        bits = np.uint64(n.bit_length())
        packed = keys >> bits << bits
        packed |= np.arange(n, dtype=np.uint64)
        packed.sort()
        order = (packed & ((np.uint64(1) << bits) - np.uint64(1))).view(np.int64)
        packed >>= bits
        while True:
            ordered = keys[order]
            new = np.ones(n, np.bool_)
            np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
            if not np.any(new[1:] & (packed[1:] == packed[:-1])):
                break
            order = np.argsort(keys, kind="stable")  # keys that differ in low bits alone: once in 2**30 calls
            packed = np.arange(n, dtype=np.uint64)
        starts = np.flatnonzero(new)
        return cls(order, starts, np.append(starts[1:], n))


def groups(keys: U64) -> tuple[I64, I64, I64]:
    """(index of the first of each distinct key, group number of every key, size of each group)."""
    of = Groups.of(keys)
    size = of.stops - of.starts
    group = np.empty(len(keys), np.int64)
    group[of.order] = np.repeat(np.arange(len(size)), size)
    return of.order[of.starts], group, size


def first_of_each(values: I64) -> I64:
    """Indices of the first of each distinct value, of values below 2**40."""
    bits = len(values).bit_length()
    packed = (values << bits) + np.arange(len(values))
    packed.sort()
    return np.asarray(packed[run_starts(packed >> bits)] & ((1 << bits) - 1))
