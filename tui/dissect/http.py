"""HTTP messages as layers, a field for each line (RFC 9112): scapy gives the headers, but not where they stand."""

from __future__ import annotations

from tui.core.readers.cursor import Cursor
from tui.core.readers.http import Request, Response, read_http
from tui.core.text import printable
from tui.dissect.nodes import Field, Layer

MAX_LINES = 128
LIMIT = 300


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
        return Field("start line" if first else "line", printable(line, LIMIT), start, end)
    return Field(printable(name, 60), printable(value.strip(), LIMIT), start, end)
