"""Where an HTTP message ends (RFC 9112 section 6): the end of its header, and the length of its body."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_HEADER = 16_384
"""Bytes of a header that are kept while its end is awaited; a longer one is given up."""
MOST_CHUNK_LINE = 64
UNTIL_CLOSE = -1

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r\n]*chunked", re.IGNORECASE)
REQUEST_METHODS = (
    b"GET ", b"POST", b"HEAD", b"PUT ", b"DELE", b"OPTI", b"CONN", b"TRAC", b"PATC", b"PROP", b"M-SE", b"NOTI", b"SUBS",
    b"UNSU", b"MKCO", b"LOCK", b"UNLO", b"REPO", b"COPY", b"MOVE", b"SEAR",
)  # fmt: skip


def begins(data: bytes) -> bool:
    """Whether a message begins here."""
    return data[:5] == b"HTTP/" or data[:4] in REQUEST_METHODS


@dataclass(slots=True)
class Message:
    """A message whose end has not come yet."""

    header: bytes | None = b""
    """What has come of the header; None once it is read."""
    left: int = 0
    """Bytes of the body, or of the chunk, that are still to come; UNTIL_CLOSE."""
    chunked: bool = False
    line: bytes = b""
    """What has come of the line that tells a chunk's size."""

    @property
    def looks(self) -> bool:
        """Whether `feed` looks at the bytes, or at their number only."""
        return self.header is not None or self.chunked

    def feed(self, data: bytes, size: int) -> int | None:
        """Take the next `size` bytes, of which `data` is what is needed or captured.

        Returns how many of them belong to this message when it ends within them, None while it goes on.
        """
        at = 0
        if self.header is not None:
            whole = self.header + data
            end = whole.find(b"\r\n\r\n")
            if end < 0:
                self.header = whole[-MOST_HEADER:] if len(whole) <= MOST_HEADER else b""
                return None
            at = end + 4 - len(self.header)
            self._body(whole[: end + 4])
        if self.left == UNTIL_CLOSE:
            return None
        if not self.chunked:
            if self.left <= size - at:
                return at + self.left
            self.left -= size - at
            return None
        return self._chunks(data, at, size)

    def _body(self, header: bytes) -> None:
        self.header = None
        self.chunked = _CHUNKED.search(header) is not None
        length = _LENGTH.search(header)
        if self.chunked:
            self.left = 0
        elif length is not None:
            self.left = int(length[1])
        elif header[:5] == b"HTTP/" and header[9:10] != b"1" and header[9:12] not in (b"204", b"304"):
            self.left = UNTIL_CLOSE
        else:
            self.left = 0
        if header[9:12] in (b"204", b"304") and header[:5] == b"HTTP/":
            self.left, self.chunked = 0, False

    def _chunks(self, data: bytes, at: int, size: int) -> int | None:
        """Step from chunk to chunk; the last one has size 0 and is followed by an empty line."""
        while at < size:
            if self.left:
                step = min(self.left, size - at)
                self.left -= step
                at += step
                continue
            end = data.find(b"\n", at)
            if end < 0:
                self.line = (self.line + data[at:])[:MOST_CHUNK_LINE]
                return None
            line = (self.line + data[at:end]).split(b";")[0].strip()
            self.line = b""
            at = end + 1
            if not line:
                continue
            try:
                chunk = int(line, 16)
            except ValueError:
                return at
            if chunk == 0:
                return min(size, at + 2)
            self.left = chunk + 2
        return None
