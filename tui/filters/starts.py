"""Starts: where in the frame each header begins, and where payloads end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE16
from tui.filters.packets import Level


def at_l3(level: Level) -> NDArray[np.int64]:
    return _offset(level.columns.l3)


def at_l4(level: Level) -> NDArray[np.int64]:
    return _offset(level.columns.l4)


def at_payload(level: Level) -> NDArray[np.int64]:
    return _offset(level.columns.payload)


def at_payload_end(level: Level) -> NDArray[np.int64]:
    return _offset(level.columns.payload) + level.columns.payload_len


def at_start(level: Level) -> NDArray[np.int64]:
    """The first byte of the frame."""
    return np.zeros(len(level.columns), np.int64)


def at_ethernet(level: Level) -> NDArray[np.int64]:
    """The Ethernet header: the start of the frame, or what stands before the network header in a tunnel."""
    if level.depth == 0:
        return at_start(level)
    tagged = np.where(level.columns.vlan == NONE16, 14, 18)
    return np.where(level.columns.l3 == NONE16, -1, level.columns.l3.astype(np.int64) - tagged)


def at_end(level: Level) -> NDArray[np.int64]:
    """The end of what was captured."""
    return level.columns.caplen.astype(np.int64)


def _offset(column: NDArray[np.uint16]) -> NDArray[np.int64]:
    """Offsets, -1 where there is none."""
    return np.where(column == NONE16, -1, column.astype(np.int64))
