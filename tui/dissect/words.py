"""Words for layers and fields: titles as Wireshark has them, and the display filter field behind a field of scapy."""

from __future__ import annotations

from typing import Any

NAMES = {
    "Ether": "Ethernet II", "Dot3": "IEEE 802.3 Ethernet", "Dot1Q": "802.1Q Virtual LAN",
    "Dot1AD": "802.1ad Service VLAN", "ARP": "Address Resolution Protocol", "IP": "Internet Protocol Version 4",
    "IPv6": "Internet Protocol Version 6", "TCP": "Transmission Control Protocol", "UDP": "User Datagram Protocol",
    "ICMP": "Internet Control Message Protocol", "DNS": "Domain Name System", "BOOTP": "Bootstrap Protocol",
    "DHCP": "Dynamic Host Configuration Protocol", "NTP": "Network Time Protocol", "CookedLinux": "Linux cooked v1",
    "CookedLinuxV2": "Linux cooked v2", "LLC": "Logical-Link Control", "STP": "Spanning Tree Protocol",
    "SNMP": "Simple Network Management Protocol", "SCTP": "Stream Control Transmission Protocol",
    "IPerror": "Internet Protocol Version 4 (quoted)", "TCPerror": "Transmission Control Protocol (quoted)",
    "UDPerror": "User Datagram Protocol (quoted)", "ICMPerror": "Internet Control Message Protocol (quoted)",
    "GRE": "Generic Routing Encapsulation", "VXLAN": "Virtual eXtensible LAN",
    "MPLS": "Multiprotocol Label Switching", "Dot11": "IEEE 802.11",
}  # fmt: skip
ENDS = {
    "Ether": ("src", "dst"), "Dot3": ("src", "dst"), "IP": ("src", "dst"), "IPv6": ("src", "dst"),
    "TCP": ("sport", "dport"), "UDP": ("sport", "dport"), "SCTP": ("sport", "dport"), "IPerror": ("src", "dst"),
    "ARP": ("psrc", "pdst"),
}  # fmt: skip
"""Two fields that stand in the title with an arrow between them."""
_FILTERS = {
    "Ether": {"src": "eth.src", "dst": "eth.dst", "type": "eth.type"},
    "Dot3": {"src": "eth.src", "dst": "eth.dst"},
    "CookedLinux": {"pkttype": "sll.pkttype", "proto": "sll.etype"},
    "Dot1Q": {"vlan": "vlan.id", "prio": "vlan.priority", "type": "vlan.etype"},
    "Dot1AD": {"vlan": "vlan.id", "prio": "vlan.priority", "type": "vlan.etype"},
    "MPLS": {"label": "mpls.label", "ttl": "mpls.ttl", "s": "mpls.bottom"},
    "GRE": {"proto": "gre.proto", "key": "gre.key"},
    "VXLAN": {"vni": "vxlan.vni"},
    "ARP": {
        "op": "arp.opcode", "psrc": "arp.src.proto_ipv4", "pdst": "arp.dst.proto_ipv4", "hwsrc": "arp.src.hw_mac",
        "hwdst": "arp.dst.hw_mac",
    },
    "IP": {
        "src": "ip.src", "dst": "ip.dst", "ttl": "ip.ttl", "proto": "ip.proto", "id": "ip.id", "len": "ip.len",
        "tos": "ip.dsfield", "flags": "ip.flags", "frag": "ip.frag_offset", "chksum": "ip.checksum",
    },
    "IPv6": {
        "src": "ipv6.src", "dst": "ipv6.dst", "hlim": "ipv6.hlim", "nh": "ipv6.nxt", "plen": "ipv6.plen",
        "fl": "ipv6.flow", "tc": "ipv6.tclass",
    },
    "TCP": {
        "sport": "tcp.srcport", "dport": "tcp.dstport", "window": "tcp.window_size_value", "flags": "tcp.flags",
        "seq": "tcp.seq_raw", "ack": "tcp.ack_raw", "chksum": "tcp.checksum", "urgptr": "tcp.urgent_pointer",
    },
    "UDP": {"sport": "udp.srcport", "dport": "udp.dstport", "len": "udp.length", "chksum": "udp.checksum"},
    "ICMP": {"type": "icmp.type", "code": "icmp.code", "id": "icmp.ident", "seq": "icmp.seq"},
    "ICMPv6ND_NS": {"type": "icmpv6.type", "tgt": "icmpv6.nd.ns.target_address"},
    "ICMPv6ND_NA": {"type": "icmpv6.type", "tgt": "icmpv6.nd.na.target_address"},
    "DNS": {
        "id": "dns.id", "qr": "dns.flags.response", "rcode": "dns.flags.rcode", "opcode": "dns.flags.opcode",
        "aa": "dns.flags.authoritative", "tc": "dns.flags.truncated", "rd": "dns.flags.recdesired",
        "ra": "dns.flags.recavail",
    },
    "BOOTP": {
        "xid": "dhcp.id", "ciaddr": "dhcp.ip.client", "yiaddr": "dhcp.ip.your", "siaddr": "dhcp.ip.server",
        "giaddr": "dhcp.ip.relay", "secs": "dhcp.secs",
    },
}  # fmt: skip


def text_filter(name: str, value: str) -> str:
    """A display filter for a text; "" where it was cut or holds what cannot be written in one."""
    plain = value.isascii() and value.isprintable() and not any(c in value for c in '"\\')
    return f'{name} == "{value}"' if plain and value and len(value) < LONGEST else ""


def title(kind: str, name: str, texts: dict[str, str]) -> str:
    """`Internet Protocol Version 4, 10.0.0.1 → 10.0.0.2`; `name` is what scapy calls the layer."""
    words = NAMES.get(kind, name or kind)
    ends = [texts[end] for end in ENDS.get(kind, ()) if end in texts]
    return f"{words}, {ends[0]} → {ends[1]}" if len(ends) == 2 else words


ANSWERS_ONLY = frozenset({"aa", "ra", "rcode"})
"""Bits of a DNS header that mean something in answers, and have a field there only."""
LONGEST = 250
"""Characters of a text that is written into a filter."""


def filter_for(kind: str, field: str, value: Any) -> str:
    """A display filter for a field's value: numbers and addresses only."""
    name = _FILTERS.get(kind, {}).get(field)
    if name is None:
        return ""
    if isinstance(value, str):
        return f"{name} == {value}" if value.replace(".", "").replace(":", "").isalnum() else ""
    try:
        return f"{name} == {int(value)}"
    except (TypeError, ValueError):
        return ""
