"""SlotTable: a hash table of 64-bit keys that takes a whole batch in a few array operations.

Insertion claims a free slot by a fancy store, reads it back, and lets the losers try the next slot: no Python per
key, so that a flood of new keys costs no more than an array write.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_PROBES = 48
"""Slots tried for one key: by double hashing at a load of 0.6 one key in 10**10 finds none, and has no slot."""
NOWHERE = -1
"""Slot of a key that found no room."""


class SlotTable:
    """Keys in 2**bits slots; a key of 0 means a free slot, so keys must not be 0."""

    def __init__(self, bits: int, load: float = 0.6) -> None:
        self.keys: NDArray[np.uint64] = np.zeros(1 << bits, np.uint64)
        self.limit = int(load * (1 << bits))
        """Keys at most; beyond it `place` finds no room for new ones."""
        self.used = 0
        self._mask = np.int64((1 << bits) - 1)
        self._claimer = np.zeros(1 << bits, np.int32)

    def find(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The slot of each key, NOWHERE for those that are not there."""
        return self.place(keys, insert=False)[0]

    def place(self, keys: NDArray[np.uint64], *, insert: bool = True) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(slot of each key or NOWHERE, the slots that are new), inserting keys not yet there while there is room.

        Equal keys in one batch share a slot.
        """
        slots = keys.view(np.int64) & self._mask
        lost = np.flatnonzero(self.keys[slots] != keys)
        if not len(lost):
            return slots, np.empty(0, np.int64)
        fresh: list[NDArray[np.int64]] = []
        at = slots[lost]
        want = keys[lost]
        step = (want >> np.uint64(40)).view(np.int64) | 1
        for _ in range(MAX_PROBES):
            if insert and self.used < self.limit:
                free = np.flatnonzero(self.keys[at] == 0)
                if len(free):
                    fresh.append(self._claim(at[free], want[free]))
            held = self.keys[at]
            found = held == want
            slots[lost[found]] = at[found]
            # a free slot that is still free means: no room, and the key is nowhere further on
            left = np.flatnonzero(~found & (held != 0))
            slots[lost[~found]] = NOWHERE
            if not len(left):
                break
            lost, want, step = lost[left], want[left], step[left]
            at = (at[left] + step) & self._mask
        return slots, np.concatenate(fresh) if fresh else np.empty(0, np.int64)

    def _claim(self, at: NDArray[np.int64], want: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Write keys into free slots as far as the limit allows; the slots that were taken, each once."""
        room = self.limit - self.used
        if len(at) > room:
            at, want = at[:room], want[:room]
        number = np.arange(len(at), dtype=np.int32)
        self.keys[at] = want
        self._claimer[at] = number
        taken: NDArray[np.int64] = at[self._claimer[at] == number]
        self.used += len(taken)
        return taken

    def rebuild(self, keep: NDArray[np.int64]) -> NDArray[np.int64]:
        """Forget all slots but `keep`; the new slot of each of those, in the same order."""
        keys = self.keys[keep]
        self.keys.fill(0)
        self.used = 0
        slots, _ = self.place(keys)
        return slots
