"""Messages on the socket: two lengths, a JSON object, and the raw bytes of arrays, each on a multiple of eight."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.engine.attach.values import WireError

LENGTHS = struct.Struct("!II")
"""Bytes of the JSON, bytes of the arrays."""
ARRAYS = "arrays"
"""Where the JSON object lists the arrays: [[dtype, length], ...]; all have one dimension."""
ALIGN = 8
DTYPES = {np.dtype(code).str: np.dtype(code) for code in "?bBhHiIqQfd"}
"""What arrays may be of."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The largest message that is taken."""

    head: int
    body: int


REQUEST = Bound(4 << 10, 16 << 10)
ANSWER = Bound(64 << 20, 256 << 20)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came."""

    head: dict[str, Any]
    arrays: list[NDArray[Any]] = field(default_factory=list)


def pack(head: dict[str, Any], arrays: Sequence[NDArray[Any]] = ()) -> list[memoryview]:
    """Pieces to be sent one after the other; arrays that lie in one piece are not copied."""
    told = [[array.dtype.str, len(array)] for array in arrays]
    text = json.dumps({**head, ARRAYS: told}, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + LENGTHS.size) % ALIGN)
    size = sum(_padded(array.nbytes) for array in arrays)
    pieces = [memoryview(LENGTHS.pack(len(text), size) + text)]
    for array in arrays:
        if array.nbytes:
            pieces.append(np.ascontiguousarray(array).view(np.uint8).data)
        if array.nbytes % ALIGN:
            pieces.append(memoryview(bytes(_padded(array.nbytes) - array.nbytes)))
    return pieces


class Incoming:
    """Puts messages together out of what arrives, within a bound."""

    def __init__(self, bound: Bound) -> None:
        self._bound = bound
        self._held = bytearray()
        self._wanted = LENGTHS.size

    def feed(self, data: bytes | memoryview) -> None:
        """Take bytes. WireError where a message would be larger than allowed."""
        self._held += data
        if len(self._held) >= LENGTHS.size:
            head, body = LENGTHS.unpack_from(self._held)
            if head > self._bound.head or body > self._bound.body:
                raise WireError("a message is too large")
            self._wanted = LENGTHS.size + head + body

    @property
    def begun(self) -> bool:
        """Whether part of a message is there."""
        return bool(self._held)

    @property
    def missing(self) -> int:
        """Bytes that the message which has begun still needs; 0 when it is whole."""
        return max(0, self._wanted - len(self._held))

    def take(self) -> Message | None:
        """The next whole message. WireError where it is none."""
        if self.missing:
            return None
        head_size, body_size = LENGTHS.unpack_from(self._held)
        whole, self._held = self._held, bytearray()
        self._wanted = LENGTHS.size
        if len(whole) > LENGTHS.size + head_size + body_size:
            self.feed(memoryview(whole)[LENGTHS.size + head_size + body_size :])
        return _message(whole, head_size, body_size)


def _message(whole: bytearray, head_size: int, body_size: int) -> Message:
    start = LENGTHS.size + head_size
    try:
        head = json.loads(whole[LENGTHS.size : start])
        if not isinstance(head, dict):
            raise WireError("no object")
        return Message(head, list(_arrays(head.pop(ARRAYS, []), whole, start, start + body_size)))
    except (ValueError, TypeError, RecursionError) as error:
        raise WireError(f"no message: {error}") from None


def _arrays(told: Iterable[Sequence[Any]], whole: bytearray, at: int, end: int) -> Iterable[NDArray[Any]]:
    for kind, length in told:
        dtype = DTYPES.get(kind)
        if dtype is None or not isinstance(length, int) or length < 0:
            raise WireError("no array")
        if at + dtype.itemsize * length > end:
            raise WireError("an array is cut")
        yield np.frombuffer(whole, dtype, length, at)
        at += _padded(dtype.itemsize * length)


def _padded(size: int) -> int:
    return size + -size % ALIGN
