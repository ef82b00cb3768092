"""Fields of SIP messages (RFC 3261): the first line, headers, and the parts of addresses that calls are told by."""

from __future__ import annotations

import re

from tui.filters.readers.found import Found

MAX_LINES = 128
_HEADERS = {
    b"call-id": "sip.Call-ID", b"i": "sip.Call-ID", b"from": "sip.From", b"f": "sip.From", b"to": "sip.To",
    b"t": "sip.To", b"cseq": "sip.CSeq", b"user-agent": "sip.User-Agent", b"contact": "sip.Contact",
    b"m": "sip.Contact", b"via": "sip.Via", b"v": "sip.Via", b"server": "sip.Server", b"allow": "sip.Allow",
    b"content-type": "sip.Content-Type", b"c": "sip.Content-Type", b"authorization": "sip.Authorization",
    b"proxy-authorization": "sip.Proxy-Authorization", b"www-authenticate": "sip.WWW-Authenticate",
    b"proxy-authenticate": "sip.Proxy-Authenticate",
}  # fmt: skip
_NUMBERS = {
    b"max-forwards": "sip.Max-Forwards", b"expires": "sip.Expires", b"content-length": "sip.Content-Length",
    b"l": "sip.Content-Length",
}  # fmt: skip
_ADDRESSES = {"sip.From": "from", "sip.To": "to", "sip.Contact": "contact"}
_LOGINS = frozenset(
    {"sip.Authorization", "sip.Proxy-Authorization", "sip.WWW-Authenticate", "sip.Proxy-Authenticate"}
)  # fmt: skip
_URI = re.compile(rb"\b(?:sips?|tel):(?:([^@\s<>;?]*)@)?(\[[^\]]*\]|[^\s<>;:?,]+)(?::(\d{1,5}))?", re.IGNORECASE)
_TAG = re.compile(rb";\s*tag=([^;\s,]+)", re.IGNORECASE)
_PART = re.compile(rb'\b(username|realm)\s*=\s*"([^"]*)"', re.IGNORECASE)


def read_sip_fields(data: bytes, _stream: bool) -> Found:
    found = Found()
    first, *headers = data.replace(b"\r\n", b"\n").split(b"\n")[:MAX_LINES]
    words = first.split(b" ", 2)
    if len(words) == 3 and words[0].startswith(b"SIP/") and words[1].isdigit():
        found.add("sip.Status-Line", first)
        found.add("sip.Status-Code", int(words[1][:9]))
    elif len(words) == 3 and words[2].startswith(b"SIP/"):
        found.add("sip.Request-Line", first)
        found.add("sip.Method", words[0])
        found.add("sip.r-uri", words[1])
        _address(words[1], "r-uri", found)
    for line in headers:
        if not line:
            break
        name, colon, value = line.partition(b":")
        if colon:
            _header(name.strip().lower(), value.strip(), found)
    return found


def _header(name: bytes, value: bytes, found: Found) -> None:
    number = _NUMBERS.get(name)
    if number:
        if value.isdigit():
            found.add(number, int(value[:9]))
        return
    field = _HEADERS.get(name)
    if field is None:
        return
    found.add(field, value)
    if field in _ADDRESSES:
        _address(value, _ADDRESSES[field], found)
    elif field in _LOGINS:
        for part, text in _PART.findall(value):
            found.add(f"sip.auth.{part.decode().lower()}", text)
    elif field == "sip.CSeq":
        sequence, _, method = value.partition(b" ")
        if sequence.isdigit():
            found.add("sip.CSeq.seq", int(sequence[:9]))
        found.add("sip.CSeq.method", method.strip())


def _address(value: bytes, whose: str, found: Found) -> None:
    uri = _URI.search(value)
    if uri:
        found.add(f"sip.{whose}.{'uri' if whose == 'contact' else 'addr'}", uri.group())
        if uri[1]:
            found.add(f"sip.{whose}.user", uri[1].partition(b":")[0])
        found.add(f"sip.{whose}.host", uri[2])
    tag = _TAG.search(value)
    if tag and whose != "contact":
        found.add(f"sip.{whose}.tag", tag[1])
