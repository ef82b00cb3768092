"""The catalogue of rules: for each identifier its number, title, ATT&CK techniques and Suricata class."""

from __future__ import annotations

from dataclasses import dataclass

RECON = "Attempted Information Leak"
FLOOD = "Attempted Denial of Service"
LOGIN = "Attempted User Privilege Gain"
CONTROL = "Malware Command and Control Activity Detected"
BAD = "Potentially Bad Traffic"
POLICY = "Potential Corporate Privacy Violation"
INFO = "Not Suspicious Traffic"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is fixed about a rule. `number` is added to 7,700,000 for the signature id: never give one out twice."""

    number: int
    title: str
    attack: tuple[str, ...] = ()
    category: str = BAD
    revision: int = 1


RULES: dict[str, Rule] = {
    "scan.vertical": Rule(1, "Vertical port scan", ("T1046",), RECON),
    "scan.horizontal": Rule(2, "Horizontal port scan", ("T1046", "T1595.001"), RECON),
    "scan.random": Rule(3, "Scan of many hosts and ports", ("T1046", "T1595.001"), RECON),
    "scan.slow_trw": Rule(4, "Slow scan", ("T1046",), RECON),
    "scan.distributed": Rule(5, "Distributed or decoy port scan", ("T1046",), RECON),
    "scan.icmp_sweep": Rule(6, "Ping sweep", ("T1018",), RECON),
    "scan.arp": Rule(7, "ARP scan", ("T1018",), RECON),
    "tcp.illegal_flags": Rule(8, "Illegal TCP flags", ("T1046",), RECON),
    "sensitive_port": Rule(9, "Sensitive services tried", ("T1133", "T1021"), RECON),
    "flood.syn": Rule(20, "SYN flood", ("T1499.001",), FLOOD),
    "flood.icmp": Rule(21, "ICMP flood", ("T1498.001",), FLOOD),
    "flood.udp": Rule(22, "UDP flood", ("T1498.001",), FLOOD),
    "flood.ack": Rule(23, "ACK flood", ("T1498.001",), FLOOD),
    "flood.rst": Rule(24, "RST storm", ("T1498.001",), FLOOD),
    "amplification": Rule(25, "Reflected amplification attack", ("T1498.002",), FLOOD),
    "dos.slowloris": Rule(26, "Slow HTTP denial of service", ("T1499.002",), FLOOD),
    "arp.spoof": Rule(40, "ARP spoofing", ("T1557.002",)),
    "arp.moved": Rule(41, "Address moved to another MAC", (), INFO),
    "mac.flood": Rule(42, "MAC address flood", ("T1040",), FLOOD),
    "dhcp.rogue": Rule(43, "Rogue DHCP server", ("T1557.003",)),
    "dhcp.starvation": Rule(44, "DHCP starvation", ("T1499",), FLOOD),
    "ipv6.ra_new": Rule(45, "Unknown IPv6 router", ("T1557",)),
    "wifi.deauth": Rule(46, "802.11 deauthentication flood", ("T1498",), FLOOD),
    "tunnel.dns": Rule(60, "DNS tunnel", ("T1071.004", "T1572"), CONTROL),
    "dns.nxdomain_burst": Rule(61, "Burst of names that do not exist", ("T1568.002",), CONTROL),
    "tunnel.icmp": Rule(62, "ICMP tunnel", ("T1095", "T1572"), CONTROL),
    "beacon": Rule(63, "Regular contacts to an outside host", ("T1071", "T1573"), CONTROL),
    "exfil.volume": Rule(64, "Large upload to an outside host", ("T1048", "T1041"), BAD),
    "conn.long": Rule(65, "Long connection", ("T1071",), INFO),
    "tls.unusual_port": Rule(66, "TLS on an unusual port", ("T1571",), BAD),
    "brute.ssh": Rule(80, "Repeated short SSH sessions", ("T1110.001",), LOGIN),
    "brute.ftp": Rule(81, "FTP password guessing", ("T1110.001",), LOGIN),
    "brute.http": Rule(82, "HTTP password guessing", ("T1110.001",), LOGIN),
    "brute.smb": Rule(83, "SMB password guessing", ("T1110.001",), LOGIN),
    "brute.rdp": Rule(84, "Repeated short RDP sessions", ("T1110.001",), LOGIN),
    "brute.mysql": Rule(85, "MySQL password guessing", ("T1110.001",), LOGIN),
    "brute.postgresql": Rule(86, "PostgreSQL password guessing", ("T1110.001",), LOGIN),
    "brute.redis": Rule(87, "Redis password guessing", ("T1110.001",), LOGIN),
    "brute.mail": Rule(88, "Mail password guessing", ("T1110.001",), LOGIN),
    "brute.telnet": Rule(90, "Telnet password guessing", ("T1110.001",), LOGIN),
    "cleartext.credentials": Rule(89, "Credentials in clear text", ("T1552", "T1040"), POLICY),
    "volume.rise": Rule(100, "Traffic rises far above its usual level", ("T1498",), BAD),
    "volume.fall": Rule(101, "Traffic falls far below its usual level", (), BAD),
    "size.irregular": Rule(102, "Irregular packet sizes", ("T1095",), BAD),
    "device.new": Rule(103, "New device", ("T1200",), INFO),
    "nettui.storm": Rule(200, "Alert storm", (), BAD),
    "nettui.detector": Rule(201, "A detector was switched off", (), BAD),
    "nettui.link": Rule(202, "The link is down", (), INFO),
}
