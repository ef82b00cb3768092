"""Fields of TLS records and handshakes (RFC 8446, RFC 5246, RFC 6066, RFC 7301), also those inside QUIC."""

from __future__ import annotations

from tui.core.readers.cursor import Cursor, Short
from tui.filters.readers.fingerprint import add_fingerprint
from tui.filters.readers.found import Found

MAX_RECORDS = 64
_NAMED_CURVE, _TLS12 = 3, 0x0303
_HANDSHAKES = frozenset({0, 1, 2, 3, 4, 5, 6, 8, 11, 12, 13, 14, 15, 16, 20, 21, 22, 23, 24, 25, 67, 254})


def read_tls_fields(data: bytes, _stream: bool) -> Found:
    """Fields of the records that lie whole in these bytes; one that goes on in the next segment is left out."""
    found = Found()
    if is_ssl2_hello(data):
        found.add("tls.handshake.type", 1)
    at, hidden = 0, False
    for _ in range(MAX_RECORDS):
        if at + 5 > len(data):
            break
        kind, version = data[at], data[at + 1] << 8 | data[at + 2]
        length = data[at + 3] << 8 | data[at + 4]
        if not 20 <= kind <= 24 or version >> 8 != 3 or length > 0x4800 or at + 5 + length > len(data):
            break
        _record(kind, version, data[at + 5 : at + 5 + length], hidden, found)
        hidden = hidden or kind == 20
        at += 5 + length
    return found


def is_ssl2_hello(data: bytes) -> bool:
    """A client hello in the form of SSL 2, which clients sent that spoke TLS too (RFC 5246 appendix E.2)."""
    whole = len(data) >= 11 and data[0] & 0x80 and (data[0] & 0x7F) << 8 | data[1]
    return whole == len(data) - 2 and data[2] == 1 and data[3] in (0, 3)


def unfinished_tls(data: bytes) -> bytes:
    """The beginning of a record that goes on in the next segment."""
    at = 0
    while at + 5 <= len(data):
        if not 20 <= data[at] <= 24 or data[at + 1] != 3:
            return b""
        end = at + 5 + (data[at + 3] << 8 | data[at + 4])
        if end > len(data):
            break
        at = end
    return data[at:]


def _record(kind: int, version: int, body: bytes, hidden: bool, found: Found) -> None:
    found.add("tls.record", 1)
    found.add("tls.record.version", version)
    found.add("tls.record.length", len(body))
    found.add("tls.record.opaque_type" if kind == 23 and version == 0 else "tls.record.content_type", kind)
    if kind == 20:
        found.add("tls.change_cipher_spec", 1)
    elif kind == 21:
        found.add("tls.alert_message", 1)
        if len(body) == 2 and body[0] in (1, 2):
            found.add("tls.alert_message.level", body[0])
            found.add("tls.alert_message.desc", body[1])
    elif kind == 22:
        found.add("tls.handshake", 1)
        if not hidden:
            read_handshakes(body, found, version)
    elif kind == 23:
        found.add("tls.app_data", body)
    elif kind == 24 and not hidden:
        _heartbeat(body, found)


def read_handshakes(data: bytes, found: Found, version: int = 0x0304) -> None:
    """The handshake messages; what looks like none is taken to be encrypted. `version` is that of the record."""
    at = 0
    while at + 4 <= len(data):
        kind, length = data[at], int.from_bytes(data[at + 1 : at + 4], "big")
        if kind not in _HANDSHAKES or at + 4 + length > len(data):
            return
        found.add("tls.handshake.type", kind)
        found.add("tls.handshake.length", length)
        if kind == 11:
            _certificates(Cursor(data, at + 4, at + 4 + length), found)
        elif kind in (12, 13) and version < 0x0304:
            _signatures(kind, Cursor(data, at + 4, at + 4 + length), version, found)
        if kind in (1, 2):
            found.join(_read_hello(Cursor(data, at + 4, at + 4 + length), kind == 1))
        at += 4 + length


def _heartbeat(body: bytes, found: Found) -> None:
    """RFC 6520: the length that is told may be longer than the message, which is what Heartbleed is."""
    found.add("tls.heartbeat_message", 1)
    if len(body) >= 3 and body[0] in (1, 2):
        found.add("tls.heartbeat_message.type", body[0])
        found.add("tls.heartbeat_message.payload_length", body[1] << 8 | body[2])


def _certificates(body: Cursor, found: Found) -> None:
    """The chain, each with its length (RFC 5246 section 7.4.2)."""
    try:
        size = body.u24()
        if size != body.left:  # of TLS 1.3, which nobody can read
            return
        found.add("tls.handshake.certificates_length", size)
        while body.left >= 3:
            length = body.u24()
            found.add("tls.handshake.certificate_length", length)
            found.add("tls.handshake.certificate", body.take(length))
    except Short:
        pass


def _signatures(kind: int, body: Cursor, version: int, found: Found) -> None:
    """The server's key on an elliptic curve (RFC 8422 section 5.4), and what it asks of the client's certificate."""
    try:
        if kind == 12 and body.u8() == _NAMED_CURVE:
            found.add("tls.handshake.server_named_curve", body.u16())
            body.skip(body.u8())
            if version == _TLS12 and body.left:
                found.add("tls.handshake.sig_hash_alg", body.u16())
        elif kind == 13 and version == _TLS12:
            body.skip(body.u8())
            offers = body.part(body.u16())
            while offers.left >= 2:
                found.add("tls.handshake.sig_hash_alg", offers.u16())
    except Short:
        pass


def _read_hello(body: Cursor, client: bool) -> Found:
    """What is in a hello; its fingerprint where it could be read to the end."""
    found = Found()
    try:
        _hello(body, client, found)
        add_fingerprint(found, client=client)
    except Short:
        pass
    return found


def _hello(body: Cursor, client: bool, found: Found) -> None:
    found.add("tls.handshake.version", body.u16())
    found.add("tls.handshake.random", body.take(32))
    session = body.take(body.u8())
    found.add("tls.handshake.session_id_length", len(session))
    if session:
        found.add("tls.handshake.session_id", session)
    if client:
        size = body.u16()
        found.add("tls.handshake.cipher_suites_length", size)
        suites = body.part(size)
        while suites.left >= 2:
            found.add("tls.handshake.ciphersuite", suites.u16())
        methods = body.take(body.u8())
        found.add("tls.handshake.comp_methods_length", len(methods))
        for method in methods:
            found.add("tls.handshake.comp_method", method)
    else:
        found.add("tls.handshake.ciphersuite", body.u16())
        found.add("tls.handshake.comp_method", body.u8())
    if body.left < 2:
        return
    size = body.u16()
    found.add("tls.handshake.extensions_length", size)
    extensions = body.part(size)
    while extensions.left >= 4:
        _extension(extensions, client, found)


def _extension(extensions: Cursor, client: bool, found: Found) -> None:
    kind, length = extensions.u16(), extensions.u16()
    found.add("tls.handshake.extension.type", kind)
    found.add("tls.handshake.extension.len", length)
    part = extensions.part(length)
    try:
        if kind == 0 and part.left > 4:
            part.skip(2)
            found.add("tls.handshake.extensions_server_name_type", part.u8())
            name = part.take(part.u16())
            found.add("tls.handshake.extensions_server_name_len", len(name))
            found.add("tls.handshake.extensions_server_name", name)
        elif kind == 16:
            part.skip(2)
            while part.left:
                name = part.take(part.u8())
                found.add("tls.handshake.extensions_alpn_str_len", len(name))
                found.add("tls.handshake.extensions_alpn_str", name)
        elif kind == 43:
            if client:
                part.skip(1)
            while part.left >= 2:
                found.add("tls.handshake.extensions.supported_version", part.u16())
        elif kind == 10:
            part.skip(2)
            while part.left >= 2:
                found.add("tls.handshake.extensions_supported_group", part.u16())
        elif kind == 13:
            part.skip(2)
            while part.left >= 2:
                found.add("tls.handshake.sig_hash_alg", part.u16())
        elif kind == 51:
            _key_shares(part, client, found)
        elif kind == 11:
            for form in part.take(part.u8()):
                found.add("tls.handshake.extensions_ec_point_format", form)
    except Short:
        return


def _key_shares(part: Cursor, client: bool, found: Found) -> None:
    """RFC 8446 section 4.2.8: a client offers several, a server takes one, or asks for one by its group alone."""
    if client:
        part.skip(2)
    while part.left >= 2:
        group = part.u16()
        if not part.left:
            found.add("tls.handshake.extensions_key_share_selected_group", group)
            return
        found.add("tls.handshake.extensions_key_share_group", group)
        part.skip(part.u16())
