"""Cursor: reads numbers and byte strings in order; what goes past the end raises Short, which the readers catch."""

from __future__ import annotations


class Short(Exception):
    """The bytes end before the field does; never leaves the readers and the info parsers."""


class Cursor:
    """A place in a byte string. Big-endian, as network protocols are, unless the method says otherwise."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self.data = data
        self.at = at
        self.end = len(data) if end is None else min(end, len(data))

    @property
    def left(self) -> int:
        return max(self.end - self.at, 0)

    def take(self, n: int) -> bytes:
        start = self.at
        if n < 0 or start + n > self.end:
            raise Short
        self.at = start + n
        return self.data[start : self.at]

    def skip(self, n: int) -> None:
        if n < 0 or self.at + n > self.end:
            raise Short
        self.at += n

    def rest(self) -> bytes:
        return self.take(self.left)

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def u24(self) -> int:
        return int.from_bytes(self.take(3), "big")

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def u64(self) -> int:
        return int.from_bytes(self.take(8), "big")

    def le16(self) -> int:
        return int.from_bytes(self.take(2), "little")

    def le32(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def part(self, n: int) -> Cursor:
        """A cursor over the next n bytes, or over what is there of them when the packet was cut; skips them."""
        inner = Cursor(self.data, self.at, min(self.at + max(n, 0), self.end))
        self.at = inner.end
        return inner

    def line(self) -> bytes:
        """The bytes up to the end of the line, without CR LF; the line break is skipped."""
        start = self.at
        found = self.data.find(b"\n", start, self.end)
        self.at = self.end if found < 0 else found + 1
        return self.data[start : self.end if found < 0 else found].rstrip(b"\r")

    def until(self, mark: bytes) -> bytes:
        """The bytes before `mark`, which is skipped; Short when it is not there."""
        found = self.data.find(mark, self.at, self.end)
        if found < 0:
            raise Short
        start, self.at = self.at, found + len(mark)
        return self.data[start:found]
