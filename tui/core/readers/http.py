"""HTTP/1 messages (RFC 9112): the first line and the few headers that people look for."""

from __future__ import annotations

from dataclasses import dataclass

from tui.core.readers.cursor import Cursor
from tui.core.text import printable

METHODS = (
    b"GET", b"POST", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"CONNECT", b"PATCH", b"TRACE", b"PROPFIND", b"PROPPATCH",
    b"MKCOL", b"COPY", b"MOVE", b"LOCK", b"UNLOCK", b"REPORT", b"SEARCH", b"NOTIFY", b"M-SEARCH", b"SUBSCRIBE",
    b"UNSUBSCRIBE", b"PURGE",
)  # fmt: skip
MAX_HEADERS = 64
MAX_URL = 2048


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    target: str
    version: str
    host: str
    user_agent: str

    @property
    def url(self) -> str:
        """Absolute where the Host header or the target makes it so."""
        if self.target.startswith(("http://", "https://")) or not self.host:
            return self.target
        return f"http://{self.host}{self.target if self.target.startswith('/') else '/' + self.target}"


@dataclass(frozen=True, slots=True)
class Response:
    version: str
    status: int
    reason: str
    content_type: str
    length: str
    location: str
    server: str


def read_http(data: bytes) -> Request | Response | None:
    """The message that begins in these bytes; None when none does."""
    cursor = Cursor(data)
    first = cursor.line()
    if first.startswith(b"HTTP/"):
        return _response(first, cursor)
    method, _, rest = first.partition(b" ")
    if method not in METHODS or not rest:
        return None
    target, _, version = rest.rpartition(b" ")
    if not version.startswith(b"HTTP/"):
        target, version = rest, b""  # cut inside the first line
    found = _headers(cursor)
    return Request(
        method.decode("ascii"), printable(target, MAX_URL), printable(version, 12), found.get(b"host", ""),
        found.get(b"user-agent", ""),
    )  # fmt: skip


def _response(first: bytes, cursor: Cursor) -> Response | None:
    parts = first.split(b" ", 2)
    if len(parts) < 2 or not parts[1].isdigit() or len(parts[1]) != 3:
        return None
    found = _headers(cursor)
    return Response(
        printable(parts[0], 12), int(parts[1]), printable(parts[2], 80) if len(parts) > 2 else "",
        found.get(b"content-type", ""), found.get(b"content-length", ""), found.get(b"location", ""),
        found.get(b"server", ""),
    )  # fmt: skip


def _headers(cursor: Cursor) -> dict[bytes, str]:
    found: dict[bytes, str] = {}
    for _ in range(MAX_HEADERS):
        line = cursor.line()
        if not line:
            break
        name, colon, value = line.partition(b":")
        if colon:
            found.setdefault(name.strip().lower(), printable(value.strip(), 255))
    return found
