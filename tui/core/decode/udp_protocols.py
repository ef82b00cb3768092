"""What the first bytes of a UDP datagram say: the protocol of the port, made precise, or one on any port."""

from __future__ import annotations

import numpy as np

from tui.core.decode.gather import Bool, one_of
from tui.core.decode.payload import Content, Ids, Knowledge, Payload, Recogniser, first_of, named, when, where
from tui.core.decode.shapes import Shape, Shapes
from tui.core.decode.tcp_protocols import STUN_MESSAGES, rpc_program
from tui.core.decode.text_protocols import SIP_METHODS, only, sip
from tui.core.protocols import UDP_PORTS

_QUIC_VERSIONS = (1, 0x6B3343CF, 0x709A50C4, 0)


def dhcp(p: Payload) -> Ids:
    """BOOTP (RFC 951); with the magic cookie of RFC 2131 it is DHCP."""
    cookie = p.data.headers(p.at + 236, 4).u32(0)
    magic = (cookie == 0x63825363) & (p.room >= 240)
    return first_of(named(magic, "DHCP"), named(p.length > 0, "BOOTP"))


def is_quic(p: Payload) -> Bool:
    """A long header (RFC 9000 section 17.2) of a version that exists."""
    long_form, version = p.u8(0) >= 0xC0, p.u32(1)
    known = (version >> 8 == 0xFF0000) | ((version & 0x0F0F0F0F) == 0x0A0A0A0A)
    for number in _QUIC_VERSIONS[:3]:
        known |= version == number
    negotiation = (p.u8(0) >= 0x80) & (version == 0) & (p.u8(5) <= 20) & (p.u8(5) >= 4)
    lengths = p.u8(5) <= 20
    found: Bool = ((long_form & known) | negotiation) & lengths & (p.length >= 20)
    return found


def quic(p: Payload) -> Ids:
    """Few payloads have a version there that makes sense: only these are looked at closely."""
    version = p.u32(1)
    likely = one_of(version, _QUIC_VERSIONS) | (version >> 8 == 0xFF0000) | ((version & 0x0F0F0F0F) == 0x0A0A0A0A)
    return where(p, likely, when(is_quic, "QUIC"))


def is_dtls(p: Payload) -> Bool:
    version = p.u16(1)
    kind = p.u8(0)
    valid = (kind >= 20) & (kind <= 25) & ((version == 0xFEFF) | (version == 0xFEFD) | (version == 0x0100))
    found: Bool = valid & (p.u16(11).astype(np.int64) + 13 <= p.length)
    return found


def dtls(p: Payload) -> Ids:
    return named(is_dtls(p), "DTLS")


def is_stun(p: Payload) -> Bool:
    found: Bool = (p.u8(0) < 0x40) & (p.u32(4) == 0x2112A442) & (p.u16(2).astype(np.int64) + 20 == p.length)
    return found


def is_wireguard(p: Payload) -> Bool:
    """The four messages of WireGuard by type, reserved zeros and length."""
    kind = p.le32(0)
    sized = (kind == 1) & (p.length == 148) | (kind == 2) & (p.length == 92) | (kind == 3) & (p.length == 64)
    found: Bool = sized | (kind == 4) & (p.length >= 32)
    return found


_REPORTS = (200, 201, 203, 204, 206)  # sender, receiver, goodbye, application, feedback


def is_rtcp(p: Payload) -> Bool:
    """A compound packet (RFC 3550 section 6.4) that begins with a report and whose first length fits."""
    kind = p.u8(1)
    report = one_of(kind, _REPORTS)
    size = (p.u16(2).astype(np.int64) + 1) * 4
    found: Bool = (p.u8(0) >> 6 == 2) & report & (size <= p.length) & (p.length % 4 == 0)
    return found


def rpc(p: Payload) -> Ids:
    """ONC RPC (RFC 5531): calls name the program; replies are told by the port of the port mapper only."""
    call = (p.u32(4) == 0) & (p.u32(8) == 2) & (p.length >= 24)
    return rpc_program(call, p.u32(12))


def portmapper(p: Payload) -> Ids:
    reply = (p.u32(4) == 1) & (p.length >= 24)
    return first_of(rpc(p), named(reply, "Portmap"), named(p.length > 0, "RPC"))


def ssdp(p: Payload) -> Ids:
    return named(p.starts(b"M-SEARCH", b"NOTIFY ", b"HTTP/1."), "SSDP")


def netbios_datagram(p: Payload) -> Ids:
    """Browser announcements are SMB transactions behind a datagram header."""
    smb = p.data.headers(p.at + 82, 4).u32(0)
    kind = p.u8(0)
    browser = (kind >= 0x10) & (kind <= 0x12) & (smb == 0xFF534D42) & (p.room > 86)
    return first_of(named(browser, "BROWSER"), named(p.length > 0, "NBDS"))


def esp_in_udp(p: Payload) -> Ids:
    """RFC 3948: one byte 0xFF keeps an address translation alive, four zeros precede IKE, the rest is ESP."""
    alive = (p.length == 1) & (p.u8(0) == 0xFF)
    ike = (p.u32(0) == 0) & (p.length >= 4)
    return first_of(named(alive, "UDPENCAP"), named(ike, "ISAKMP"), named(p.length > 0, "ESP"))


def gtp(p: Payload) -> Ids:
    version = p.u8(0) >> 5
    return first_of(named(version == 2, "GTPv2"), named((version == 1) | (version == 0), "GTP"))


def rmcp(p: Payload) -> Ids:
    valid = (p.u8(0) == 6) & (p.u8(2) == 0xFF)
    kind = p.u8(3) & 0x1F
    return first_of(named(valid & (kind == 6), "ASF"), named(valid & (kind == 7), "IPMB"), named(valid, "RMCP"))


def teredo(p: Payload) -> Ids:
    return named((p.u8(0) >> 4 == 6) | (p.u16(0) == 0) | (p.u16(0) == 1), "Teredo")


def ptp(p: Payload) -> Ids:
    return named(p.u8(1) & 0x0F == 2, "PTPv2")


def nat_pmp(p: Payload) -> Ids:
    version = p.u8(0)
    return first_of(named(version == 0, "NAT-PMP"), named(version == 2, "PCP v2"))


def hsrp(p: Payload) -> Ids:
    old = (p.u8(0) == 0) & (p.u8(1) <= 3) & (p.length >= 20)
    return first_of(named(old, "HSRP"), named((p.u8(0) == 1) & (p.length >= 40), "HSRPv2"))


def bacnet(p: Payload) -> Ids:
    return named(p.u8(0) == 0x81, "BACnet-APDU")


def sap(p: Payload) -> Ids:
    return first_of(named(p.u8(0) >> 5 <= 1, "SAP/SDP"), named(p.length > 0, "SAP"))


def dropbox(p: Payload) -> Ids:
    return first_of(named(p.starts(b"{"), "DB-LSP-DISC/JSON"), named(p.length > 0, "DB-LSP-DISC"))


def cflow(p: Payload) -> Ids:
    """NetFlow and IPFIX by version; sFlow shares the job, not the format."""
    return named(one_of(p.u16(0), (1, 5, 7, 8, 9, 10)), "CFLOW")


def l2tp(p: Payload) -> Ids:
    return named(one_of(p.u8(1) & 0x0F, (2, 3)), "L2TP")


def bt_dht(p: Payload) -> Ids:
    """Mainline DHT: a bencoded dictionary whose first key is one byte long (BEP 5)."""
    return named(p.starts(b"d1:", b"d2:") & (p.length > 12), "BT-DHT")


def is_wake_on_lan(p: Payload) -> Bool:
    return p.has(0, b"\xff\xff\xff\xff\xff\xff") & (p.length >= 102)


_RECOGNISERS: dict[str, Recogniser] = {
    "BOOTP": dhcp, "RPC": portmapper, "SSDP": ssdp, "NBDS": netbios_datagram, "UDPENCAP": esp_in_udp,
    "GTP": gtp, "RMCP": rmcp, "Teredo": teredo, "PTPv2": ptp, "NAT-PMP": nat_pmp, "HSRP": hsrp, "BACnet": bacnet,
    "SIP": sip, "SAP": sap, "DB-LSP-DISC": dropbox, "DTLS": dtls,
    "CFLOW": cflow, "L2TP": l2tp, "sFlow": when(lambda p: p.u32(0) <= 5, "sFlow"),
    "STUN": when(is_stun, "STUN"),
}  # fmt: skip

_SHAPES: dict[str, Shape] = {
    "KRB5": Shape(first=range(0x60, 0x80)),
    "SNMP": Shape(first=(0x30,)),
    "DNP 3.0": Shape(first=(5,)),
    "TPLINK-SMARTHOME": Shape(first=(0xD0,)),
    "RADIUS": Shape(first=range(1, 256), at=2, width=2, least=20),
    "MNDP": Shape(first=(0,)),
    "RTPproxy": Shape(first=b"V"),
    "SliMP3": Shape(first=b"dhmrsa"),
    "TACACS": Shape(first=range(0x81)),
    "OLSR v1": Shape(width=2, least=4),
    "XDMCP": Shape(first=(0,)),
}

OVER_UDP = Knowledge(
    UDP_PORTS,
    _RECOGNISERS,
    Shapes(_SHAPES),
    (
        Content(quic, first=range(0x80, 0x100)),
        Content(when(is_stun, "STUN"), begins=[m.to_bytes(2, "big") for m in STUN_MESSAGES]),
        Content(dtls, first=range(20, 26)),
        Content(when(is_wireguard, "WireGuard"), begins=[b"\1\0", b"\2\0", b"\3\0", b"\4\0"]),
        Content(sip, begins=SIP_METHODS),
        Content(bt_dht, begins=[b"d1", b"d2"]),
        Content(only("SSDP", b"M-SEARCH", b"NOTIFY *", b"HTTP/1.1"), begins=[b"M-", b"NO", b"HT"]),
        Content(only("LSD", b"BT-SEARC"), begins=[b"BT"]),
        Content(only("RTPS", b"RTPS"), begins=[b"RT"]),
        Content(when(is_wake_on_lan, "WOL"), begins=[b"\xff\xff"]),
        Content(when(is_rtcp, "RTCP"), begins=[bytes((v, k)) for v in range(0x80, 0xC0) for k in _REPORTS]),
        Content(rpc, first=[]),
    ),
)
