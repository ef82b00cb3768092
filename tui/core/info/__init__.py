"""Info: one line per packet with the facts an engineer wants, as Wireshark's Info column gives them.

A table leads from the name of a protocol to a small parser, one file per family. Only rows that a person or a file asks
for are ever built.
"""

from __future__ import annotations

from tui.core.columns import Columns, Mark
from tui.core.frames import from_packets
from tui.core.info import (
    databases,
    devices,
    dhcp,
    dns,
    icmp,
    infra,
    lines,
    link,
    routing,
    tls,
    transport,
    tunnels,
    web,
    windows,
    wlan,
)
from tui.core.info.packet import LIMIT, TCP, Packet, Parser
from tui.core.inner import innermost, tunnelled
from tui.core.readers.cursor import Short
from tui.core.text import ELLIPSIS

PARSERS: dict[str, Parser] = {
    "TCP": transport.tcp, "UDP": transport.udp, "UDP-Lite": transport.udp, "SCTP": transport.sctp,
    "DCCP": transport.dccp, "IPv4": transport.ip, "IPv6": transport.ip, "GRE": transport.gre, "ESP": transport.esp,
    "ICMP": icmp.icmp, "ICMPv6": icmp.icmpv6,
    "IGMP": icmp.igmp, "IGMPv0": icmp.igmp, "IGMPv1": icmp.igmp, "IGMPv2": icmp.igmp, "IGMPv3": icmp.igmp,
    "ARP": link.arp, "RARP": link.arp, "DRARP": link.arp, "Inverse ARP": link.arp, "STP": link.stp,
    "LLDP": link.lldp, "CDP": link.cdp, "EAPOL": link.eapol, "LOOP": link.loop, "PPPoED": link.pppoe_discovery,
    "PPP LCP": link.ppp_control, "PPP IPCP": link.ppp_control, "PPP IPV6CP": link.ppp_control,
    "PPP CCP": link.ppp_control, "802.11": wlan.wlan,
    "DNS": dns.dns, "DNS-over-TCP": dns.dns, "MDNS": dns.dns, "LLMNR": dns.dns, "NBNS": dns.nbns,
    "DHCP": dhcp.dhcp, "BOOTP": dhcp.dhcp, "DHCPv6": dhcp.dhcpv6,
    "TLS": tls.tls, "SSL": tls.tls, "DTLS": tls.dtls, "QUIC": tls.quic,
    "HTTP": web.http, "SSDP": web.http, "HTTP2": web.http2, "GRPC": web.http2,
    "SSH": tunnels.ssh, "SSHv1": tunnels.ssh, "WireGuard": tunnels.wireguard, "ISAKMP": tunnels.isakmp,
    "UDPENCAP": tunnels.esp_in_udp, "NAT-KEEPALIVE": tunnels.esp_in_udp, "OpenVPN": tunnels.openvpn,
    "VXLAN": tunnels.vxlan, "Geneve": tunnels.geneve, "GTP": tunnels.gtp, "L2TP": tunnels.l2tp,
    "NTP": infra.ntp, "SNMP": infra.snmp, "Syslog": infra.syslog, "TFTP": infra.tftp, "RADIUS": infra.radius,
    "STUN": infra.stun, "RPC": infra.rpc, "Portmap": infra.rpc, "NFS": infra.rpc, "MOUNT": infra.rpc,
    "DAYTIME": infra.daytime, "TIME": infra.daytime,
    "OSPF": routing.ospf, "BGP": routing.bgp, "RIP": routing.rip, "EIGRP": routing.eigrp, "VRRP": routing.vrrp,
    "HSRP": routing.hsrp, "PIMv0": routing.pim, "PIMv1": routing.pim, "PIMv2": routing.pim, "BFD Control": routing.bfd,
    "FTP": lines.ftp, "FTP-DATA": lines.ftp_data, "SMTP": lines.smtp, "SMTP/IMF": lines.smtp, "POP": lines.pop,
    "IMAP": lines.imap, "IRC": lines.irc, "SIP": lines.sip, "SIP/SDP": lines.sip, "TELNET": lines.telnet,
    "RESP": lines.redis, "Memcache": lines.memcached, "RTSP": lines.first_line, "WHOIS": lines.first_line,
    "FINGER": lines.first_line, "Gnutella": lines.first_line, "RSYNC": lines.first_line, "VNC": lines.first_line,
    "NNTP": lines.first_line, "XMPP": lines.first_line, "JSON": lines.first_line,
    "MySQL": databases.mysql, "PGSQL": databases.postgresql, "TDS": databases.tds, "MONGO": databases.mongo,
    "SMB": windows.smb, "SMB2": windows.smb, "NBSS": windows.nbss, "NBDS": windows.nbds, "BROWSER": windows.browser,
    "KRB5": windows.kerberos, "LDAP": windows.ldap, "CLDAP": windows.ldap, "RDP": windows.tpkt, "TPKT": windows.tpkt,
    "COTP": windows.tpkt, "DCERPC": windows.dcerpc,
    "Modbus/TCP": devices.modbus, "MQTT": devices.mqtt, "CoAP": devices.coap, "RTP": devices.rtp,
    "RTCP": devices.rtcp,
}  # fmt: skip


def info(columns: Columns, row: int, data: bytes) -> str:
    """The info text of one row, whose captured bytes are `data`. Never raises; one printable line."""
    if columns.marks[row] & Mark.INNER:
        one = columns.select(slice(row, row + 1))
        frames = from_packets([data], int(one.linktype[0]))
        columns, row = innermost(one, frames, tunnelled(one)).get(0, (one, 0))
    return describe(Packet.of(columns, row, data))


def describe(packet: Packet) -> str:
    """The info text of a packet: what its protocol says, else what its transport says."""
    text = ""
    parser = PARSERS.get(packet.protocol)
    if parser is not None:
        try:
            text = parser(packet)
        except Short:
            text = ""
    text = text or transport.plain(packet)
    if packet.ip_proto == TCP:
        text = transport.analysis_text(packet.marks) + text
    return text if len(text) <= LIMIT else text[: LIMIT - 1] + ELLIPSIS
