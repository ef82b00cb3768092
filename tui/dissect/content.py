"""What a conversation carries, made readable: HTTP bodies unpacked; bytes as text, or as hex."""

from __future__ import annotations

import zlib
from itertools import groupby

from tui.core.readers.http import read_http
from tui.core.text import printable
from tui.dissect.hexdump import hex_lines
from tui.dissect.stream import Chunk, Conversation

MAX_BODY = 8 << 20
"""Bytes that one body may unpack to: a kilobyte can be made to hold a gigabyte."""
MAX_LINE = 4096


def decode_http(conversation: Conversation) -> Conversation:
    """The same conversation with chunked and compressed HTTP bodies as they were meant to be read."""
    chunks: list[Chunk] = []
    for _, run in groupby(conversation.chunks, key=lambda chunk: (chunk.side, chunk.gap > 0)):
        turn = list(run)
        joined = b"".join(chunk.data for chunk in turn)
        decoded = _messages(joined) if not turn[0].gap else None
        if decoded is None:
            chunks += turn
        else:
            first = turn[0]
            chunks.append(Chunk(first.side, decoded, 0, first.sequence, first.time_ns))
    return Conversation(tuple(chunks), conversation.complete)


def _messages(data: bytes) -> bytes | None:
    """HTTP messages one after the other with their bodies decoded; None where nothing had to be."""
    out: list[bytes] = []
    changed = False
    while data and read_http(data) is not None:
        head, mark, rest = data.partition(b"\r\n\r\n")
        if not mark:
            break
        headers = _headers(head)
        if headers.get(b"transfer-encoding", b"").lower().endswith(b"chunked"):
            body, data = _unchunk(rest)
            changed = True
        else:
            length = headers.get(b"content-length", b"")
            size = int(length) if length.isdigit() and len(length) < 12 else (0 if _has_no_body(head) else len(rest))
            body, data = rest[:size], rest[size:]
        plain = _unpack(body, headers.get(b"content-encoding", b"").lower().strip())
        changed |= plain is not body
        out += [head, mark, plain]
    return b"".join([*out, data]) if changed else None


def _has_no_body(head: bytes) -> bool:
    """Requests without a length, and answers that never have a body (RFC 9112 section 6.3)."""
    return not head.startswith(b"HTTP/") or head[9:12] in (b"204", b"304") or head[9:10] == b"1"


def _headers(head: bytes) -> dict[bytes, bytes]:
    pairs = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _unchunk(data: bytes) -> tuple[bytes, bytes]:
    """The body of chunks (RFC 9112 section 7.1) and what follows it; as far as it goes where it is cut."""
    out: list[bytes] = []
    at = 0
    while (end := data.find(b"\r\n", at)) >= 0:
        digits = data[at:end].split(b";")[0].strip()
        try:
            size = int(digits, 16) if len(digits) <= 8 else -1
        except ValueError:
            size = -1
        if size < 0:
            return b"".join(out), data[at:]
        if size == 0:
            stop = data.find(b"\r\n", end + 2)
            return b"".join(out), data[stop + 2 :] if stop >= 0 else b""
        out.append(data[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
    return b"".join(out), b""


def _unpack(body: bytes, encoding: bytes) -> bytes:
    """gzip and deflate; a body that cannot be unpacked, or is packed otherwise, stays as it is."""
    wants = {b"gzip": (31,), b"x-gzip": (31,), b"deflate": (15, -15)}.get(encoding, ())
    for bits in wants:
        try:
            return zlib.decompressobj(bits).decompress(body, MAX_BODY)
        except zlib.error:
            continue
    return body


def text_lines(data: bytes, utf8: bool = True) -> list[str]:
    """Lines of harmless text; as ASCII, a dot stands for every other byte."""
    lines = data.replace(b"\r\n", b"\n").split(b"\n")
    if utf8:
        return [printable(line, MAX_LINE) for line in lines]
    return ["".join(chr(b) if 32 <= b < 127 else "." for b in line[:MAX_LINE]) for line in lines]


def hex_text(data: bytes) -> list[str]:
    """Hex and ASCII, sixteen bytes a line."""
    return [line.line for line in hex_lines(data)]
