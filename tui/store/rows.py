"""Rows: the columns of the packets that are kept, published by the worker as immutable tuples of fixed blocks."""

from __future__ import annotations

import mmap
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import DTYPES, Columns, concatenate

BLOCK = 65_536
"""Packets per block: a block is never resized, so a reader's view of it stays true while the worker appends."""


SHELF = 1
"""Blocks whose packets are gone and whose memory waits for the next ones, 8 MB each."""
SELDOM = ("interface", "src_hi", "dst_hi")
"""Columns that are most often all zero: a page of a block that nobody has written takes no memory."""


class _Lease:
    """The memory of one block, lent to its arrays: it goes back to the shelf when the last view of them is gone."""

    def __init__(self, memory: mmap.mmap, shelf: deque[mmap.mmap]) -> None:
        self._memory = memory
        self._shelf = shelf
        self.__array_interface__ = np.frombuffer(memory, np.uint8).__array_interface__

    def __del__(self) -> None:
        self._shelf.append(self._memory)


def fresh_block(shelf: deque[mmap.mmap]) -> Columns:
    """Room for BLOCK packets, those of SELDOM all zero: from the shelf, or in a mapping that takes memory as it fills.

    Memory that was in use costs nothing more; each new page costs a fault, together a fifth of what a packet costs.
    """
    sizes = {name: np.dtype(dtype).itemsize * BLOCK for name, dtype in DTYPES.items()}
    used = bool(shelf)
    private = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_ANONYMOUS") else {}
    memory = shelf.pop() if used else mmap.mmap(-1, sum(sizes.values()), **private)
    whole = np.asarray(_Lease(memory, shelf))
    made, at = {}, 0
    for name, size in sizes.items():
        made[name] = whole[at : at + size].view(DTYPES[name])
        at += size
    for name in SELDOM if used else ():
        if made[name].any():
            made[name].fill(0)
    return Columns(**made)


def distinct(values: NDArray[Any]) -> list[int]:
    """The different values, ascending. Most often there is one: that is seen at a hundredth of the cost."""
    if not len(values):
        return []
    return [int(values[0])] if (values == values[0]).all() else [int(v) for v in np.unique(values)]


@dataclass(frozen=True, slots=True)
class Rows:
    """The packets `first` to `end` (absolute sequence numbers, `end` not included; the first packet ever is 0).

    `blocks[0]` begins at sequence `base`, a multiple of BLOCK that is at most `first`.
    """

    first: int = 0
    end: int = 0
    blocks: tuple[Columns, ...] = ()

    def __len__(self) -> int:
        return self.end - self.first

    @property
    def base(self) -> int:
        return self.first // BLOCK * BLOCK

    def slices(self, start: int, stop: int) -> Iterator[tuple[int, Columns]]:
        """(sequence of its first packet, columns) of each piece of a block between start and stop; views, no copies."""
        at, stop = max(start, self.first), min(stop, self.end)
        while at < stop:
            block, inside = divmod(at - self.base, BLOCK)
            n = min(BLOCK - inside, stop - at)
            yield at, self.blocks[block].select(slice(inside, inside + n))
            at += n

    def between(self, first: int, end: int) -> Rows:
        """Those of the packets that lie in a range of sequence numbers; none where no such packet is kept."""
        first = min(max(first, self.first), self.end)
        end = min(max(end, first), self.end)
        low = first // BLOCK - self.base // BLOCK
        return Rows(first, end, self.blocks[low : -(-(end - self.base) // BLOCK)])

    def take(self, sequences: NDArray[np.int64]) -> Columns:
        """The columns of the given sequence numbers, which must lie within first and end."""
        where = (sequences - self.base) // BLOCK
        inside = (sequences - self.base) % BLOCK
        if not len(sequences):
            return Columns.empty(0)
        cuts = np.flatnonzero(np.diff(where)) + 1
        runs = np.split(np.arange(len(sequences)), cuts)
        return concatenate(self.blocks[int(where[run[0]])].select(inside[run]) for run in runs)

    def pick(self, sequences: NDArray[np.int64], names: Sequence[str]) -> list[NDArray[Any]]:
        """Some columns only of the given sequence numbers, in any order, which must lie within first and end."""
        where, inside = np.divmod(sequences - self.base, BLOCK)
        out = [np.empty(len(sequences), DTYPES[name]) for name in names]
        for block in distinct(where):
            rows = where == block
            for name, values in zip(names, out, strict=True):
                values[rows] = getattr(self.blocks[block], name)[inside[rows]]
        return out


class RowWriter:
    """The worker's side: appends columns and publishes. `keep` bounds the packets that stay."""

    def __init__(self, keep: int, start: int = 0) -> None:
        """`start`: the sequence number of the first packet that will come."""
        self._keep = keep
        self._blocks: list[Columns] = []
        self._shelf: deque[mmap.mmap] = deque(maxlen=SHELF)
        self.rows = Rows(start, start)
        """The last publication: one assignment, so any thread may read it at any time."""

    def append(self, columns: Columns, first_kept: int = 0) -> Rows:
        """Add packets, let go of those before `first_kept` or beyond the bound, publish."""
        first, end = self.rows.first, self.rows.end
        done = 0
        while done < len(columns):
            inside = end % BLOCK
            if inside == 0 or not self._blocks:
                self._blocks.append(fresh_block(self._shelf))
            n = min(BLOCK - inside, len(columns) - done)
            _copy(columns.select(slice(done, done + n)), self._blocks[-1], inside)
            done, end = done + n, end + n
        return self._publish(max(first, first_kept, end - self._keep), end)

    def _publish(self, first: int, end: int) -> Rows:
        gone = first // BLOCK - self.rows.base // BLOCK
        if gone > 0:
            del self._blocks[:gone]
        self.rows = Rows(min(first, end), end, tuple(self._blocks))
        return self.rows


def _copy(columns: Columns, block: Columns, at: int) -> None:
    """Copy all packets into a block of zeros from row `at` on."""
    end = at + len(columns)
    for name in DTYPES:
        values = getattr(columns, name)
        if name not in SELDOM or values.any():
            getattr(block, name)[at:end] = values
