"""Document: a conversation as lines to read, a window of it at a time; both sides told apart by arrow and indent."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from tui.core.text import printable
from tui.dissect.content import decode_http
from tui.dissect.hexdump import WIDTH, hex_lines
from tui.dissect.stream import Conversation
from tui.widgets.glyphs import Glyphs
from tui.widgets.ink import Piece

KEPT = 4
"""Windows (of about a megabyte) kept for scrolling back; what came before is read again from the first packet on."""
INDENT = 4
"""Cells by which the other side stands further right."""
HEAD, GAP = -1, -2


class View(Enum):
    """How the bytes of a conversation are written."""

    UTF8 = "UTF-8"
    ASCII = "ASCII"
    HEX = "hex"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said until the other answered, or a gap."""

    side: int
    data: bytes
    gap: int
    sequence: int
    time_ns: int


Line = tuple[int, int, int]
"""Turn, first byte, byte after the last; HEAD or GAP in place of the first byte are lines about the turn."""


def missing_text(count: int) -> str:
    """`1 byte is missing`, `4,000 bytes are missing`."""
    return "1 byte is missing" if count == 1 else f"{count:,} bytes are missing"


def turns(conversation: Conversation, unpack: bool) -> list[Turn]:
    """The turns of a window, HTTP bodies unpacked where that is wanted."""
    found: list[Turn] = []
    parts: list[bytes] = []
    for chunk in (decode_http(conversation) if unpack else conversation).chunks:
        if found and parts and not chunk.gap and found[-1].side == chunk.side:
            parts.append(chunk.data)
            continue
        _close(found, parts)
        found.append(Turn(chunk.side, b"", chunk.gap, chunk.sequence, chunk.time_ns))
        parts = [] if chunk.gap else [chunk.data]
    _close(found, parts)
    return found


def _close(found: list[Turn], parts: list[bytes]) -> None:
    if parts:
        last = found[-1]
        found[-1] = Turn(last.side, b"".join(parts), 0, last.sequence, last.time_ns)


class Document:
    """The lines of the windows that are kept; `put` adds one. A change of view or width makes the lines anew."""

    def __init__(self, glyphs: Glyphs) -> None:
        self._glyphs = glyphs
        self._windows: deque[Conversation] = deque(maxlen=KEPT)
        self.view = View.UTF8
        self.side: int | None = None
        """The side that is shown; None: both."""
        self.unpack = True
        self.needle = b""
        """What is searched for, in lower case."""
        self.first_ns = 0
        self.dropped = 0
        """Bytes before the first line that are no longer kept."""
        self.missing = 0
        """Bytes in gaps, of all windows."""
        self.complete = False
        self._width = 80
        self._turns: list[Turn] = []
        self._lines: list[Line] = []

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return sum(len(turn.data) for turn in self._turns)

    def put(self, window: Conversation) -> int:
        """Add the next window; returns how many lines went away at the top."""
        gone = 0
        if len(self._windows) == KEPT:
            left = self._windows[0]
            self.dropped += sum(len(chunk.data) for chunk in left.chunks)
            count = len(turns(left, self.unpack))
            gone = bisect_right(self._lines, (count - 1, 1 << 60, 0))
        if window.chunks and not self.first_ns:
            self.first_ns = window.chunks[0].time_ns
        self._windows.append(window)
        self.missing += window.missing
        self.complete = window.complete
        self.rebuild()
        return gone

    def rebuild(self) -> None:
        """Make turns and lines anew: view, side or unpacking has changed."""
        self._turns = [turn for window in self._windows for turn in turns(window, self.unpack)]
        self._wrap()

    def fold(self, width: int) -> None:
        """Lines for a pane of so many cells."""
        if width != self._width:
            self._width = width
            self._wrap()

    def _wrap(self) -> None:
        self._lines = [line for number in range(len(self._turns)) for line in self._lines_of(number)]

    def _lines_of(self, number: int) -> Iterator[Line]:
        turn = self._turns[number]
        if self.side is not None and turn.side != self.side:
            return
        if turn.gap:
            yield number, GAP, 0
            return
        yield number, HEAD, 0
        size = len(turn.data)
        if self.view is View.HEX:
            yield from ((number, at, min(size, at + WIDTH)) for at in range(0, size, WIDTH))
        else:
            room = max(8, self._width - 2 - INDENT)
            yield from ((number, start, stop) for start, stop in cuts(turn.data, room))

    # lines

    def pieces(self, start: int, stop: int) -> Sequence[list[Piece]]:
        """The lines from start to stop."""
        return [self._pieces(line) for line in self._lines[max(0, start) : stop]]

    def _pieces(self, line: Line) -> list[Piece]:
        number, start, stop = line
        turn = self._turns[number]
        ink = "accent" if turn.side == 0 else "good"
        arrow = f" {self._glyphs.arrow} " if turn.side == 0 else f"{' ' * INDENT} {self._glyphs.back} "
        if start == GAP:
            return [(arrow, ink), (f"[{missing_text(turn.gap)} in the capture]", "red")]
        if start == HEAD:
            after = (turn.time_ns - self.first_ns) / 1e9
            about = f"packet {turn.sequence + 1:,}   {after:.3f} s   {len(turn.data):,} bytes"
            return [(arrow, f"{ink} bold"), (about, "dim")]
        gutter = " | " if turn.side == 0 else f"{' ' * INDENT} | "
        return [(gutter, ink), *self._text(turn.data, start, stop, ink)]

    def _text(self, data: bytes, start: int, stop: int, ink: str) -> list[Piece]:
        if self.view is View.HEX:
            hit = self._touches(data, start, stop)
            line = next(iter(hex_lines(data, start // WIDTH, start // WIDTH + 1)))
            return [(line.line, f"{ink} bold" if hit else ink)]
        part = data[start:stop].removesuffix(b"\r")
        if not self.needle:
            return [(self._write(part), ink)]
        pieces: list[Piece] = []
        low, at = part.lower(), 0
        while (found := low.find(self.needle, at)) >= 0:
            end = found + len(self.needle)
            pieces += [(self._write(part[at:found]), ink), (self._write(part[found:end]), "badge")]
            at = end
        return [*pieces, (self._write(part[at:]), ink)]

    def _touches(self, data: bytes, start: int, stop: int) -> bool:
        """Whether something that is searched for begins or ends between start and stop."""
        around = max(0, start - len(self.needle) + 1)
        return bool(self.needle) and self.needle in data[around : stop + len(self.needle) - 1].lower()

    def _write(self, part: bytes) -> str:
        if self.view is View.UTF8:
            return printable(part)
        return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)

    # searching

    def find(self, after: int, by: int) -> int:
        """The next line (1) or the one before (-1) at which something that is searched for begins; -1 for none."""
        if not self.needle or not self._lines:
            return -1
        if after < 0:
            number, offset = (0, -1) if by > 0 else (len(self._turns) - 1, 1 << 60)
        else:
            number, start, stop = self._lines[min(after, len(self._lines) - 1)]
            offset = (stop - 1 if by > 0 else start) if start >= 0 else (-1 if by > 0 else 0)
        while 0 <= number < len(self._turns):
            turn = self._turns[number]
            if self.side is None or turn.side == self.side:
                data = turn.data.lower()
                if by > 0:
                    at = data.find(self.needle, max(0, offset + 1))
                else:
                    at = data.rfind(self.needle, 0, min(len(data), max(0, offset) + len(self.needle) - 1))
                if at >= 0:
                    return bisect_right(self._lines, (number, at, 1 << 60)) - 1
            number += by
            offset = -1 if by > 0 else 1 << 60
        return -1


def cuts(data: bytes, room: int) -> Iterator[tuple[int, int]]:
    """Where lines of text begin and end: at line feeds, and where there is no room; never inside a character."""
    at, size = 0, len(data)
    while at < size:
        feed = data.find(b"\n", at)
        end = size if feed < 0 else feed
        while end - at > room:
            cut = at + room
            while cut > at + room - 3 and data[cut] & 0xC0 == 0x80:
                cut -= 1
            yield at, cut
            at = cut
        yield at, end
        at = end + 1
