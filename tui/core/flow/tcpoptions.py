"""TCP options of SYN segments, read with array operations: the window scale (RFC 7323 section 2.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE16, Columns
from tui.core.flow.lanes import Index
from tui.core.frames import Frames

NOT_KNOWN = -1
NOT_OFFERED = -2
MAX_SHIFT = 14
_HEADER = 20
_STEPS = 40
"""Options in a header at most: each has at least one byte."""


def window_scales(frames: Frames, columns: Columns, rows: Index) -> NDArray[np.int8]:
    """The window scale that each of `rows` (SYN segments) offers; NOT_OFFERED, or NOT_KNOWN where it was cut."""
    scales = np.full(len(rows), NOT_OFFERED, np.int8)
    l4 = columns.l4[rows].astype(np.int64)
    captured = frames.caplen[rows] - l4
    cut = (l4 == NONE16) | (captured < _HEADER)
    scales[cut] = NOT_KNOWN
    at = np.flatnonzero(~cut & (columns.payload[rows] - l4 != _HEADER))  # a SYN flood has no options to read
    start = frames.offset[rows[at]] + l4[at]
    end = start + np.minimum((frames.buffer[start + 12] >> 4).astype(np.int64) * 4, captured[at])
    place = start + _HEADER
    for _ in range(_STEPS):
        more = place + 1 < end
        at, place, end = at[more], place[more], end[more]
        if not len(at):
            break
        kind, size = frames.buffer[place], frames.buffer[place + 1].astype(np.int64)
        scaled = (kind == 3) & (size == 3) & (place + 2 < end)
        scales[at[scaled]] = np.minimum(frames.buffer[place[scaled] + 2], MAX_SHIFT)
        on = (kind != 0) & ((kind == 1) | (size >= 2))
        at, end = at[on], end[on]
        place = (place + np.where(kind == 1, 1, size))[on]
    return scales


def window_shifts(scales: NDArray[np.int8]) -> NDArray[np.uint8]:
    """What the windows of both sides are shifted by, shape (2, n) as `scales`: not at all unless both sides offer it.

    RFC 7323 section 2.2; the side whose SYN was not seen is taken to have offered it.
    """
    used = (scales >= 0) & (scales[0] != NOT_OFFERED) & (scales[1] != NOT_OFFERED)
    return np.where(used, scales, 0).astype(np.uint8)
