"""Protocols: the names Wireshark gives its dissectors, and the layers that a packet can be asked about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from tui.core import ports


class Layer(IntEnum):
    """Bit positions in `Columns.layers`; at most 64. A packet has a bit for every layer it carries, inner ones too."""

    ETH = 0
    VLAN = 1
    ARP = 2
    IP = 3
    IPV6 = 4
    ICMP = 5
    ICMPV6 = 6
    IGMP = 7
    TCP = 8
    UDP = 9
    SCTP = 10
    DCCP = 11
    GRE = 12
    MPLS = 13
    PPPOE = 14
    VXLAN = 15
    GENEVE = 16
    GTP = 17
    WLAN = 18
    DNS = 19
    MDNS = 20
    LLMNR = 21
    NBNS = 22
    DHCP = 23
    DHCPV6 = 24
    HTTP = 25
    TLS = 26
    QUIC = 27
    SSH = 28
    NTP = 29
    SNMP = 30
    FTP = 31
    SMTP = 32
    SMB = 33
    RDP = 34
    SIP = 35
    LLC = 36
    PPP = 37
    AH = 38
    ESP = 39
    L2TP = 40
    STP = 41
    LLDP = 42
    EAPOL = 43
    OSPF = 44
    PIM = 45
    VRRP = 46
    BGP = 47
    LDAP = 48
    KERBEROS = 49
    MYSQL = 50
    PGSQL = 51
    TELNET = 52
    POP = 53
    IMAP = 54
    RTP = 55
    STUN = 56
    ISAKMP = 57
    WG = 58
    BITTORRENT = 59
    MQTT = 60
    MODBUS = 61
    SSDP = 62
    DTLS = 63


_FIRST = (
    "Unknown", "Ethernet", "ARP", "IPv4", "IPv6", "ICMP", "ICMPv6", "IGMP", "TCP", "UDP", "SCTP", "DCCP",
    "DNS", "MDNS", "LLMNR", "NBNS", "DHCP", "DHCPv6", "HTTP", "TLS", "QUIC", "SSH", "NTP", "SNMP",
)  # fmt: skip

_LINK = (
    "SLL", "Raw packet", "Null/Loopback", "IPoIB", "PPP", "CHDLC", "SLARP", "LLC", "802.11", "Radiotap", "PPI", "Prism",
    "Token-Ring", "FDDI", "ARCNET", "SLIP", "PFLOG", "HCI H4", "LE LL", "Bluetooth Linux Monitor", "HCI_MON", "USB",
    "IEEE 802.15.4", "IPMB", "CAN", "Netlink", "NFLOG", "LAPD", "FR", "ATM", "Apple IP-over-IEEE 1394", "DOCSIS",
    "AX.25 KISS", "AX.25", "ERF", "Wireshark Upper PDU", "MPLS", "PPPoE", "PPPoED", "RARP", "DRARP", "Inverse ARP",
)  # fmt: skip

_ETHERTYPES: dict[int, str] = {
     0x2000: "CDP", 0x22F0: "IEEE1722", 0x22F3: "TRILL", 0x22F4: "ISIS", 0x6558: "Ethernet",
     0x6003: "DEC DNA", 0x6004: "LAT", 0x8035: "RARP", 0x809B: "LLAP", 0x80F3: "AARP", 0x8137: "IPX",
    0x8808: "MAC CTRL", 0x8809: "LACP", 0x880B: "PPP", 0x8863: "PPPoED", 0x886D: "ANS", 0x8874: "RRCP",
    0x888E: "EAPOL", 0x8892: "PNIO", 0x88A2: "AoE", 0x88A4: "ECAT", 0x88AB: "EPL", 0x88B5: "IEEE 802a",
    0x88B8: "GOOSE", 0x88BA: "IEC61850 Sampled Values", 0x88CA: "TIPC", 0x88CC: "LLDP", 0x88E1: "HomePlug AV",
    0x88E3: "MRP", 0x88E5: "MACSEC", 0x88E7: "PBB", 0x88F5: "MRP-MVRP", 0x88F6: "MRP-MMRP", 0x88F7: "PTPv2",
    0x8902: "CFM", 0x8906: "FCoE", 0x8914: "FIP", 0x8915: "RoCE", 0x892F: "HSR", 0x893A: "ieee1905",
    0x88C7: "EAPOL", 0x9000: "LOOP", 0x0BAD: "Vines", 0x4305: "BATADV_BATMAN", 0x887E: "HyperSCSI",
    0x88D9: "LLTD", 0x89A2: "MDS Header", 0x890D: "TDLS", 0x0060: "LOOP",
}  # fmt: skip

_SAPS: dict[int, str] = {
    0x42: "STP", 0xE0: "IPX", 0x10: "IPX", 0xF0: "NetBIOS", 0xFE: "OSI", 0x04: "SNA", 0x08: "SNA",
    0x0C: "SNA", 0x7E: "X.25", 0xBC: "Vines LLC", 0xFC: "RPL", 0x82: "BACnet", 0xF8: "HPEXT",
}  # fmt: skip
_CISCO: dict[int, str] = {
    0x0104: "PAGP", 0x010B: "STP", 0x0111: "UDLD", 0x2000: "CDP", 0x2003: "VTP", 0x2004: "DTP", 0x0105: "LOOP",
}  # fmt: skip
_PPP: dict[int, str] = {
    0x0021: "IPv4", 0x0057: "IPv6", 0x002B: "IPX", 0x0281: "MPLS", 0x003D: "PPP MP", 0x00FD: "PPP Comp",
    0x0207: "CDP", 0x8021: "PPP IPCP", 0x8057: "PPP IPV6CP", 0x80FD: "PPP CCP", 0x8053: "PPP ECP", 0xC021: "PPP LCP",
    0xC023: "PPP PAP", 0xC025: "PPP LQR", 0xC223: "PPP CHAP", 0xC227: "EAP", 0x8207: "PPP CDPCP", 0x8281: "PPP MPLSCP",
}  # fmt: skip
_IP: dict[int, str] = {
    1: "ICMP", 2: "IGMP", 6: "TCP", 9: "IGRP", 17: "UDP", 29: "COTP", 33: "DCCP", 36: "XTP", 46: "RSVP",
    47: "GRE", 48: "DSR", 50: "ESP", 51: "AH", 54: "NHRP", 58: "ICMPv6", 83: "Vines FRP", 88: "EIGRP", 89: "OSPF",
    93: "AX.25", 97: "ETHERIP", 103: "PIMv2", 108: "IPComp", 112: "VRRP", 113: "PGM", 115: "L2TPv3",
    132: "SCTP", 134: "RSVP-E2EI", 135: "MIPv6", 136: "UDP-Lite", 137: "MPLS", 139: "HIP", 140: "Shim6",
    143: "Ethernet", 224: "NCS",
}  # fmt: skip

_OTHER = (
    "IPX SAP", "IPX RIP", "NBIPX", "NCP", "IGMPv0", "IGMPv1", "IGMPv2", "IGMPv3", "DVMRP", "VXLAN", "Geneve",
    "GTP", "GTPv2", "L2TP", "Teredo", "OSPF", "BFD Control", "RTP", "RTCP", "STUN", "DTLS", "WireGuard", "BitTorrent",
    "BT-DHT", "SMB", "SMB2", "NBSS", "BROWSER", "NBDS", "DCERPC", "SIP/SDP", "RPC", "Portmap", "NFS", "MOUNT",
    "MySQL", "PGSQL", "TDS", "TNS", "RDP", "TPKT", "COTP", "S7COMM", "Modbus/TCP", "DNP 3.0", "HTTP2", "WebSocket",
    "GRPC", "DIAMETER", "SSL", "CLDAP", "CoAP", "uTP", "Syslog", "OpenFlow", "Kafka", "Bitcoin", "RTMP", "JSON",
    "LSD", "RTPS", "GIOP", "Elasticsearch", "BACnet-APDU", "PCP v2", "RMCP", "IPMI", "ASF", "SAP/SDP", "ESP", "QUIC",
    "DB-LSP-DISC/JSON", "MNDP", "PTPv2", "UDPENCAP", "NAT-KEEPALIVE", "BFD Echo", "YMSG", "SMPP", "FIX", "CQL", "MONGO",
    "AMQP", "Memcache", "PROXYv1", "PROXYv2", "SSHv1", "GQUIC", "iSCSI", "SMTP/IMF", "LDAP", "IAX2", "TPLINK-SMARTHOME",
    "PIMv0", "PIMv1", "WOL", "ERSPAN", "RTPS", "ISIS", "CLNP", "ESIS", "HSRP", "HSRPv2",
    "GLBP", "WHOIS", "EAP", "MMSE", "DNS-over-TCP", "RADIUS", "ZABBIX", "NBD", "GIOP", "Thrift",
)  # fmt: skip


def _all(*parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in part))


NAMES: tuple[str, ...] = _all(
    _FIRST, _LINK, _ETHERTYPES.values(), _SAPS.values(), _CISCO.values(), _PPP.values(), _IP.values(), _OTHER,
    ports.TCP_ANY, ports.TCP_TESTED, ports.UDP_ANY, ports.UDP_TESTED,
)  # fmt: skip
"""Name of each protocol id. Ids hold within one session; the first 24 are fixed."""

ID: dict[str, int] = {name: index for index, name in enumerate(NAMES)}
"""Id of each protocol name."""
assert len(Layer) <= 64


def _table(size: int, names: Mapping[int, str], default: str) -> NDArray[np.uint16]:
    table = np.full(size, ID[default], np.uint16)
    for number, name in names.items():
        table[number] = ID[name]
    return table


def _port_table(*sources: Mapping[str, Iterable[int]]) -> NDArray[np.uint16]:
    table = np.zeros(65536, np.uint16)
    for source in sources:
        for name, numbers in source.items():
            table[list(numbers)] = ID[name]
    return table


ETHERTYPES = _table(65536, _ETHERTYPES, "Unknown")
"""Protocol of each ethertype that no network layer of ours reads; 0 where it has no name."""
PPP_PROTOCOLS = _table(65536, _PPP, "Unknown")
SNAP_CISCO = _table(65536, _CISCO, "LLC")
LLC_SAPS = _table(256, _SAPS, "LLC")
IP_PROTOCOLS = _table(256, _IP, "IPv4")
"""Protocol of each IP protocol number; "IPv4" where it has no name."""
TCP_PORTS = _port_table(ports.TCP_ANY, ports.TCP_TESTED)
"""Protocol of each TCP port, 0 for none."""
UDP_PORTS = _port_table(ports.UDP_ANY, ports.UDP_TESTED)

_LAYERS: dict[str, tuple[Layer, ...]] = {
    "SMB": (Layer.SMB,), "SMB2": (Layer.SMB,), "SIP/SDP": (Layer.SIP,), "KRB5": (Layer.KERBEROS,),
    "CLDAP": (Layer.LDAP,),
    "WireGuard": (Layer.WG,), "TELNET": (Layer.TELNET,), "MySQL": (Layer.MYSQL,), "BitTorrent": (Layer.BITTORRENT,),
    "BT-DHT": (Layer.BITTORRENT,), "Modbus/TCP": (Layer.MODBUS,), "SMTP/IMF": (Layer.SMTP,), "SSL": (Layer.TLS,),
    "WebSocket": (Layer.HTTP,), "L2TPv3": (Layer.L2TP,), "GTPv2": (Layer.GTP,), "BOOTP": (Layer.DHCP,),
    "DNS-over-TCP": (Layer.DNS,), "IGMPv0": (Layer.IGMP,), "IGMPv1": (Layer.IGMP,), "IGMPv2": (Layer.IGMP,),
    "IGMPv3": (Layer.IGMP,), "PIMv0": (Layer.PIM,), "PIMv1": (Layer.PIM,), "PIMv2": (Layer.PIM,),
    "DVMRP": (Layer.IGMP,), "Inverse ARP": (Layer.ARP,), "IPP": (Layer.HTTP,),
    "RARP": (Layer.ARP,), "DRARP": (Layer.ARP,), "OCSP": (Layer.HTTP,), "SSHv1": (Layer.SSH,), "SSDP": (Layer.SSDP,),
}  # fmt: skip


def _layer_bits() -> NDArray[np.uint64]:
    bits = np.zeros(len(NAMES), np.uint64)
    by_name = {layer.name: layer for layer in Layer}
    for index, name in enumerate(NAMES):
        own = (by_name[name.upper()],) if name.upper() in by_name else ()
        bits[index] = sum(1 << layer for layer in {*own, *_LAYERS.get(name, ())})
    bits[ID["Unknown"]] = 0
    return bits


LAYERS_OF = _layer_bits()
"""The bits of `Columns.layers` that a packet of each protocol has for certain."""

_BELOW = ("STP", "LLDP", "EAPOL", "OSPF", "PIMv0", "PIMv1", "PIMv2", "VRRP")
LAYERS_BELOW = np.where(np.isin(np.arange(len(NAMES)), [ID[n] for n in _BELOW]), LAYERS_OF, np.uint64(0))
"""The same for those that stand on the link or the network layer and are told by its type field alone."""

STICKY = np.isin(np.arange(len(NAMES)), [ID[n] for n in ports.STICKY])
"""Protocols whose flow goes on under the same name: every later segment with payload is called by it too."""
