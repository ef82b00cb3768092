"""HTTP messages as layers, a field for each line (RFC 9112): scapy gives the headers, but not where they stand."""

from __future__ import annotations

from tui.core.readers.cursor import Cursor
from tui.core.readers.http import Request, Response, read_http
from tui.core.text import printable
from tui.dissect.nodes import Field, Layer
from tui.dissect.words import text_filter

MAX_LINES = 128
LIMIT = 300
_HEADERS = {
    b"host": "http.host", b"user-agent": "http.user_agent", b"content-type": "http.content_type",
    b"server": "http.server", b"referer": "http.referer", b"location": "http.location", b"cookie": "http.cookie",
    b"content-length": "http.content_length_header", b"authorization": "http.authorization",
}  # fmt: skip
"""Headers that have a field of their own in display filters."""


def http_layers(data: bytes, start: int, end: int) -> list[Layer]:
    """The head of the message that begins at `start`; nothing where none does."""
    message = read_http(data[start:end])
    if message is None:
        return []
    cursor = Cursor(data, start, end)
    fields: list[Field] = []
    while cursor.left and len(fields) < MAX_LINES:
        at = cursor.at
        line = cursor.line()
        if not line:
            break
        fields.append(_line(line, at, cursor.at, first=at == start))
    return [Layer("HTTP", f"Hypertext Transfer Protocol, {_title(message)}", start, cursor.at, tuple(fields))]


def _title(message: Request | Response) -> str:
    if isinstance(message, Request):
        return printable(f"{message.method} {message.target}", LIMIT)
    return f"{message.status} {message.reason}".rstrip()


def _line(line: bytes, start: int, end: int, first: bool) -> Field:
    name, colon, value = line.partition(b":")
    if first or not colon:
        return Field("start line" if first else "line", printable(line, LIMIT), start, end, _first_filter(line, first))
    text = printable(value.strip(), LIMIT)
    field = _HEADERS.get(name.strip().lower())
    return Field(printable(name, 60), text, start, end, text_filter(field, text) if field else "")


def _first_filter(line: bytes, first: bool) -> str:
    """What picks messages that begin like this: the status, or what is asked for."""
    words = line.split(b" ")
    if not first or len(words) < 2:
        return ""
    if words[0].startswith(b"HTTP/"):
        return f"http.response.code == {int(words[1])}" if words[1].isdigit() and len(words[1]) == 3 else ""
    return text_filter("http.request.uri", printable(words[1], LIMIT))
