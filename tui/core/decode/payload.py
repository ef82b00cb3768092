"""Payload: the first bytes above the transport of many packets, as recognisers look at them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui.core.decode.gather import Bool, Bytes, Headers, Int64
from tui.core.protocols import ID

Ids = NDArray[np.uint16]
"""Protocol ids, 0 where nothing was recognised."""
WIDTH = 32
"""Bytes of each payload that are looked at in the first pass."""


class Payload:
    """k payloads. Bytes that were not captured, or belong to the next packet, read as zeros."""

    __slots__ = ("at", "data", "dport", "head", "length", "room", "sport")

    def __init__(
        self, data: Bytes, at: Int64, room: Int64, length: Int64, sport: Ids, dport: Ids, head: Headers | None = None
    ) -> None:
        self.data = data
        self.at = at
        self.room = room
        """Bytes captured."""
        self.length = length
        """Bytes on the wire."""
        self.sport = sport
        self.dport = dport
        self.head = _clean(data.headers(at, WIDTH), room) if head is None else head

    def __len__(self) -> int:
        return len(self.at)

    def select(self, index: Int64) -> Payload:
        head = Headers(self.head.matrix[index].reshape(-1), WIDTH)
        return Payload(
            self.data, self.at[index], self.room[index], self.length[index], self.sport[index], self.dport[index], head
        )

    def u8(self, at: int) -> NDArray[np.uint8]:
        return self.head.u8(at)

    def u16(self, at: int) -> NDArray[np.uint16]:
        return self.head.u16(at)

    def u32(self, at: int) -> NDArray[np.uint32]:
        return self.head.u32(at)

    def u64(self, at: int) -> NDArray[np.uint64]:
        return self.head.u64(at)

    def le16(self, at: int) -> NDArray[np.uint16]:
        return self.head.field(at, "<u2").astype(np.uint16)

    def le32(self, at: int) -> NDArray[np.uint32]:
        return self.head.field(at, "<u4").astype(np.uint32)

    def starts(self, *texts: bytes) -> Bool:
        """Which payloads begin with one of these (each at most 8 bytes are compared at once)."""
        found = np.zeros(len(self), np.bool_)
        for text in texts:
            found |= self.has(0, text)
        return found

    def has(self, at: int, text: bytes) -> Bool:
        """Which payloads have these bytes at this place."""
        found = self.room >= at + len(text)
        for step in range(0, len(text), 8):
            part = text[step : step + 8]
            mask = (1 << 8 * len(part)) - 1 << 64 - 8 * len(part)
            word = self.u64(at + step) & np.uint64(mask)
            found &= word == np.uint64(int.from_bytes(part.ljust(8, b"\0"), "big"))
        return found

    def port(self, *numbers: int) -> Bool:
        """Which come from or go to one of these ports."""
        found = np.zeros(len(self), np.bool_)
        for number in numbers:
            found |= (self.sport == number) | (self.dport == number)
        return found


Recogniser = Callable[[Payload], Ids]


def _clean(head: Headers, room: Int64) -> Headers:
    """Zero what lies behind the end of short payloads."""
    short = np.flatnonzero(room < head.width)
    if len(short):
        keep = np.arange(head.width) < room[short, None]
        head.matrix[short] *= keep
    return head


def named(mask: Bool, protocol: str) -> Ids:
    """The protocol's id where the mask holds."""
    return mask.astype(np.uint16) * np.uint16(ID[protocol])


def first_of(*answers: Ids) -> Ids:
    """For each payload the first answer that is not 0."""
    out = answers[0].copy()
    for answer in answers[1:]:
        np.copyto(out, answer, where=out == 0)
    return out
