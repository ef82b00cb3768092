"""Fields of protocols of which a few are asked for: QUIC, SSH, NTP, SNMP, SMB."""

from __future__ import annotations

from tui.core.readers.cursor import Cursor, Short
from tui.core.readers.quic import read_initial, read_packets
from tui.filters.quicflows import Context
from tui.filters.readers.found import Found
from tui.filters.readers.tls import read_handshakes

_LONG_TYPES = {"Initial": 0, "0-RTT": 1, "Handshake": 2, "Retry": 3}
_NTP_FLAGS = {"ntp.flags": (0, 0xFF), "ntp.flags.li": (6, 3), "ntp.flags.vn": (3, 7), "ntp.flags.mode": (0, 7)}
_KEX_INIT, _NEW_KEYS, _LOGIN = 20, 21, 50
_SSH_OFFERS = (
    "kex_algorithms", "server_host_key_algorithms", "encryption_algorithms_client_to_server",
    "encryption_algorithms_server_to_client", "mac_algorithms_client_to_server", "mac_algorithms_server_to_client",
    "compression_algorithms_client_to_server", "compression_algorithms_server_to_client",
)  # fmt: skip
MAX_COALESCED = 8
"""Messages of SSH read of one segment."""
MAX_BINDINGS = 64
"""Objects read of one SNMP message."""


def read_quic_fields(data: bytes, _stream: bool) -> Found:
    """Headers of all packets of the datagram, and the hello in an Initial of the client."""
    return read_quic_of(data, Context(b"", False, -1))


def read_quic_of(data: bytes, context: Context) -> Found:
    """The same with what is known of the connection: the server's hello, and the connection ID of short headers."""
    found = Found()
    end = 0
    for header in read_packets(data):
        _first_byte(data[header.start], found)
        found.add("quic.version", header.version)
        if header.type in _LONG_TYPES:
            found.add("quic.long.packet_type", _LONG_TYPES[header.type])
        for name, value in (("dci", header.dcid), ("sci", header.scid)):
            found.add(f"quic.{name}l", len(value))
            if value:
                found.add(f"quic.{name}d", value)
        end = header.end
    if end < len(data) and data[end] & 0xC0 == 0x40:
        _first_byte(data[end], found)
        if context.dcid > 0 and end + 1 + context.dcid <= len(data):
            found.add("quic.dcid", data[end + 1 : end + 1 + context.dcid])
    hello = read_initial(data, context.key, to_client=context.to_client)
    if hello:
        found.add("tls.handshake", 1)
        read_handshakes(hello, found)
    return found


def _first_byte(first: int, found: Found) -> None:
    found.add("quic.header_form", first >> 7)
    found.add("quic.fixed_bit", first >> 6 & 1)


def read_ssh_fields(data: bytes, _stream: bool) -> Found:
    """The identification line (RFC 4253 section 4.2), and the messages of the key exchange (section 7)."""
    found, cursor = Found(), Cursor(data)
    if data.startswith(b"SSH-"):
        found.add("ssh.protocol", cursor.line())
    try:
        for _ in range(MAX_COALESCED):
            size, padding, code = cursor.u32(), cursor.u8(), cursor.u8()
            if not _KEX_INIT <= code < _LOGIN or not padding < size <= cursor.left + 2:
                break
            found.add("ssh.message_code", code)
            message = cursor.part(size - 2)
            if code == _NEW_KEYS:
                break
            if code == _KEX_INIT:
                message.skip(16)
                for name in _SSH_OFFERS:
                    found.add(f"ssh.{name}", message.take(message.u32()))
    except Short:
        pass
    return found


def read_ntp_fields(data: bytes, _stream: bool) -> Found:
    """RFC 5905 section 7.3."""
    found = Found()
    if not data:
        return found
    found.bits(data[0], _NTP_FLAGS)
    if data[0] & 7 in (6, 7) or len(data) < 48:
        return found
    for name, value in zip(("ntp.stratum", "ntp.ppoll", "ntp.precision"), data[1:4], strict=True):
        found.add(name, value)
    found.add("ntp.rootdelay", int.from_bytes(data[4:8], "big"))
    found.add("ntp.rootdispersion", int.from_bytes(data[8:12], "big"))
    found.add("ntp.refid", data[12:16])
    return found


def read_snmp_fields(data: bytes, _stream: bool) -> Found:
    """Version, community or user, and the kind of PDU (RFC 1157, RFC 3416, RFC 3412), where it is not encrypted."""
    found = Found()
    cursor = Cursor(data)
    try:
        _element(cursor, 0x30, enter=True)
        version = int.from_bytes(_element(cursor, 2), "big")
        if version == 3:
            found.add("snmp.msgVersion", version)
            _snmp3(cursor, found)
        else:
            found.add("snmp.version", version)
            found.add("snmp.community", _element(cursor, 4))
        _snmp_pdu(cursor, found)
    except Short:
        pass
    return found


def _snmp3(cursor: Cursor, found: Found) -> None:
    """To the PDU, past the header, the security of the user (RFC 3414 section 2.4) and the context."""
    _element(cursor, 0x30)
    security = Cursor(_element(cursor, 4))
    try:
        _element(security, 0x30, enter=True)
        for tag in (4, 2, 2):
            _element(security, tag)
        found.add("snmp.msgUserName", _element(security, 4))
    except Short:
        pass
    _element(cursor, 0x30, enter=True)
    for _ in range(2):
        _element(cursor, 4)


def _snmp_pdu(cursor: Cursor, found: Found) -> None:
    pdu = cursor.u8()
    if pdu >> 5 != 5:
        return
    found.add("snmp.data", pdu & 31)
    _length(cursor)
    if pdu & 31 == 4:  # a trap of version 1: enterprise, address, two kinds, time
        for tag in (6, 0x40, 2, 2, 0x43):
            _element(cursor, tag)
    else:
        found.add("snmp.request_id", int.from_bytes(_element(cursor, 2), "big", signed=True))
        found.add("snmp.error_status", int.from_bytes(_element(cursor, 2), "big", signed=True))
        _element(cursor, 2)
    _element(cursor, 0x30, enter=True)
    for _ in range(MAX_BINDINGS):
        if not cursor.left:
            break
        _element(cursor, 0x30, enter=True)
        found.add("snmp.name", _object_name(_element(cursor, 6)))
        cursor.skip(1)
        cursor.skip(_length(cursor))


def _object_name(data: bytes) -> bytes:
    """An object identifier in its dotted form (X.690 section 8.19)."""
    parts, value = [], 0
    for byte in data:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            parts.append(value)
            value = 0
    if parts:
        first = min(parts[0] // 40, 2)
        parts[:1] = [first, parts[0] - 40 * first]
    return ".".join(map(str, parts)).encode()


def _length(cursor: Cursor) -> int:
    """A BER length (X.690 section 8.1.3)."""
    first = cursor.u8()
    return first if first < 0x80 else int.from_bytes(cursor.take(min(first & 0x7F, 8)), "big")


def _element(cursor: Cursor, tag: int, *, enter: bool = False) -> bytes:
    if cursor.u8() != tag:
        raise Short
    length = _length(cursor)
    return b"" if enter else cursor.take(length)
