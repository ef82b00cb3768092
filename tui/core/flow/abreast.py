"""Abreast: groups of rows side by side, so that what goes on from row to row takes one array operation a step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tui.core.arrays import stable_order
from tui.core.flow.lanes import Index


@dataclass(frozen=True, slots=True)
class Abreast:
    """The first row of each group, then the second ones, and so on: a step is one piece of the arrays in `order`."""

    longest: Index
    """The groups, those of most rows first: step s is of the first so many of them."""
    order: Index
    """The row at each place."""
    sizes: list[int]
    """Groups that have a row in each step."""

    @classmethod
    def of(cls, counts: Index, most: int, least: int = 1) -> Abreast:
        """Groups of so many rows each, one behind the other; up to `most` steps, of at least `least` groups each."""
        longest = stable_order(counts.max(initial=0) - counts)
        begins = (np.cumsum(counts) - counts)[longest]
        having = len(counts) - np.cumsum(np.bincount(counts))[:-1]  # more than 0, 1, 2 ... rows; falls
        sizes = having[: min(most, int(np.count_nonzero(having >= least)))].tolist()
        places = [begins[:size] + step for step, size in enumerate(sizes)]
        return cls(longest, np.concatenate([begins[:0], *places]), sizes)

    def steps(self) -> Iterator[tuple[slice, int]]:
        """(places of a step, groups in it)."""
        begin = 0
        for size in self.sizes:
            yield slice(begin, begin + size), size
            begin += size
