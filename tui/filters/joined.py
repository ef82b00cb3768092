"""Joined: messages that begin in one segment and end in another, put together as far as the batch at hand goes.

The flow table names only the segment that ends a message, as Wireshark does. What came before it in the same
direction, in segments without a name of their own, is the beginning of that message.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tui.core.columns import NONE16, NONE32, Columns, Mark
from tui.core.frames import Frames
from tui.filters.packets import Guard, Packets, Rows

LONGEST = 65_536
"""Bytes that are kept of the beginning of a message."""
_TCP = 6
_SKIPPED = np.uint32(Mark.RETRANSMISSION | Mark.OUT_OF_ORDER | Mark.INNER)

Tail = Callable[[bytes], bytes]
"""What is left of a segment's bytes behind the last message that ends in it."""


def beginnings(packets: Packets, guard: Guard, tail: Tail) -> dict[int, bytes]:
    """For rows of the whole batch: the bytes that came before, where their message began earlier."""
    root = packets.root or packets
    rows = _segments(root.columns, guard)
    if not len(rows) or root.read is None:
        return {}
    columns = root.columns
    payloads = _payloads(root.read(rows), columns, rows)
    named = guard(columns)[rows].tolist()
    lanes = _lanes(columns, rows).tolist()
    found: dict[int, bytes] = {}
    before, lane = b"", -1
    for row, own, ends, data in zip(rows.tolist(), lanes, named, payloads, strict=True):
        if own != lane:
            before, lane = b"", own
        if ends:
            if before:
                found[row] = before
            before = tail(before + data)
        elif len(before) < LONGEST:
            before += data
    return found


def _segments(columns: Columns, guard: Guard) -> Rows:
    """Rows with payload of the flows that the guard knows, by flow and direction, in their order."""
    known = columns.flow[guard(columns) & (columns.flow != NONE32) & (columns.ip_proto == _TCP)]
    if not len(known):
        return np.empty(0, np.int64)
    wanted = np.isin(columns.flow, np.unique(known)) & (columns.payload_len > 0) & (columns.payload != NONE16)
    rows = np.flatnonzero(wanted & ((columns.marks & _SKIPPED) == 0))
    return rows[np.lexsort((rows, _lanes(columns, rows)))]


def _lanes(columns: Columns, rows: Rows) -> Rows:
    """A number for each flow and direction."""
    back = (columns.marks[rows] & np.uint32(Mark.FROM_RESPONDER)) != 0
    lanes: Rows = columns.flow[rows].astype(np.int64) * 2 + back
    return lanes


def _payloads(frames: Frames, columns: Columns, rows: Rows) -> list[bytes]:
    start = columns.payload[rows].astype(np.int64)
    end = np.minimum(start + columns.payload_len[rows], frames.caplen)
    low, high = (frames.offset + start).tolist(), (frames.offset + np.maximum(end, start)).tolist()
    return [frames.buffer[a:b].tobytes() for a, b in zip(low, high, strict=True)]
