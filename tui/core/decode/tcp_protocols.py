"""What the first bytes of a TCP segment say: whether the protocol of the port is there, and which one is without it.

A protocol whose messages tell their length is named only where a message ends within the segment; a segment that
is the middle of a message keeps the name TCP, as it does in Wireshark.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.decode.gather import Bool
from tui.core.decode.payload import Content, Ids, Knowledge, Payload, Recogniser, first_of, named, when, where
from tui.core.decode.shapes import Shape, Shapes
from tui.core.decode.text_protocols import (
    HTTP_METHODS,
    SIP_METHODS,
    amqp,
    http,
    only,
    sip,
    smtp,
    ssh,
    text_line,
)
from tui.core.protocols import TCP_PORTS


def is_tls(p: Payload) -> Bool:
    """A TLS record begins here (RFC 8446 section 5.1): content type, version 3.x, a length that may be."""
    kind, version, length = p.u8(0), p.u16(1), p.u16(3)
    found: Bool = (
        (kind >= 20) & (kind <= 24) & (version >= 0x0300) & (version <= 0x0304) & (length > 0) & (length <= 18432)
    )
    return found


_TLS_FIRST = np.zeros(65536, np.bool_)
_TLS_FIRST[[kind << 8 | 3 for kind in range(20, 25)]] = True
_TLS_FIRST[0x8000:0x8100] = True  # a hello in the form of SSL 2, shorter than 256 bytes


def tls(p: Payload) -> Ids:
    return where(p, _TLS_FIRST.take(p.u16(0)), _tls)


def _tls(p: Payload) -> Ids:
    length = p.length
    whole = is_tls(p) & ((p.u16(3).astype(np.int64) + 5 <= length) | (p.room < length))
    old_hello = (p.u8(0) & 0x80 != 0) & (p.u8(2) == 1) & ((p.u16(3) == 2) | (p.u16(3) >> 8 == 3))
    old_hello &= (p.u16(0) & 0x7FFF) + 2 == p.length
    return named(whole | old_hello, "TLS")


def tls_port(p: Payload) -> Ids:
    """On a port of TLS; segments that the snap length has cut are never joined, and each goes by the port's name."""
    return first_of(tls(p), named(p.room < p.length, "TLS"))


def http_port(p: Payload) -> Ids:
    return first_of(http(p), named(p.room < p.length, "HTTP"))


def nbss(p: Payload) -> Ids:
    """NetBIOS session service (RFC 1002), SMB directly over TCP behind the same header."""
    kind, length = p.u8(0), (p.u32(0) & 0x00FFFFFF).astype(np.int64)
    message = kind == 0
    known = message | ((kind >= 0x81) & (kind <= 0x85))
    fits = length + 4 <= p.length
    smb1, smb2 = p.has(4, b"\xffSMB"), p.has(4, b"\xfeSMB") | p.has(4, b"\xfdSMB") | p.has(4, b"\xfcSMB")
    return first_of(
        named(message & fits & smb1, "SMB"),
        named(message & fits & smb2, "SMB2"),
        named(~(message & ~fits & (smb1 | smb2)) & (fits | ~known), "NBSS"),
    )


def tpkt(p: Payload) -> Ids:
    """TPKT (RFC 1006), COTP (ISO 8073) and what stands on them: RDP's negotiation, S7."""
    valid = (p.u8(0) == 3) & (p.u8(1) == 0) & (p.u16(2) >= 7)
    connect = valid & ((p.u8(5) == 0xE0) | (p.u8(5) == 0xD0))
    data = valid & (p.u8(5) == 0xF0)
    rdp_port = p.port(3389)
    siemens = data & (p.u8(7) == 0x32)
    return first_of(
        named(connect & rdp_port, "RDP"),
        named(siemens, "S7COMM"),
        named(valid & (connect | data), "COTP"),
        named(np.ones(len(p), np.bool_), "TPKT"),
    )


def _ber_length(p: Payload) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Bytes of a BER element from its tag on, 0 where the length is no sensible one."""
    first = p.u8(1).astype(np.int64)
    one, two = p.u8(2).astype(np.int64), p.u16(2).astype(np.int64)
    four = p.u32(2).astype(np.int64)
    size = np.where(first < 0x80, first + 2, 0)
    size = np.where(first == 0x81, one + 3, size)
    size = np.where(first == 0x82, two + 4, size)
    size = np.where(first == 0x83, (four >> 8) + 5, size)
    return np.where(first == 0x84, four + 6, size)


def ldap(p: Payload) -> Ids:
    size = _ber_length(p)
    return named((p.u8(0) == 0x30) & (size > 4) & (size <= p.length), "LDAP")


def snmp(p: Payload) -> Ids:
    size = _ber_length(p)
    return named((p.u8(0) == 0x30) & (size > 4) & (size <= p.length), "SNMP")


def pgsql(p: Payload) -> Ids:
    kind, length = p.u8(0), p.u32(1).astype(np.int64)
    letter = ((kind >= 0x41) & (kind <= 0x5A)) | ((kind >= 0x61) & (kind <= 0x7A)) | ((kind >= 0x31) & (kind <= 0x33))
    typed = letter & (length >= 4) & (length < p.length)
    start = (kind == 0) & (p.u32(0) == p.length)
    answer = (p.length == 1) & ((kind == 0x53) | (kind == 0x4E))
    return named(typed | start | answer, "PGSQL")


def mqtt(p: Payload) -> Ids:
    """A fixed header of MQTT: packet type, and a remaining length of up to four bytes that fits."""
    kind = p.u8(0) >> 4
    size, scale = np.zeros(len(p), np.int64), 1
    more = np.ones(len(p), np.bool_)
    used = np.ones(len(p), np.int64)
    for k in range(1, 5):
        byte = p.u8(k).astype(np.int64)
        size += np.where(more, (byte & 0x7F) * scale, 0)
        used += more
        more &= byte >= 0x80
        scale *= 128
    return named((kind >= 1) & ~more & (size + used <= p.length), "MQTT")


def dcerpc(p: Payload) -> Ids:
    """DCE RPC over a connection: version 5, minor 0 or 1, a packet type, a data representation."""
    drep = p.u8(4)
    valid = (p.u8(0) == 5) & (p.u8(1) <= 1) & (p.u8(2) <= 19) & ((drep & 0xEE) == 0)
    size = np.where((drep & 0x10) != 0, p.le16(8), p.u16(8))
    return named(valid & (p.length >= 16) & (size >= 16) & (size <= p.length), "DCERPC")


def bittorrent(p: Payload) -> Bool:
    return p.has(0, b"\x13BitTorrent protocol")


def rpc(p: Payload) -> Ids:
    """ONC RPC behind a record mark (RFC 5531): a call names the program."""
    size = (p.u32(0) & 0x7FFFFFFF).astype(np.int64)
    call = (p.u32(8) == 0) & (p.u32(12) == 2) & (size + 4 <= p.length)
    return rpc_program(call, p.u32(16))


def rpc_program(call: Bool, program: NDArray[np.uint32]) -> Ids:
    """The protocol of a call's program (RFC 5531 section 8.3)."""
    valid = call & (program >= 100000) & (program < 101000)
    return first_of(
        named(valid & (program == 100000), "Portmap"),
        named(valid & (program == 100003), "NFS"),
        named(valid & (program == 100005), "MOUNT"),
        named(valid, "RPC"),
    )


STUN_MESSAGES = (0x0001, 0x0101, 0x0111, 0x0003, 0x0103, 0x0113, 0x0004, 0x0104, 0x0114, 0x0006, 0x0007, 0x0008,
                 0x0108, 0x0118, 0x0009, 0x0109, 0x0119, 0x0011, 0x0016, 0x0017)  # fmt: skip


def stun(p: Payload) -> Bool:
    found: Bool = (p.u8(0) < 0x40) & (p.u32(4) == 0x2112A442) & (p.u16(2).astype(np.int64) + 20 <= p.length)
    return found


def nothing(p: Payload) -> Ids:
    """For protocols of a port that are not recognised yet: better no name than a wrong one."""
    return np.zeros(len(p), np.uint16)


_RECOGNISERS: dict[str, Recogniser] = {
    "TLS": tls_port, "HTTP": http_port, "NBSS": nbss, "TPKT": tpkt, "LDAP": ldap, "SNMP": snmp, "PGSQL": pgsql,
    "MQTT": mqtt, "SIP": sip, "IMAP": text_line("IMAP"), "WHOIS": text_line("WHOIS"), "FINGER": text_line("FINGER"),
    "GIT": text_line("GIT"), "SMTP": smtp, "AMQP": amqp, "RPC": rpc,
}  # fmt: skip
_SHAPES: dict[str, Shape] = {
    "DNS": Shape(width=2, extra=2, least=14),
    "Modbus/TCP": Shape(at=2, width=4, extra=6, least=8),  # two zeros for the protocol, then the length
    "KRB5": Shape(first=(0,), width=4, extra=4, least=8),
    "MySQL": Shape(width=3, extra=4, least=5, little=True),
    "TDS": Shape(first=range(1, 19), at=2, width=2, least=8),
    "TNS": Shape(width=2, least=8),
    "TACACS+": Shape(first=range(0xC0, 0xD0)),
    "OpenFlow": Shape(first=range(1, 7), at=2, width=2, least=8),
    "DNP 3.0": Shape(first=(5,)),
    "OpenVPN": Shape(width=2, extra=2, least=3),
    "OpcUa": Shape(first=b"HAEOCM", at=4, width=4, least=8, little=True),
    "ENIP": Shape(at=2, width=2, extra=24, least=24, little=True),
    "X11": Shape(first=(0, 1, *b"lB")),  # error, reply, a connection's setup
    "XMPP": Shape(first=b"<"),
    "RESP": Shape(first=range(1, 256)),
    "Kafka": Shape(first=(0,), width=4, extra=4, least=8),
    "CQL": Shape(at=5, width=4, extra=9, least=9),
    "KPASSWD": Shape(width=4, extra=4, least=8),
    "synergy": Shape(width=4, extra=4, least=4),
    "XOT": Shape(first=(0,), width=4, extra=4, least=4),
    "RTMP": Shape(),
    "IRC": Shape(),
    "BGP": Shape(),
}
_UNTOLD = ("STUN", "GTP", "SKINNY", "CFLOW", "NVMe/TCP", "AJP13", "AgentX", "JDWP", "PTP", "iSCSI")

OVER_TCP = Knowledge(
    TCP_PORTS,
    _RECOGNISERS | dict.fromkeys(_UNTOLD, nothing),
    Shapes(_SHAPES),
    (
        Content(tls, begins=[bytes((kind, 3)) for kind in range(20, 25)], first=[0x80]),
        Content(http, begins=HTTP_METHODS),
        Content(ssh, begins=[b"SSH-"]),
        Content(when(bittorrent, "BitTorrent"), begins=[b"\x13B"]),
        Content(only("VNC", b"RFB 003."), begins=[b"RFB"]),
        Content(sip, begins=SIP_METHODS),
        Content(when(stun, "STUN"), begins=[bytes((m >> 8, m & 255)) for m in STUN_MESSAGES]),
        Content(dcerpc, begins=[b"\5\0", b"\5\1"]),
        Content(rpc, first=[0x80]),
        Content(only("HTTP2", b"PRI * HT"), begins=[b"PRI"]),
        Content(only("PROXYv1", b"PROXY "), begins=[b"PROXY"]),
        Content(only("PROXYv2", b"\r\n\r\n\0\r\nQ"), begins=[b"\r\n"]),
        Content(only("GIOP", b"GIOP"), begins=[b"GIOP"]),
        Content(only("RTSP", b"RTSP/1.0"), begins=[b"RTSP"]),
        Content(only("YMSG", b"YMSG"), begins=[b"YMSG"]),
    ),
)
