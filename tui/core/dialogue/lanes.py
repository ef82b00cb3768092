"""Lanes: one direction of a TCP flow, and where the message that is under way in it ends."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field

from tui.core.dialogue.framing import Frame
from tui.core.dialogue.http import MOST_HEADER, Message, begins

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
    """Where the message ends, as far as its length is known; not for HTTP."""
    partial: bytes = b""
    """Bytes of a header that is not whole."""
    message: Message | None = field(default=None)

    @property
    def open(self) -> bool:
        return self.message is not None or bool(self.partial) or (self.frame is not None and self.expected != self.end)


def walk(lane: Lane, seqs: list[int], lengths: list[int], read: Read) -> tuple[list[int], int]:
    """Follow the messages through segments in order of arrival.

    Returns MIDDLE, ENDS or UNTOLD for each segment, and how much work it was. A segment that is not the one
    expected (lost or out of order) ends what was under way.
    """
    ends = [MIDDLE] * len(seqs)
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
        if lane.frame is None:
            ends[k] = _http(lane, k, lengths[k], read)
        else:
            if not lane.partial and (skipped := _middle(lane, seqs, lengths, k)) > k:
                k = skipped
                continue
            ends[k] = _framed(lane, lane.frame, k, seqs[k], lengths[k], read)
        lane.expected = (seqs[k] + lengths[k]) % _ALL
        k += 1
    return ends, work


def _middle(lane: Lane, seqs: list[int], lengths: list[int], k: int) -> int:
    """Skip segments in the middle of a long message: index of the first that reaches its end, or breaks the order."""
    start = seqs[k]
    left = (lane.end - start) % _ALL
    if not 0 < left < _HALF or lengths[k] >= left:
        return k
    last = len(seqs) - 1
    span = (seqs[last] - start) % _ALL
    # the segments of a lane mostly follow each other without a gap: then their order is that of their numbers
    if span < _HALF and span == sum(lengths[k:last]):
        target = bisect_left(range(k, last + 1), left, key=lambda i: (seqs[i] - start) % _ALL + lengths[i]) + k
        lane.expected = seqs[target] if target <= last else (seqs[last] + lengths[last]) % _ALL
        return target
    lane.expected = (start + lengths[k]) % _ALL
    return k + 1


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


def _http(lane: Lane, k: int, length: int, read: Read) -> int:
    at, ended = 0, MIDDLE
    while at < length:
        message = lane.message
        if message is None:
            if not begins(read(k, at, 8)):
                return ended or UNTOLD  # goes on with what no header announced
            message = lane.message = Message()
        data = read(k, at, MOST_HEADER if message.header is not None else length - at)
        used = message.feed(data, length - at)
        if used is None:
            return ended
        lane.message = None
        ended = ENDS
        at += max(used, 1)
    return ended
