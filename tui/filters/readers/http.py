"""Fields of HTTP/1 messages (RFC 9112)."""

from __future__ import annotations

import base64

from tui.core.readers.cursor import Cursor
from tui.core.readers.http import METHODS
from tui.filters.readers.found import Found

MAX_HEADERS = 128
MAX_MESSAGES = 32
"""Pipelined messages read of one segment."""

HEADERS = {
    b"host": "http.host", b"user-agent": "http.user_agent", b"content-type": "http.content_type",
    b"content-length": "http.content_length_header", b"cookie": "http.cookie", b"set-cookie": "http.set_cookie",
    b"referer": "http.referer", b"server": "http.server", b"authorization": "http.authorization",
    b"location": "http.location", b"accept": "http.accept", b"accept-language": "http.accept_language",
    b"accept-encoding": "http.accept_encoding", b"connection": "http.connection", b"date": "http.date",
    b"cache-control": "http.cache_control", b"content-encoding": "http.content_encoding",
    b"transfer-encoding": "http.transfer_encoding", b"upgrade": "http.upgrade", b"last-modified": "http.last_modified",
    b"www-authenticate": "http.www_authenticate", b"x-forwarded-for": "http.x_forwarded_for",
    b"proxy-authorization": "http.proxy_authorization", b"proxy-authenticate": "http.proxy_authenticate",
}  # fmt: skip
"""Header, in lower case, to field."""


def read_http_fields(data: bytes, _stream: bool) -> Found:
    """Fields of the messages that begin in these bytes."""
    found = Found()
    cursor = Cursor(data)
    for _ in range(MAX_MESSAGES):
        if not cursor.left or not _message(cursor, found):
            break
    return found


def unfinished_http(_data: bytes) -> bytes:
    """Nothing: where a message ends, the next one is taken to begin with the next segment."""
    return b""


def _message(cursor: Cursor, found: Found) -> bool:
    """Read one message; False when none begins here."""
    first = cursor.line()
    if first[:5].upper() == b"HTTP/":
        parts = first.split(b" ", 2)
        if len(parts) < 2 or not parts[1].isdigit():
            return False
        _response(parts, found)
        return _headers(cursor, found, b"")
    method, _, rest = first.partition(b" ")
    if method not in METHODS or not rest:
        return False
    target, _, version = rest.rpartition(b" ")
    if not target:
        target, version = rest, b""
    _request(method, target, version, found)
    return _headers(cursor, found, target)


def _response(parts: list[bytes], found: Found) -> None:
    found.add("http.response", 1)
    found.add("http.response.version", parts[0])
    found.add("http.response.code", int(parts[1][:9]))
    if len(parts) > 2:
        found.add("http.response.phrase", parts[2])


def _request(method: bytes, target: bytes, version: bytes, found: Found) -> None:
    found.add("http.request", 1)
    found.add("http.request.method", method)
    found.add("http.request.uri", target)
    path, mark, query = target.partition(b"?")
    if mark:
        found.add("http.request.uri.path", path)
        found.add("http.request.uri.query", query)
        for parameter in query.split(b"&"):
            found.add("http.request.uri.query.parameter", parameter)
    if version:
        found.add("http.request.version", version)


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return text


def _headers(cursor: Cursor, found: Found, target: bytes) -> bool:
    """Headers up to the empty line; the body of known length is skipped."""
    length, complete = 0, False
    for _ in range(MAX_HEADERS):
        if not cursor.left:
            break
        line = cursor.line()
        if not line:
            complete = True
            break
        found.add("http.request.line" if target else "http.response.line", line + b"\r\n")
        name, colon, value = line.partition(b":")
        if not colon:
            continue
        value = value.strip()
        field = HEADERS.get(name.strip().lower())
        if field:
            found.add(field, value)
        if field == "http.content_length_header" and value.isdigit():
            length = int(value[:12])
            found.add("http.content_length", length)
        if field == "http.host" and target:
            whole = target if b"://" in target else b"http://" + value + target
            found.add("http.request.full_uri", whole)
        if field == "http.authorization" and value[:6].lower() == b"basic ":
            found.add("http.authbasic", _decoded(value[6:].strip()))
        if field == "http.cookie":
            for pair in value.split(b";"):
                found.add("http.cookie_pair", pair.strip())
    if complete:
        cursor.skip(min(length, cursor.left))
    return complete
