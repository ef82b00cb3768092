"""Info of protocols made of text lines: FTP, SMTP, POP, IMAP, IRC, SIP, Telnet, RTSP, SSDP, Gnutella and the like."""

from __future__ import annotations

import re

from tui.core.info.packet import LIMIT, Packet
from tui.core.text import printable

TELNET_COMMANDS = {
    236: "End of File", 237: "Suspend", 238: "Abort", 239: "End of Record", 240: "Suboption End", 241: "No-Op",
    242: "Data Mark", 243: "Break", 244: "Interrupt", 245: "Abort Output", 246: "Are You There", 247: "Erase Character",
    248: "Erase Line", 249: "Go Ahead", 250: "Suboption", 251: "Will", 252: "Won't", 253: "Do", 254: "Don't",
}  # fmt: skip
TELNET_OPTIONS = {
    0: "Binary", 1: "Echo", 3: "Suppress Go Ahead", 5: "Status", 6: "Timing Mark", 24: "Terminal Type",
    31: "Window Size", 32: "Terminal Speed", 33: "Remote Flow Control", 34: "Linemode", 35: "X Display",
    36: "Environment", 37: "Authentication", 38: "Encryption", 39: "New Environment",
}  # fmt: skip
_TEXT = re.compile(rb"[\t\r\n\x20-\x7e\x80-\xff]*")


def first_lines(payload: bytes, count: int = 1) -> str:
    """The first lines of a text, joined by ` | `; "" where it is no text."""
    lines = [line.rstrip(b"\r") for line in payload[: 4 * LIMIT].split(b"\n")[: count + 1] if line.rstrip(b"\r")]
    return " | ".join(printable(line, LIMIT) for line in lines[:count])


def _said(packet: Packet, ports: tuple[int, ...], request: str, response: str, count: int = 1) -> str:
    payload = packet.payload
    if not payload:
        return ""
    return f"{response if packet.from_server(*ports) else request}: {first_lines(payload, count)}"


def ftp(packet: Packet) -> str:
    return _said(packet, (21,), "Request", "Response")


def ftp_data(packet: Packet) -> str:
    return f"FTP Data: {packet.payload_len} bytes" if packet.payload_len else ""


def smtp(packet: Packet) -> str:
    return _said(packet, (25, 465, 587, 2525), "C", "S", 4)


def pop(packet: Packet) -> str:
    return _said(packet, (110, 995), "C", "S")


def imap(packet: Packet) -> str:
    return _said(packet, (143, 993), "Request", "Response")


def irc(packet: Packet) -> str:
    return _said(packet, (6667, 6666, 6668, 6669, 194), "Request", "Response")


def redis(packet: Packet) -> str:
    """A command as the words a person would type, or a reply (RESP)."""
    payload = packet.payload
    if not payload:
        return ""
    lines = payload[:2048].split(b"\r\n")
    if payload[:1] == b"*":
        words = [line for line in lines[1:] if line[:1] != b"$"]
        text = printable(b" ".join(words[:8]).strip(), LIMIT)
    elif payload[:1] == b"$":
        text = printable(lines[1] if len(lines) > 1 else lines[0], LIMIT)
    else:
        text = printable(lines[0].lstrip(b"+:"), LIMIT)
    return f"{'Response' if packet.from_server(6379) else 'Request'}: {text}"


def memcached(packet: Packet) -> str:
    return _said(packet, (11211,), "Request", "Response")


def sip(packet: Packet) -> str:
    payload = packet.payload
    first = first_lines(payload)
    if not first:
        return ""
    if not first.startswith("SIP/2.0 "):
        return f"Request: {first.removesuffix(' SIP/2.0')}"
    method = re.search(rb"\nCSeq:\s*\d+\s+([A-Z]{2,12})", payload, re.IGNORECASE)
    text = f"Status: {first.removeprefix('SIP/2.0 ')}"
    return f"{text} ({method.group(1).decode('ascii')})" if method else text


def first_line(packet: Packet) -> str:
    """The first line, where the payload is text: SSDP, RTSP, Gnutella, finger, whois."""
    payload = packet.payload
    head = payload[:64]
    found = _TEXT.match(head)
    return first_lines(payload) if found and found.end() == len(head) else ""


def telnet(packet: Packet) -> str:
    """Negotiations in words, and what was typed or shown (RFC 854)."""
    payload = packet.payload[:1024]
    words: list[str] = []
    text = bytearray()
    at = 0
    while at < len(payload):
        if payload[at] != 255:
            text.append(payload[at])
            at += 1
            continue
        command = payload[at + 1] if at + 1 < len(payload) else 255
        if command == 250:
            end = payload.find(b"\xff\xf0", at)
            words.append(f"Suboption {_option(payload, at + 2)}")
            at = len(payload) if end < 0 else end + 2
        elif command >= 251 and command != 255:
            words.append(f"{TELNET_COMMANDS[command]} {_option(payload, at + 2)}")
            at += 3
        else:
            words.append(TELNET_COMMANDS.get(command, "IAC"))
            at += 2
    typed = printable(bytes(text).strip(b"\x00"), LIMIT) if text.strip(b"\x00") else ""
    parts = [", ".join(words[:8]), f'"{typed}"' if typed else ""]
    return "Telnet Data " + " ".join(part for part in parts if part) if packet.payload else ""


def _option(payload: bytes, at: int) -> str:
    number = payload[at] if at < len(payload) else -1
    return TELNET_OPTIONS.get(number, f"option {number}")
