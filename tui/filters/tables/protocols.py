"""Bare protocols: which packets have them, and the bytes they stand for in `contains`, `matches` and slices."""

from __future__ import annotations

import re

from tui.core.protocols import NAMES, Layer
from tui.filters import guards
from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.packets import Guard
from tui.filters.sources import Span, Start
from tui.filters.starts import at_end, at_ethernet, at_l3, at_l4, at_payload, at_payload_end, at_start

_BY_LAYER = {
    "llc": Layer.LLC, "wlan": Layer.WLAN, "mpls": Layer.MPLS, "ppp": Layer.PPP, "pppoes": Layer.PPPOE,
    "gre": Layer.GRE, "vxlan": Layer.VXLAN, "geneve": Layer.GENEVE, "gtp": Layer.GTP, "l2tp": Layer.L2TP,
    "ah": Layer.AH, "esp": Layer.ESP, "stp": Layer.STP, "lldp": Layer.LLDP, "eapol": Layer.EAPOL, "ospf": Layer.OSPF,
    "pim": Layer.PIM, "vrrp": Layer.VRRP, "vlan": Layer.VLAN,
}  # fmt: skip
"""Protocols that carry others, or have no transport of theirs: their bytes begin at the network or transport header."""
_PAYLOADS = {
    "dns": Layer.DNS, "mdns": Layer.MDNS, "llmnr": Layer.LLMNR, "nbns": Layer.NBNS, "dhcp": Layer.DHCP,
    "dhcpv6": Layer.DHCPV6, "http": Layer.HTTP, "tls": Layer.TLS, "quic": Layer.QUIC, "ssh": Layer.SSH,
    "ntp": Layer.NTP, "snmp": Layer.SNMP, "ftp": Layer.FTP, "smtp": Layer.SMTP, "rdp": Layer.RDP, "sip": Layer.SIP,
    "bgp": Layer.BGP, "ldap": Layer.LDAP, "kerberos": Layer.KERBEROS, "mysql": Layer.MYSQL, "pgsql": Layer.PGSQL,
    "telnet": Layer.TELNET, "pop": Layer.POP, "imap": Layer.IMAP, "rtp": Layer.RTP, "stun": Layer.STUN,
    "isakmp": Layer.ISAKMP, "wg": Layer.WG, "bittorrent": Layer.BITTORRENT, "mqtt": Layer.MQTT,
    "modbus": Layer.MODBUS, "ssdp": Layer.SSDP, "dtls": Layer.DTLS,
}  # fmt: skip
"""Protocols above the transport."""
_BY_NAME = {
    "smb2": "SMB2", "mbtcp": "Modbus/TCP", "radius": "RADIUS", "syslog": "Syslog", "igrp": "IGRP",
    "rsvp": "RSVP", "dnp3": "DNP 3.0", "s7comm": "S7COMM", "bacapp": "BACnet-APDU", "pppoed": "PPPoED", "cdp": "CDP",
    "http2": "HTTP2", "websocket": "WebSocket", "dcerpc": "DCERPC", "nbss": "NBSS", "browser": "BROWSER",
    "rtcp": "RTCP", "bt-dht": "BT-DHT", "utp": "uTP", "lacp": "LACP", "ptp": "PTPv2", "ipx": "IPX", "eap": "EAP",
    "sll": "SLL", "null": "Null/Loopback", "usb": "USB", "cldap": "CLDAP",
}  # fmt: skip
"""Protocols known by the name in the protocol column only."""
_LINKS: dict[str, tuple[int, ...]] = {"radiotap": (127,), "ppi": (192,), "prism": (119,), "wlan_radio": (127, 192)}
"""Headers of capture drivers, by link type."""


_SEVERAL: dict[str, tuple[str, ...]] = {
    "json": ("JSON", "DB-LSP-DISC/JSON", "TPLINK-SMARTHOME"), "smb": ("SMB", "BROWSER"),
    "tpkt": ("TPKT", "COTP", "RDP", "S7COMM"), "cotp": ("COTP", "RDP", "S7COMM"), "bacnet": ("BACnet", "BACnet-APDU"),
    "nbdgm": ("NBDS", "BROWSER"),
}  # fmt: skip
"""Protocols that carry others, by the names of all that are shown in their place."""


def _bare(name: str, guard: Guard, start: Start, end: Start, text: str, own: Guard | None = None) -> Field:
    return Field(name, Kind.PROTOCOL, Span(own or guard, start, end), text, present=guard)


def _by_column() -> dict[str, str]:
    """Filter names of what only the protocol column tells: the column's name in lower case, where it is one word."""
    taken = {
        *_BY_LAYER,
        *_PAYLOADS,
        *_BY_NAME,
        *_SEVERAL,
        *_LINKS,
        "ethernet",
        "unknown",
        "ipv4",
        "wireguard",
        "krb5",
        "frame",
        "ssl",
        "bootp",
    }
    taken |= {"eth", "arp", "ip", "ipv6", "icmp", "icmpv6", "igmp", "tcp", "udp", "sctp", "dccp"}
    words = {name.lower(): name for name in NAMES if re.fullmatch(r"[A-Za-z0-9]+", name)}
    return _BY_NAME | {word: name for word, name in words.items() if word not in taken}


def _names() -> dict[str, str]:
    layers = {**_BY_LAYER, **_PAYLOADS}
    taken = {"DNS-over-TCP": "dns", "SIP/SDP": "sip", "SMTP/IMF": "smtp", "KRB5": "kerberos", "WireGuard": "wg",
             "BT-DHT": "bt-dht", "SMB": "smb", "JSON": "json", "TPKT": "tpkt", "COTP": "cotp", "BACnet": "bacnet",
             "NBDS": "nbdgm", "Radiotap": "radiotap", "PPI": "ppi", "Prism": "prism"}  # fmt: skip
    shown = {name: word for word, name in _by_column().items()}
    return {name: name.lower() for name in NAMES if name.lower() in layers} | shown | taken


NAME_OF: dict[str, str] = _names()
"""The filter name of each name in the protocol column that has one, above the transport."""

_L4 = (
    ("icmp", guards.icmp),
    ("icmpv6", guards.icmpv6),
    ("igmp", guards.igmp),
    ("sctp", guards.sctp),
    ("dccp", guards.dccp),
)

PROTOCOLS: tuple[Field, ...] = (
    _bare("eth", guards.layer(Layer.ETH), at_ethernet, at_end, "Ethernet", guards.ethernet),
    _bare("arp", guards.layer(Layer.ARP), at_l3, at_end, "ARP", guards.arp),
    _bare("ip", guards.layer(Layer.IP), at_l3, at_end, "IPv4", guards.ipv4),
    _bare("ipv6", guards.layer(Layer.IPV6), at_l3, at_end, "IPv6", guards.ipv6),
    _bare("tcp", guards.layer(Layer.TCP), at_l4, at_payload_end, "TCP", guards.tcp),
    _bare("udp", guards.layer(Layer.UDP), at_l4, at_payload_end, "UDP", guards.udp),
    *(_bare(name, guards.layer(Layer[name.upper()]), at_l4, at_end, name.upper(), own) for name, own in _L4),
    *(_bare(name, guards.layer(layer), at_l3, at_end, layer.name) for name, layer in _BY_LAYER.items()),
    *(
        _bare(name, guards.layer(layer), at_payload, at_payload_end, layer.name, guards.carries(layer))
        for name, layer in _PAYLOADS.items()
    ),
    *(_bare(name, guards.protocol(shown), at_payload, at_payload_end, shown) for name, shown in _by_column().items()),
    *(
        _bare(name, guards.protocol(*shown), at_payload, at_payload_end, ", ".join(shown))
        for name, shown in _SEVERAL.items()
    ),
    *(_bare(name, guards.linktype(*types), at_start, at_end, "capture information") for name, types in _LINKS.items()),
)  # fmt: skip
