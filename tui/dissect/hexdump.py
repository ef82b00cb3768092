"""Hex and ASCII lines of a packet, sixteen bytes each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

WIDTH = 16


@dataclass(frozen=True, slots=True)
class HexLine:
    """Up to WIDTH bytes from `offset` on."""

    offset: int
    raw: bytes

    @property
    def hex(self) -> str:
        """The bytes as pairs of digits, a wider gap in the middle; always as long as a full line."""
        pairs = [f"{byte:02x}" for byte in self.raw] + ["  "] * (WIDTH - len(self.raw))
        return " ".join(pairs[:8]) + "  " + " ".join(pairs[8:])

    @property
    def text(self) -> str:
        """The bytes as ASCII, a dot for what is none."""
        return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in self.raw)

    @property
    def line(self) -> str:
        return f"{self.offset:04x}  {self.hex}  {self.text}"


def column_of(index: int) -> int:
    """The column in `HexLine.hex` at which byte `index` (0 to 15) of the line stands."""
    return index * 3 + (1 if index >= 8 else 0)


def hex_lines(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[HexLine]:
    """The lines from number `start` to `stop`: a screen asks for those it shows only."""
    count = -(-len(data) // WIDTH)
    for number in range(max(start, 0), count if stop is None else min(stop, count)):
        yield HexLine(number * WIDTH, data[number * WIDTH : (number + 1) * WIDTH])


def as_hex(data: bytes) -> str:
    """All lines, for the clipboard and for files."""
    return "\n".join(line.line for line in hex_lines(data))


def as_python(data: bytes) -> str:
    """A Python expression that gives these bytes."""
    rows = [f'    "{data[at : at + WIDTH].hex()}"' for at in range(0, len(data), WIDTH)]
    return "bytes.fromhex(\n" + "\n".join(rows) + "\n)"
