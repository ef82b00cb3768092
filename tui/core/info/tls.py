"""Info of TLS, DTLS and QUIC: record and handshake types, names and versions that are sent in the clear."""

from __future__ import annotations

from tui.core.info.packet import Packet, named
from tui.core.readers import quic as quic_reader
from tui.core.readers.cursor import Cursor, Short
from tui.core.readers.tls import Hello, Record, read_hello, records, version_name

CONTENT = {20: "Change Cipher Spec", 21: "Alert", 22: "Handshake", 23: "Application Data", 24: "Heartbeat"}
HANDSHAKE = {
    0: "Hello Request", 1: "Client Hello", 2: "Server Hello", 3: "Hello Verify Request", 4: "New Session Ticket",
    5: "End of Early Data", 8: "Encrypted Extensions", 11: "Certificate", 12: "Server Key Exchange",
    13: "Certificate Request", 14: "Server Hello Done", 15: "Certificate Verify", 16: "Client Key Exchange",
    20: "Finished", 21: "Certificate URL", 22: "Certificate Status", 24: "Key Update", 25: "Compressed Certificate",
}  # fmt: skip
ALERTS = {
    0: "Close Notify", 10: "Unexpected Message", 20: "Bad Record MAC", 22: "Record Overflow", 40: "Handshake Failure",
    42: "Bad Certificate", 43: "Unsupported Certificate", 44: "Certificate Revoked", 45: "Certificate Expired",
    46: "Certificate Unknown", 47: "Illegal Parameter", 48: "Unknown CA", 49: "Access Denied", 50: "Decode Error",
    51: "Decrypt Error", 70: "Protocol Version", 71: "Insufficient Security", 80: "Internal Error",
    86: "Inappropriate Fallback", 90: "User Canceled", 100: "No Renegotiation", 109: "Missing Extension",
    110: "Unsupported Extension", 112: "Unrecognized Name", 116: "Certificate Required",
    120: "No Application Protocol",
}  # fmt: skip


def tls(packet: Packet) -> str:
    payload = packet.payload
    found = records(payload)
    if not found:
        if len(payload) > 4 and payload[0] & 0x80 and payload[2] == 1:
            return f"Client Hello ({version_name(payload[3] << 8 | payload[4])} in SSLv2 form)"
        return "Continuation Data" if payload else ""
    parts = [text for record in found for text in _record(record)]
    return ", ".join(parts)


def _record(record: Record) -> list[str]:
    if record.type == 22:
        return _handshake(record)
    if record.type == 21 and record.length == 2 and len(record.body) == 2:
        level, what = record.body
        return [f"Alert (Level: {'Fatal' if level == 2 else 'Warning'}, Description: {named(ALERTS, what, 'alert')})"]
    if record.type == 21:
        return ["Encrypted Alert"]
    return [CONTENT[record.type]]


def _handshake(record: Record) -> list[str]:
    """The messages in one record; bytes that are none are encrypted ones."""
    cursor = Cursor(record.body)
    found: list[str] = []
    try:
        while cursor.left and len(found) < 8:
            start, kind, size = cursor.at, cursor.u8(), cursor.u24()
            if kind not in HANDSHAKE or (size > record.length - start - 4 and kind not in (1, 2, 11)):
                return [*found, "Encrypted Handshake Message"]
            cursor.part(size)
            found.append(_message(kind, record.body[start:]))
    except Short:
        pass
    return found or ["Handshake"]


def _message(kind: int, raw: bytes) -> str:
    hello = read_hello(raw) if kind in (1, 2) else None
    return HANDSHAKE[kind] if hello is None else hello_text(hello)


def hello_text(hello: Hello) -> str:
    """`Client Hello (SNI=example.com, TLSv1.3, ALPN=h2,http/1.1)`."""
    facts = [f"SNI={hello.server_name}"] if hello.server_name else []
    facts.append(version_name(hello.version))
    if hello.alpn:
        facts.append("ALPN=" + ",".join(hello.alpn))
    return f"{'Client' if hello.client else 'Server'} Hello ({', '.join(facts)})"


def dtls(packet: Packet) -> str:
    """Records with epoch and sequence number, handshake messages with fragment fields (RFC 6347 section 4)."""
    cursor = packet.body()
    found: list[str] = []
    try:
        while cursor.left >= 13 and len(found) < 8:
            kind = cursor.u8()
            cursor.skip(2)
            epoch = cursor.u16()
            cursor.skip(6)
            part = cursor.part(cursor.u16())
            if kind == 22:
                found.append("Encrypted Handshake Message" if epoch else named(HANDSHAKE, part.u8(), "Handshake"))
            else:
                found.append(CONTENT.get(kind) or f"Content type {kind}")
    except Short:
        pass
    return ", ".join(found)


def quic(packet: Packet) -> str:
    payload = packet.payload
    headers = quic_reader.read_packets(payload)
    if not headers:
        return f"Protected Payload (short header), Len={packet.payload_len}"
    first = headers[0]
    kinds = ", ".join(header.type for header in headers)
    text = f"{kinds}, {quic_reader.version_text(first.version)}" if first.version else kinds
    text += f", DCID={first.dcid.hex() or 'none'}" + (f", SCID={first.scid.hex()}" if first.scid else "")
    hello = read_hello(quic_reader.read_initial(payload)) if first.type == "Initial" else None
    return f"{text}, {hello_text(hello)}" if hello is not None else text
