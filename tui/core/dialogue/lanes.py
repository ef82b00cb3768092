"""Lanes: one direction of a TCP flow, and where the message that is under way in it ends."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.core.dialogue.framing import Frame
from tui.core.dialogue.http import Message, begins

_HALF, _ALL = 1 << 31, 1 << 32
MIDDLE, ENDS, UNTOLD, BEGUN = range(4)
"""Of a segment: no message ends in it; one does; its bytes are no message, so it keeps the name that it has; as the
first, but a message begins in it.
"""
Int64 = NDArray[np.int64]


@dataclass(slots=True)
class Lane:
    """What is awaited. Positions are TCP sequence numbers."""

    protocol: int
    frame: Frame | None
    """None: HTTP."""
    expected: int = 0
    """Sequence number of the byte that comes next."""
    end: int = 0
    """Where the message ends, as far as its length is known."""
    partial: bytes = b""
    """Bytes of a header that is not whole."""
    message: Message | None = field(default=None)

    @property
    def open(self) -> bool:
        """Whether a message is under way."""
        return self.message is not None or bool(self.partial) or (self.frame is not None and self.expected != self.end)


@dataclass(frozen=True, slots=True)
class Segments:
    """Segments sorted by lane, in order of arrival within each; lists, because they are walked one by one."""

    buffer: memoryview
    seqs: list[int]
    lengths: list[int]
    starts: list[int]
    """Where each payload begins in the buffer."""
    rooms: list[int]
    """Bytes of each payload that were captured."""
    sums: list[int]
    """Bytes of all payloads up to the end of each."""
    runs: list[int]
    """Index behind the last of the segments that follow each one without a gap."""

    @classmethod
    def of(
        cls, buffer: NDArray[np.uint8], seq: NDArray[np.uint32], length: Int64, start: Int64, room: Int64, lane: Int64
    ) -> Segments:
        n = len(seq)
        gap = seq[1:] != (seq[:-1] + length[:-1]).astype(np.uint32)
        gap |= lane[1:] != lane[:-1]
        ends = np.append(np.flatnonzero(gap) + 1, n)
        runs = np.repeat(ends, np.diff(ends, prepend=0))
        return cls(
            buffer.data, seq.tolist(), length.tolist(), start.tolist(), room.tolist(),
            np.cumsum(length).tolist(), runs.tolist(),
        )  # fmt: skip

    def read(self, k: int, at: int, count: int) -> bytes:
        """Some bytes of the payload of segment k, as far as they were captured."""
        first = self.starts[k] + at
        return bytes(self.buffer[first : first + max(0, min(count, self.rooms[k] - at))])


def walk(lane: Lane, segments: Segments, first: int, stop: int, ends: list[int]) -> int:
    """Follow the messages through the segments of one lane, from index `first` to before `stop`.

    Writes what each segment is into `ends`, and returns how much work it was. A segment that is not the one expected
    (lost or out of order) ends what was under way.
    """
    seqs, lengths, sums = segments.seqs, segments.lengths, segments.sums
    work, k = 0, first
    while k < stop:
        ahead = (seqs[k] - lane.expected) % _ALL
        if not lane.open:
            lane.expected = lane.end = seqs[k]
        elif ahead:
            if ahead >= _HALF:
                k += 1  # older than what was seen already
                continue
            lane.message, lane.partial, lane.end = None, b"", seqs[k]
        work += 1
        left = (lane.end - seqs[k]) % _ALL
        if lengths[k] < left < _HALF:  # the middle of a long message: on to the segment that ends it
            before = sums[k] - lengths[k]
            k = bisect_left(sums, before + left, k, segments.runs[k])
            if lane.message is not None:
                lane.message.left -= sums[k - 1] - before
            lane.expected = (seqs[k - 1] + lengths[k - 1]) % _ALL
            continue
        if lane.frame is None:
            ends[k] = _http(lane, k, segments)
        else:
            ends[k] = _framed(lane, lane.frame, k, segments)
        lane.expected = (seqs[k] + lengths[k]) % _ALL
        k += 1
    return work


def _framed(lane: Lane, frame: Frame, k: int, segments: Segments) -> int:
    """Step from message to message through one segment; whether one ends in it."""
    seq, length = segments.seqs[k], segments.lengths[k]
    at = (lane.end - seq) % _ALL if not lane.partial else 0
    if at > length:
        return MIDDLE
    ended = ENDS if at > 0 else MIDDLE
    have = b""
    while at < length:
        have = lane.partial
        head = have + segments.read(k, at, frame.need - len(have))
        if len(head) < frame.need:
            lane.partial = head
            lane.end = (seq + length) % _ALL
            return ended or (MIDDLE if have else BEGUN)
        size = frame.size(head)
        if size == 0:
            lane.partial = b""
            lane.end = (seq + length) % _ALL
            return ended or UNTOLD
        lane.partial = b""
        at += size - len(have)
        if at > length:
            break
        ended = ENDS
    lane.end = (seq + at) % _ALL
    return ended or (MIDDLE if have else BEGUN)


def _http(lane: Lane, k: int, segments: Segments) -> int:
    """Step from message to message; `lane.end` tells where a body of known length will end."""
    seq, length, read = segments.seqs[k], segments.lengths[k], segments.read
    at, ended = 0, MIDDLE
    lane.end = seq
    while at < length:
        message = lane.message
        if message is None:
            if not begins(read(k, at, 8)):
                return ended or UNTOLD  # goes on with what no header announced
            message = lane.message = Message()
        used = message.feed(read(k, at, length - at) if message.looks else b"", length - at)
        if used is None:
            if message.header is None and 0 < message.left < _HALF:
                lane.end = (seq + length + message.left) % _ALL
            return ended
        lane.message = None
        ended = ENDS
        at += max(used, 1)
    return ended
