"""Fields of protocols that speak in lines: FTP, SMTP, POP, and the one line of syslog."""

from __future__ import annotations

import re

from tui.core.readers.cursor import Cursor, Short
from tui.filters.readers.found import Found

MAX_LINES = 128
"""Lines read of one segment."""
_SMTP_COMMANDS = frozenset(
    {b"HELO", b"EHLO", b"LHLO", b"MAIL", b"RCPT", b"DATA", b"BDAT", b"RSET", b"VRFY", b"EXPN", b"HELP", b"NOOP",
     b"QUIT", b"AUTH", b"STAR", b"ETRN", b"SIZE", b"TURN"}
)  # fmt: skip
_PRIORITY = re.compile(rb"<(\d{1,3})>")


def _lines(data: bytes) -> list[bytes]:
    return data.replace(b"\r\n", b"\n").split(b"\n")[:MAX_LINES]


def _reply(line: bytes) -> tuple[int, bytes] | None:
    """The code and the text of `220 ready` and `250-SIZE`."""
    if line[:3].isdigit() and line[3:4] in (b" ", b"-", b""):
        return int(line[:3]), line[4:]
    return None


def read_ftp_fields(data: bytes, _stream: bool) -> Found:
    """RFC 959: the first line tells whether it is a command or a reply."""
    found = Found()
    for at, line in enumerate(_lines(data)):
        reply = _reply(line)
        if reply is not None:
            found.setdefault("ftp.response", [1])
            found.setdefault("ftp.request", [0])
            found.add("ftp.response.code", reply[0])
            found.add("ftp.response.arg", reply[1])
        elif not at and line.partition(b" ")[0].isalpha():
            command, blank, argument = line.partition(b" ")
            found.add("ftp.request", 1)
            found.add("ftp.response", 0)
            found.add("ftp.request.command", command)
            if blank:
                found.add("ftp.request.arg", argument)
            break
        elif not at:  # what a reply of several lines goes on with
            found.add("ftp.response", 1)
            found.add("ftp.request", 0)
            break
    return found


def read_smtp_fields(data: bytes, _stream: bool) -> Found:
    """RFC 5321: commands by their names, since the text of a mail looks like anything."""
    found = Found()
    for line in _lines(data):
        reply = _reply(line)
        if reply is not None:
            found.setdefault("smtp.rsp", [1])
            found.setdefault("smtp.response.code", [reply[0]])
            found.add("smtp.rsp.parameter", reply[1])
        elif line[:4].upper() in _SMTP_COMMANDS and "smtp.rsp" not in found:
            found.setdefault("smtp.req", [1])
            found.add("smtp.req.command", line[:4])
            if len(line) > 5:
                found.add("smtp.req.parameter", line[5:])
        else:
            break
    return found


def read_pop_fields(data: bytes, _stream: bool) -> Found:
    """RFC 1939: a reply begins with + or -."""
    found = Found()
    line = _lines(data)[0]
    if line[:1] in (b"+", b"-"):
        word, _, text = line.partition(b" ")
        found.add("pop.response.indicator", word)
        found.add("pop.response.description", text)
    elif line[:1].isalpha():
        word, blank, text = line.partition(b" ")
        found.add("pop.request.command", word)
        if blank:
            found.add("pop.request.parameter", text)
    return found


def read_syslog_fields(data: bytes, _stream: bool) -> Found:
    """RFC 5424 section 6.2.1: the priority is facility and severity in one."""
    found = Found()
    start = _PRIORITY.match(data)
    priority = int(start[1]) if start else -1
    if start and priority <= 191:
        found.add("syslog.facility", priority >> 3)
        found.add("syslog.level", priority & 7)
        found.add("syslog.msg", data[start.end() :])
    return found


def read_mqtt_fields(data: bytes, _stream: bool) -> Found:
    """MQTT 3.1.1 section 2: type and length of each message, the topic of PUBLISH, the client of CONNECT."""
    found, at = Found(), 0
    for _ in range(MAX_LINES):
        length, size = _remaining(data, at + 1)
        end = at + 1 + size + length
        if at + 2 > len(data) or not size or end > len(data):
            break
        kind, body = data[at] >> 4, Cursor(data, at + 1 + size, end)
        found.add("mqtt.msgtype", kind)
        found.add("mqtt.len", length)
        if kind == 3:
            found.add("mqtt.qos", data[at] >> 1 & 3)
            found.add("mqtt.retain", data[at] & 1)
        if kind == 3 and body.left >= 2:
            found.add("mqtt.topic", body.take(min(body.u16(), body.left)))
        elif kind == 8 and body.left >= 4:
            body.skip(2)
            while body.left > 2:
                found.add("mqtt.topic", body.take(min(body.u16(), body.left)))
                body.skip(min(1, body.left))
        elif kind == 1 and body.left >= 12:
            _connect(body, found)
        at = end
    return found


def _connect(body: Cursor, found: Found) -> None:
    """CONNECT: version, flags, keep-alive; client, last will, user and password as the flags say (section 3.1)."""
    try:
        body.skip(body.u16())
        version, flags = body.u8(), body.u8()
        found.add("mqtt.ver", version)
        found.add("mqtt.kalive", body.u16())
        if version == 5:
            body.skip(body.u8())
        found.add("mqtt.clientid", body.take(body.u16()))
        if flags & 4:
            body.skip(body.u8() if version == 5 else 0)
            body.skip(body.u16())
            body.skip(body.u16())
        if flags & 0x80:
            found.add("mqtt.username", body.take(body.u16()))
        if flags & 0x40:
            found.add("mqtt.passwd", body.take(body.u16()))
    except Short:
        pass


def _remaining(data: bytes, at: int) -> tuple[int, int]:
    """The length that follows the first byte of a message, and in how many bytes it stands; 0 where it is cut."""
    value = 0
    for i in range(4):
        if at + i >= len(data):
            return 0, 0
        value |= (data[at + i] & 0x7F) << 7 * i
        if not data[at + i] & 0x80:
            return value, i + 1
    return 0, 0
