"""The outset of segments: what their first bytes say of the messages in them, told by arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import Columns
from tui.core.dialogue.framing import FRAME_OF, LONGEST, Frame
from tui.core.dialogue.http import REQUEST_METHODS
from tui.core.frames import Frames
from tui.core.protocols import ID

NO_MESSAGE, BEGINS, WHOLE = range(3)
"""No message can begin so; one begins that goes on, or others follow it; one message and nothing else."""

_HTTP = ID["HTTP"]
_HEAD = 24
Index = NDArray[np.int64]
_STARTS = np.array(sorted({int.from_bytes(text[:4], "big") for text in (*REQUEST_METHODS, b"HTTP")}), np.uint32)


def outset(c: Columns, frames: Frames, rows: Index, candidate: NDArray[np.uint16]) -> Index:
    """What each segment is, taken for one of its `candidate` protocol; most small ones are whole messages."""
    at = frames.offset[rows] + c.payload[rows]
    room = c.caplen[rows].astype(np.int64) - c.payload[rows]
    length = c.payload_len[rows].astype(np.int64)
    kind = np.full(len(rows), BEGINS)  # too short to tell: the walk knows what came before
    fits = np.flatnonzero((room >= _HEAD) & (at + _HEAD <= len(frames.buffer)))
    if not len(fits):
        return kind
    windows = np.ndarray((len(frames.buffer) - _HEAD + 1,), f"V{_HEAD}", frames.buffer, 0, (1,))
    head = windows[at[fits]].view(np.uint8).reshape(-1, _HEAD)
    kinds = candidate[fits]
    for protocol in np.flatnonzero(np.bincount(kinds)).tolist():
        here = np.flatnonzero(kinds == protocol)
        index = fits[here]
        if protocol == _HTTP:
            kind[index] = _http(frames.buffer, head[here], at[index] + room[index])
        else:
            kind[index] = _framed(FRAME_OF[protocol], head[here], length[index])
    return kind


def _http(buffer: NDArray[np.uint8], head: NDArray[np.uint8], end: Index) -> Index:
    word = np.ascontiguousarray(head[:, :4]).view(">u4")[:, 0].astype(np.uint32)
    begins = _STARTS[np.minimum(np.searchsorted(_STARTS, word), len(_STARTS) - 1)] == word
    last = buffer[(end - 4)[:, None] + np.arange(4)]
    get = (head[:, 0] == ord("G")) & (head[:, 1] == ord("E"))
    whole = get & (last == np.frombuffer(b"\r\n\r\n", np.uint8)).all(axis=1)
    return np.where(whole, WHOLE, np.where(begins, BEGINS, NO_MESSAGE))


def _framed(frame: Frame, head: NDArray[np.uint8], length: Index) -> Index:
    field = head[:, frame.at : frame.need].astype(np.int64)
    shifts = 8 * np.arange(frame.width) if frame.little else 8 * np.arange(frame.width)[::-1]
    size = (field << shifts).sum(axis=1) + frame.extra
    sane = (size >= frame.least) & (size <= LONGEST) & frame.may_begin[head[:, 0]]
    return np.where(~sane, NO_MESSAGE, np.where(size == length, WHOLE, BEGINS))
