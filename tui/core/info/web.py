"""Info of HTTP/1, SSDP and HTTP/2 in the clear."""

from __future__ import annotations

from tui.core.info.packet import Packet
from tui.core.readers.http import Request, Response, read_http

H2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
H2_FRAMES = (
    "DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE",
    "CONTINUATION",
)  # fmt: skip


def http(packet: Packet) -> str:
    payload = packet.payload
    message = read_http(payload)
    if message is None:
        at = payload.find(b"HTTP/1.")
        later = read_http(payload[at:]) if at > 0 else None
        if isinstance(later, Response):  # the answer before it ends in this segment
            return f"Continuation, {_response(later)}"
        return "Continuation" if payload else ""
    if isinstance(message, Request):
        text = f"{message.method} {message.target} {message.version}".rstrip()
        if message.host and not message.target.startswith("http://"):
            text += f"  Host: {message.host}"
        return text
    return _response(message)


def _response(message: Response) -> str:
    text = f"{message.version} {message.status} {message.reason}".rstrip()
    kind = message.content_type.partition(";")[0]
    text += f"  ({kind})" if kind else ""
    return f"{text}  Location: {message.location}" if message.location else text


def http2(packet: Packet) -> str:
    cursor = packet.body()
    found: list[str] = []
    if packet.payload.startswith(H2_PREFACE):
        found.append("Magic")
        cursor.skip(len(H2_PREFACE))
    while cursor.left >= 9 and len(found) < 12:
        size, kind = cursor.u24(), cursor.u8()
        cursor.skip(1)
        stream = cursor.u32() & 0x7FFFFFFF
        found.append(f"{H2_FRAMES[kind] if kind < len(H2_FRAMES) else f'Frame {kind}'}[{stream}]")
        cursor.part(size)
    return ", ".join(found)
