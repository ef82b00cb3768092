"""Protocols of readable lines: HTTP, SIP, SSH's banner, mail, chat, and the stores that speak text."""

from __future__ import annotations

import numpy as np

from tui.core.decode.gather import Bool
from tui.core.decode.payload import Ids, Payload, Recogniser, first_of, named, where

HTTP_METHODS = (
    b"GET ", b"POST ", b"HEAD ", b"PUT ", b"DELETE ", b"OPTIONS ", b"CONNECT ", b"TRACE ", b"PATCH ", b"PROPFIND",
    b"M-SEARCH", b"NOTIFY ", b"HTTP/1.", b"SUBSCRIB", b"UNSUBSCR", b"MKCOL ", b"LOCK ", b"UNLOCK ", b"PROPPATC",
    b"REPORT ", b"COPY ", b"MOVE ", b"SEARCH ",
)  # fmt: skip
SIP_METHODS = (
    b"INVITE ", b"ACK ", b"BYE ", b"CANCEL ", b"REGISTER", b"OPTIONS ", b"SUBSCRIB", b"NOTIFY ", b"PUBLISH ", b"INFO ",
    b"PRACK ", b"UPDATE ", b"MESSAGE ", b"REFER ", b"SIP/2.0 ",
)  # fmt: skip


def is_ascii(p: Payload, count: int = 4) -> Bool:
    """Whether the first bytes are printable, or line ends and tabs."""
    head = p.first(count)
    readable = ((head >= 32) & (head < 127)) | ((head >= 9) & (head <= 13))
    readable |= np.arange(count) >= p.room[:, None]
    return np.asarray(readable.all(axis=1))


_HTTP_FIRST = np.zeros(65536, np.bool_)
_HTTP_FIRST[[int.from_bytes(text[:2], "big") for text in HTTP_METHODS]] = True


def http(p: Payload) -> Ids:
    """Requests and responses; what continues one has no name of its own."""
    return where(p, _HTTP_FIRST.take(p.u16(0)), lambda some: named(some.starts(*HTTP_METHODS), "HTTP"))


_SIP, _SIPS, _TEL = (int.from_bytes(text, "big") for text in (b"sip:", b"sips", b"tel:"))


def sip(p: Payload) -> Ids:
    """Requests with a method of SIP and a SIP address, responses with its version."""
    answer = p.starts(b"SIP/2.0 ")
    request = p.starts(*SIP_METHODS[:-1])
    some = np.flatnonzero(request)
    if len(some):
        asking = p.select(some)
        address = np.zeros(len(some), np.bool_)
        for at in range(4, 11):
            word = asking.u32(at)
            address |= (word == _SIP) | (word == _SIPS) | (word == _TEL)
        request[some] = address
    return named(answer | request, "SIP")


def ssh(p: Payload) -> Ids:
    return named(p.starts(b"SSH-2.0-", b"SSH-1."), "SSH")


def smtp(p: Payload) -> Ids:
    return named(is_ascii(p), "SMTP")


def imap(p: Payload) -> Ids:
    return named(is_ascii(p, 8), "IMAP")


def irc(p: Payload) -> Ids:
    return named(p.length > 0, "IRC")


def amqp(p: Payload) -> Ids:
    frame = (p.u8(0) >= 1) & (p.u8(0) <= 8) & (p.u32(3).astype(np.int64) + 8 <= p.length)
    return first_of(named(p.starts(b"AMQP") | frame, "AMQP"))


def text_line(protocol: str) -> Recogniser:
    """A recogniser of protocols that are nothing but text."""

    def recognise(p: Payload) -> Ids:
        return named(is_ascii(p, 8), protocol)

    return recognise


def only(protocol: str, *texts: bytes) -> Recogniser:
    """A recogniser of a protocol that begins with one of these texts."""

    def recognise(p: Payload) -> Ids:
        return named(p.starts(*texts), protocol)

    return recognise
