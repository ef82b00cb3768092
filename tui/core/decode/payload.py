"""Payload: the first bytes above the transport of many packets, as recognisers look at them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tui.core.decode.gather import ALL, Bool, Bytes, Headers, Int64, Rows
from tui.core.decode.shapes import Shapes
from tui.core.protocols import ID, NAMES

Ids = NDArray[np.uint16]
"""Protocol ids, 0 where nothing was recognised."""
WIDTH = 32
"""Bytes of each payload that are looked at in the first pass."""


@dataclass(frozen=True, slots=True)
class Payloads:
    """The payloads of a batch; arrays of shape (n,). Bytes behind the end of a payload read as zeros."""

    data: Bytes
    at: Int64
    room: Int64
    """Bytes captured."""
    length: Int64
    """Bytes on the wire."""
    sport: Ids
    dport: Ids
    head: Headers

    @classmethod
    def of(cls, data: Bytes, at: Int64, room: Int64, length: Int64, sport: Ids, dport: Ids) -> Payloads:
        return cls(data, at, room, length, sport, dport, _clean(data.headers(at, WIDTH), room))


def _clean(head: Headers, room: Int64) -> Headers:
    """Zero what lies behind the end of short payloads."""
    if len(room) and int(room.min()) < WIDTH:
        kept = _KEPT.take(np.clip(room, 0, WIDTH))
        head.raw.view(np.uint64)[:] &= kept.view(np.uint64)
    return head


_KEPT = (np.where(np.arange(WIDTH) < np.arange(WIDTH + 1)[:, None], np.uint8(255), np.uint8(0))).view(f"V{WIDTH}")[:, 0]
"""By the length of a payload: the mask of its first bytes."""


class Payload:
    """Some of the payloads of a batch: what a recogniser is asked about. Fields are read when they are asked for."""

    __slots__ = ("_all", "_index")

    def __init__(self, payloads: Payloads, index: Int64) -> None:
        self._all = payloads
        self._index: Rows = ALL if len(index) == len(payloads.at) else index

    def __len__(self) -> int:
        return len(self._all.at) if isinstance(self._index, slice) else len(self._index)

    def select(self, index: Int64) -> Payload:
        return Payload(self._all, index if isinstance(self._index, slice) else self._index[index])

    @property
    def at(self) -> Int64:
        return self._all.at[self._index]

    @property
    def room(self) -> Int64:
        return self._all.room[self._index]

    @property
    def length(self) -> Int64:
        return self._all.length[self._index]

    @property
    def data(self) -> Bytes:
        return self._all.data

    def u8(self, at: int) -> NDArray[np.uint8]:
        return self._all.head.matrix[self._index, at]

    def u16(self, at: int) -> NDArray[np.uint16]:
        return self._all.head.field(at, ">u2")[self._index].astype(np.uint16)

    def u32(self, at: int) -> NDArray[np.uint32]:
        return self._all.head.field(at, ">u4")[self._index].astype(np.uint32)

    def u64(self, at: int) -> NDArray[np.uint64]:
        return self._all.head.field(at, ">u8")[self._index].astype(np.uint64)

    def le16(self, at: int) -> NDArray[np.uint16]:
        return self.u16(at).byteswap()

    def le32(self, at: int) -> NDArray[np.uint32]:
        return self.u32(at).byteswap()

    def first(self, count: int) -> NDArray[np.uint8]:
        """The first bytes of each, shape (k, count)."""
        return self._all.head.matrix[self._index, :count]

    def starts(self, *texts: bytes) -> Bool:
        """Which payloads begin with one of these; at most 8 bytes of each text are compared."""
        masks, values = _patterns(texts)
        return np.asarray(((self.u64(0)[:, None] & masks) == values).any(axis=1))

    def has(self, at: int, text: bytes) -> Bool:
        """Which payloads have these bytes at this place."""
        found = np.ones(len(self), np.bool_)
        for step in range(0, len(text), 8):
            mask, value = _pattern(text[step : step + 8])
            found &= (self.u64(at + step) & mask) == value
        return found & (self.room >= at + len(text))

    def port(self, *numbers: int) -> Bool:
        """Which come from or go to one of these ports."""
        sport, dport = self._all.sport[self._index], self._all.dport[self._index]
        found = np.zeros(len(self), np.bool_)
        for number in numbers:
            found |= (sport == number) | (dport == number)
        return found


@lru_cache(maxsize=256)
def _patterns(texts: tuple[bytes, ...]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    pairs = [_pattern(text[:8]) for text in texts]
    return np.array([mask for mask, _ in pairs]), np.array([value for _, value in pairs])


def _pattern(text: bytes) -> tuple[np.uint64, np.uint64]:
    mask = (1 << 8 * len(text)) - 1 << 64 - 8 * len(text)
    return np.uint64(mask), np.uint64(int.from_bytes(text.ljust(8, b"\0"), "big"))


Recogniser = Callable[[Payload], Ids]
"""Gives each payload a protocol, or 0."""


@dataclass(frozen=True, slots=True)
class Content:
    """A recogniser for any port, and the first bytes without which it need not be asked."""

    recognise: Recogniser
    begins: Sequence[bytes] = ()
    """The first one or two bytes of each are looked at."""
    first: Sequence[int] = ()
    """First bytes, where the second may be any."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that is known of the protocols over one transport."""

    ports: NDArray[np.uint16]
    """Protocol of each port."""
    recognisers: Mapping[str, Recogniser]
    """Those that confirm, refine or refuse the protocol of the port; a protocol without one takes any payload."""
    shapes: Shapes
    """Those told by a first byte and a length, for which no recogniser is needed."""
    contents: Sequence[Content]
    """What is asked, in this order, where no port helped."""
    tested: NDArray[np.bool_] = field(init=False)
    """By protocol id: there is a recogniser."""
    by_id: Mapping[int, Recogniser] = field(init=False)
    first_bytes: NDArray[np.uint32] = field(init=False)
    """By the first two bytes: bit k says that contents[k] should be asked."""

    def __post_init__(self) -> None:
        by_id = {ID[name]: recognise for name, recognise in self.recognisers.items()}
        tested = np.zeros(len(NAMES), np.bool_)
        tested[list(by_id)] = True
        bits = np.zeros(65536, np.uint32)
        for k, content in enumerate(self.contents):
            bit = np.uint32(1 << k)
            for number in {int.from_bytes(text[:2], "big") for text in content.begins}:
                bits[number] |= bit
            for first in content.first:
                bits[first << 8 : first + 1 << 8] |= bit
        for name, value in (("tested", tested), ("by_id", by_id), ("first_bytes", bits)):
            object.__setattr__(self, name, value)


def named(mask: Bool, protocol: str) -> Ids:
    """The protocol's id where the mask holds."""
    return mask.astype(np.uint16) * np.uint16(ID[protocol])


def first_of(*answers: Ids) -> Ids:
    """For each payload the first answer that is not 0."""
    out = answers[0].copy()
    for answer in answers[1:]:
        out += answer * (out == 0)
    return out


def where(p: Payload, mask: Bool, recognise: Recogniser) -> Ids:
    """Ask a recogniser about those payloads only that a cheap test has left."""
    out = np.zeros(len(p), np.uint16)
    some = np.flatnonzero(mask)
    if len(some):
        out[some] = recognise(p.select(some))
    return out


def when(test: Callable[[Payload], Bool], protocol: str) -> Recogniser:
    """A recogniser of one protocol by one test."""

    def recognise(p: Payload) -> Ids:
        return named(test(p), protocol)

    return recognise
