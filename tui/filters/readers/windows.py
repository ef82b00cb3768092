"""Fields of how people log in to Windows networks: NTLM, Kerberos, and what SMB2 opens."""

from __future__ import annotations

from tui.core.readers.cursor import Cursor, Short
from tui.filters.readers.found import Found

_SIGNATURE = b"NTLMSSP\0"
MAX_ELEMENTS = 256
_TICKETS = (10, 11, 12, 13, 14, 15, 30)
"""Kerberos messages: AS and TGS requests and replies, AP, errors."""


def read_ntlm(data: bytes, found: Found) -> None:
    """The NTLM message in these bytes, if any (MS-NLMP section 2.2.1)."""
    at = data.find(_SIGNATURE)
    if at < 0:
        return
    message = data[at:]
    kind = int.from_bytes(message[8:12], "little")
    if kind not in (1, 2, 3) or len(message) < 12:
        return
    found.add("ntlmssp.messagetype", kind)
    if kind == 2:
        _ntlm_text(message, 12, "ntlmssp.challenge.target_name", found)
        if len(message) >= 32:
            found.add("ntlmssp.ntlmserverchallenge", message[24:32])
    elif kind == 3:
        for place, name in ((28, "domain"), (36, "username"), (44, "hostname")):
            _ntlm_text(message, place, f"ntlmssp.auth.{name}", found)


def _ntlm_text(message: bytes, place: int, name: str, found: Found) -> None:
    size = int.from_bytes(message[place : place + 2], "little")
    start = int.from_bytes(message[place + 4 : place + 8], "little")
    raw = message[start : start + size]
    if len(message) < place + 8 or len(raw) != size:
        return
    found.add(name, utf16(raw) if size else b"NULL")


def utf16(raw: bytes) -> bytes:
    return raw.decode("utf-16-le", "replace").encode("utf-8", "replace")


def read_kerberos_fields(data: bytes, stream: bool) -> Found:
    """RFC 4120 section 5: kind, names, realm, kinds of encryption, error; over TCP behind four bytes of length."""
    found = Found()
    at = 4 if stream else 0
    if len(data) <= at or data[at] & 0xE0 != 0x60 or data[at] & 31 not in _TICKETS:
        return found
    try:
        kind, _, body = _element(Cursor(data, at))
        found.add("kerberos.msg_type", kind & 31)
        _, _, fields = _element(body)
        _message(fields, kind & 31, found)
    except Short:
        pass
    return found


def _element(cursor: Cursor) -> tuple[int, int, Cursor]:
    """Tag, length and contents (X.690 section 8.1); contents that are cut go as far as they do."""
    tag, size = cursor.u8(), cursor.u8()
    if size & 0x80:
        size = int.from_bytes(cursor.take(min(size & 0x7F, 4)), "big")
    return tag, size, cursor.part(min(size, cursor.left))


def _fields(cursor: Cursor) -> list[tuple[int, Cursor]]:
    """The context tags of a sequence, with the element inside each."""
    found = []
    for _ in range(MAX_ELEMENTS):
        if not cursor.left:
            break
        tag, _, body = _element(cursor)
        found.append((tag & 31, body))
    return found


def _whole(cursor: Cursor) -> int:
    _, _, body = _element(cursor)
    return int.from_bytes(body.rest()[:8], "big", signed=True)


def _message(sequence: Cursor, kind: int, found: Found) -> None:
    """The parts by their tags, as each kind numbers them."""
    for tag, part in _fields(sequence):
        if kind in (10, 12):
            if tag == 3:
                _hints(part, found)
            elif tag == 4:
                _, _, body = _element(part)
                _request(body, found)
        elif kind in (11, 13):
            _reply_part(tag, part, found)
        elif kind == 14:
            if tag == 3:
                _ticket(part, found)
            elif tag == 4:
                _encrypted(part, found)
        elif kind == 30:
            _error_part(tag, part, found)


def _reply_part(tag: int, part: Cursor, found: Found) -> None:
    if tag == 2:
        _hints(part, found)
    elif tag == 3:
        found.add("kerberos.crealm", _text(part))
    elif tag == 4:
        _name(part, "kerberos.CNameString", found)
    elif tag == 5:
        _ticket(part, found)
    elif tag == 6:
        _encrypted(part, found)


def _error_part(tag: int, part: Cursor, found: Found) -> None:
    if tag == 6:
        found.add("kerberos.error_code", _whole(part))
    elif tag == 7:
        found.add("kerberos.crealm", _text(part))
    elif tag == 8:
        _name(part, "kerberos.CNameString", found)
    elif tag == 9:
        found.add("kerberos.realm", _text(part))
    elif tag == 10:
        _name(part, "kerberos.SNameString", found)
    elif tag == 12:
        _, _, data = _element(part)
        _hints(data, found)


def _hints(part: Cursor, found: Found) -> None:
    """Pre-authentication: what is encrypted with the password, the ticket that asks for another, encryptions known."""
    _, _, sequence = _element(part)
    for _ in range(MAX_ELEMENTS):
        if not sequence.left:
            break
        _, _, hint = _element(sequence)
        parts = dict(_fields(hint))
        if 1 not in parts or 2 not in parts:
            continue
        kind, (_, _, value) = _whole(parts[1]), _element(parts[2])
        found.add("kerberos.padata_type", kind)
        if not value.left:
            continue
        if kind == 1:
            _, _, request = _element(value)
            _message(_element(request)[2], 14, found)
        elif kind == 2:
            _encrypted(value, found)
        elif kind in (11, 19):
            _, _, entries = _element(value)
            while entries.left:
                _encrypted(entries, found)


def _request(body: Cursor, found: Found) -> None:
    for tag, part in _fields(body):
        if tag == 1:
            _name(part, "kerberos.CNameString", found)
        elif tag == 2:
            found.add("kerberos.realm", _text(part))
        elif tag == 3:
            _name(part, "kerberos.SNameString", found)
        elif tag == 7:
            found.add("kerberos.nonce", _whole(part) & 0xFFFFFFFF)
        elif tag == 8:
            _, _, kinds = _element(part)
            for _ in range(MAX_ELEMENTS):
                if not kinds.left:
                    break
                found.add("kerberos.ENCTYPE", _whole(kinds))


def _ticket(part: Cursor, found: Found) -> None:
    _, _, application = _element(part)
    _, _, sequence = _element(application)
    for tag, inner in _fields(sequence):
        if tag == 1:
            found.add("kerberos.realm", _text(inner))
        elif tag == 2:
            _name(inner, "kerberos.SNameString", found)
        elif tag == 3:
            _encrypted(inner, found)


def _encrypted(part: Cursor, found: Found) -> None:
    _, _, sequence = _element(part)
    for tag, inner in _fields(sequence):
        if tag == 0:
            found.add("kerberos.etype", _whole(inner))


def _text(part: Cursor) -> bytes:
    _, _, body = _element(part)
    return body.rest()


def _name(part: Cursor, field: str, found: Found) -> None:
    """A PrincipalName: its kind, and one text or more."""
    _, _, sequence = _element(part)
    for tag, inner in _fields(sequence):
        if tag == 1:
            _, _, texts = _element(inner)
            for _ in range(MAX_ELEMENTS):
                if not texts.left:
                    break
                found.add(field, _text(texts))
