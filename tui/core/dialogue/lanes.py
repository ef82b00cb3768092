"""Lanes: one direction of a TCP flow, and where the message that is under way in it ends."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field

from tui.core.dialogue.framing import Frame
from tui.core.dialogue.http import Message, begins

_HALF, _ALL = 1 << 31, 1 << 32
MIDDLE, ENDS, UNTOLD = range(3)
"""Of a segment: no message ends in it; one does; its bytes are no message, so it keeps the name that it has."""
Read = Callable[[int, int, int], bytes]
"""(index of the segment, first byte, count) -> bytes of its payload, as far as captured."""


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


def walk(lane: Lane, seqs: list[int], lengths: list[int], read: Read) -> tuple[list[int], int]:
    """Follow the messages through segments in order of arrival.

    Returns MIDDLE, ENDS or UNTOLD for each segment, and how much work it was. A segment that is not the one
    expected (lost or out of order) ends what was under way.
    """
    ends = [MIDDLE] * len(seqs)
    stops, runs = _runs(seqs, lengths)
    work = k = 0
    while k < len(seqs):
        ahead = (seqs[k] - lane.expected) % _ALL
        if lane.open and ahead:
            if ahead >= _HALF:
                k += 1  # older than what was seen already
                continue
            lane.message, lane.partial, lane.end = None, b"", seqs[k]
        if not lane.open:
            lane.expected = lane.end = seqs[k]
        work += 1
        left = (lane.end - seqs[k]) % _ALL
        if lengths[k] < left < _HALF:  # the middle of a long message: on to the segment that ends it
            start = stops[k] - lengths[k]
            k = bisect_left(stops, start + left, k, runs[k])
            if lane.message is not None:
                lane.message.left -= stops[k - 1] - start
            lane.expected = (seqs[k - 1] + lengths[k - 1]) % _ALL
            continue
        if lane.frame is None:
            ends[k] = _http(lane, k, seqs[k], lengths[k], read)
        else:
            ends[k] = _framed(lane, lane.frame, k, seqs[k], lengths[k], read)
        lane.expected = (seqs[k] + lengths[k]) % _ALL
        k += 1
    return ends, work


def _runs(seqs: list[int], lengths: list[int]) -> tuple[list[int], list[int]]:
    """Where each segment stops, counted on through the wrap of sequence numbers; and the end (an index) of the run of
    segments without a gap that each belongs to."""
    stops, at = [], 0
    for k, (seq, length) in enumerate(zip(seqs, lengths, strict=True)):
        if k:
            at += (seq - seqs[k - 1] + _HALF) % _ALL - _HALF
        stops.append(at + length)
    runs = [len(seqs)] * len(seqs)
    for k in range(len(seqs) - 2, -1, -1):
        follows = stops[k + 1] - lengths[k + 1] == stops[k]
        runs[k] = runs[k + 1] if follows else k + 1
    return stops, runs


def _framed(lane: Lane, frame: Frame, k: int, seq: int, length: int, read: Read) -> int:
    """Step from message to message through one segment; whether one ends in it."""
    at = (lane.end - seq) % _ALL if not lane.partial else 0
    if at > length:
        return MIDDLE
    ended = ENDS if at > 0 else MIDDLE
    while at < length:
        have = lane.partial
        head = have + read(k, at, frame.need - len(have))
        if len(head) < frame.need:
            lane.partial = head
            lane.end = (seq + length) % _ALL
            return ended
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
    return ended


def _http(lane: Lane, k: int, seq: int, length: int, read: Read) -> int:
    """Step from message to message; `lane.end` tells where a body of known length will end."""
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
