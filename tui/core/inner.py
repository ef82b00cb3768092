"""Which packet of a tunnel info and names speak of: the innermost, but never the one that an ICMP error quotes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import Columns, Mark
from tui.core.decode import decode_inner
from tui.core.decode.gather import one_of
from tui.core.frames import Frames

_QUOTES = (1, 58)
"""ICMP and ICMPv6: the packet inside is not what they are about."""


def tunnelled(columns: Columns) -> NDArray[np.int64]:
    """Rows that are about a packet inside them."""
    return np.flatnonzero((columns.marks & Mark.INNER != 0) & ~one_of(columns.ip_proto, _QUOTES))


def innermost(columns: Columns, frames: Frames, rows: NDArray[np.int64]) -> dict[int, tuple[Columns, int]]:
    """For each of these rows that could be opened: the columns and the row of the packet to speak of."""
    inner, parents = decode_inner(frames, columns, rows)
    found: dict[int, tuple[Columns, int]] = {}
    quoting: set[int] = set()
    for index, parent in enumerate(parents.tolist()):  # outer levels come first
        if parent not in quoting:
            found[parent] = (inner, index)
        if inner.ip_proto[index] in _QUOTES:
            quoting.add(parent)
    return found
