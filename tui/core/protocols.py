"""Protocols: the names Wireshark gives its dissectors, and the layers that a packet can be asked about."""

from __future__ import annotations

from enum import IntEnum


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


NAMES: tuple[str, ...] = (
    "Unknown", "Ethernet", "ARP", "IPv4", "IPv6", "ICMP", "ICMPv6", "IGMP", "TCP", "UDP", "SCTP", "DCCP",
    "DNS", "MDNS", "LLMNR", "NBNS", "DHCP", "DHCPv6", "HTTP", "TLS", "QUIC", "SSH", "NTP", "SNMP",
)  # fmt: skip
"""Name of each protocol id. Only append: ids are stored in rows."""

ID: dict[str, int] = {name: index for index, name in enumerate(NAMES)}
"""Id of each protocol name."""
