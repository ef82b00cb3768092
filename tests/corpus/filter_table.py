"""Display filters that must pick the same packets as tshark; by what they are about."""

from __future__ import annotations

from tests.corpus.idioms import IDIOMS

EXPRESSIONS: tuple[str, ...] = (
    # protocols and their absence
    "tcp", "udp", "arp", "icmp", "icmpv6", "igmp", "sctp", "dns", "mdns", "llmnr", "nbns", "dhcp", "dhcpv6", "http",
    "tls",
    "quic", "ssh", "ntp", "snmp", "smtp", "ftp", "sip", "telnet", "ip", "ipv6", "eth", "vlan", "gre", "vxlan", "mpls",
    "pppoes", "stp", "lldp", "ospf", "bgp", "kerberos", "wg", "mqtt", "rdp", "frame", "!tcp", "not (tcp or udp)",
    "tcp && !ip", "tcp or udp and icmp", "ip and not not udp",
    # frame
    "frame.len > 1000", "frame.len <= 60 || icmp", "frame.cap_len < frame.len", "frame.number in {1..5, 10}",
    "frame.number == 3", "frame.time_relative > 0.5", "frame.time_delta > 0.01", "frame.time_epoch > 1300000000.5",
    'frame.time >= "2015-01-01 00:00:00Z"', 'frame contains "HTTP"', 'frame matches "user-?agent"',
    "frame[0:2] == ff:ff",
    "frame[-1] == 00", "frame[12:2] == 0800", "frame contains 00:01:02",
    # link
    "eth.addr == ff:ff:ff:ff:ff:ff", "eth.dst[0] & 1", "eth.src[0:3] == 00:0c:29", "eth.type == 0x0800",
    "eth.type != 0x0800",
    "eth.dst > 01:00:00:00:00:00", "eth.dst.ig == 1", "eth.src.lg == 1", "vlan.id == 1", "vlan.id == 10",
    "vlan.id > 10",
    "vlan.priority == 0", "vlan.etype == 0x0800", "arp.opcode == 2",
    "arp.opcode == 1 && arp.dst.hw_mac == 00:00:00:00:00:00",
    "arp.src.proto_ipv4 == arp.dst.proto_ipv4", "arp.src.proto_ipv4 == 192.168.0.0/16", "arp.src.hw_mac",
    # ip
    "ip.addr == 10.0.0.0/8", "ip.addr != 10.0.0.1", "!(ip.addr == 192.168.0.0/16)", "ip.addr != 192.168.0.0/16",
    "ip.src == 192.168.0.0/16 and tcp", "ip.dst in {224.0.0.0/4, 255.255.255.255}", "ip.src == ip.dst",
    "ip.src > ip.dst",
    "ip.src in {10.0.0.0..10.255.255.255}", "all ip.addr == 10.0.0.0/8", "any ip.addr == 10.0.0.0/8",
    "ip.addr === 10.0.0.0/8",
    "ip.addr !== 10.0.0.0/8", "ip.addr#1 == 10.0.0.0/8", "ip.addr#2", "ip.src[0] == c0", "ip.src[0:2] == c0:a8",
    "ip.ttl < 10",
    "ip.ttl == 64", "ip.proto == 17", 'ip.proto == "TCP"', "ip.version == 4", "ip.hdr_len > 20", "ip.len > 500",
    "ip.id == 0",
    "ip.flags.df == 1", "ip.flags.mf == 1 or ip.frag_offset > 0", "ip.flags == 2", "ip.dsfield != 0",
    "ip.dsfield.dscp > 0",
    "ip.checksum & 0xff == 0x10", 'ip.host matches "^10[.]"', 'ip.dst_host == "255.255.255.255"',
    "count(ip.addr) > 2", "len(ip.src) == 4",
    "ipv6.addr == fe80::/10", "ipv6.src == ::", "ipv6.dst == ff02::/16", "ipv6.hlim == 255", "ipv6.nxt == 58",
    "ipv6.plen > 100",
    "ipv6.flow == 0", "ipv6.tclass == 0", "ipv6.addr != fe80::/10", "ipv6.src > fe80::", "ipv6.src[0:2] == fe:80",
    # icmp
    "icmp.type == 8", "icmp.type == 3 && icmp.code == 3", "icmp.type in {0, 8}", "icmp.ident > 1000", "icmp.seq == 1",
    "icmpv6.type == 135", "icmpv6.type >= 133 && icmpv6.type <= 136", "icmpv6.code == 0", "igmp.type == 0x16",
    # tcp
    "tcp.port == 443", "tcp.port != 443", "!(tcp.port == 443)", "tcp.srcport == 80 or tcp.dstport == 80",
    "tcp.dstport >= 1024 and tcp.dstport <= 2048", "tcp.port in {80, 443, 8000..8080}", "tcp.port not in {80, 443}",
    "tcp.srcport < tcp.dstport", "tcp.srcport == tcp.dstport", "all tcp.port > 1023", "tcp.port ~= 80",
    "tcp.port eq 0x50",
    "tcp.flags.syn == 1 && tcp.flags.ack == 0", "tcp.flags.reset == 1", "tcp.flags.fin == True", "tcp.flags == 0x002",
    "tcp.flags & 0x02", "tcp.flags & 0x12 == 0x12", "tcp.flags.push", "tcp.flags.ece == 1", "tcp.len > 0",
    "tcp.len == 0",
    "tcp.len + 20 > 500", "tcp.hdr_len > 20", "tcp.window_size_value == 0", "tcp.window_size_value < 1000",
    "tcp.seq == 0", "tcp.seq == 1", "tcp.seq > 1000", "tcp.ack == 1", "tcp.ack > 1000", "tcp.ack == 0",
    "tcp.window_size > 65535", "tcp.window_size < 1000", "tcp.window_size == 0", "ip.opt.type", "ip.opt.type == 148",
    "ip.opt.len > 4", "tcp.seq_raw > 2147483648",
    "tcp.ack_raw == 0", "tcp.checksum == 0", "tcp.urgent_pointer != 0", "tcp.stream == 0",
    "tcp.stream > 2", "tcp.options.mss_val == 1460", "tcp.options.wscale.shift > 5", "tcp.options.sack_perm",
    "tcp.options.timestamp.tsval > 0", "tcp.option_kind == 8", "tcp.payload", 'tcp.payload contains "GET"',
    "tcp.payload[0:2] == 16:03", "tcp[13] & 2", "tcp[0:2] == 00:50", 'tcp contains "HTTP/1."',
    'tcp matches "^.{20}GET "',
    "max(tcp.srcport, tcp.dstport) > 50000", "min(tcp.srcport, tcp.dstport) < 1024",
    'string(tcp.dstport) matches "^80"',
    "tcp.analysis.retransmission", "tcp.analysis.zero_window", "tcp.analysis.duplicate_ack",
    "tcp.analysis.lost_segment",
    "tcp.analysis.keep_alive", "tcp.analysis.out_of_order", "tcp.analysis.fast_retransmission",
    "tcp.analysis.window_full",
    # udp
    "udp.port in {53, 67, 68, 123}", "udp.port == 5353", "udp.length > 100", "udp.checksum == 0", "udp.stream == 1",
    "udp.payload[0] == 00", "udp.srcport == udp.dstport", "udp[4:2] == 00:2f", "len(udp.payload) > 200",
    "sctp.port > 0",
    # dns
    "dns.flags.response == 1", "dns.flags.response == 0 && dns", 'dns.qry.name contains "com"',
    'dns.qry.name matches "^www"',
    "dns.qry.type == 28", "dns.qry.type in {1, 12}", "dns.flags.rcode != 0", "dns.flags.rcode == 3",
    "dns.count.answers > 2",
    "dns.a", "dns.a == 10.0.0.0/8", "dns.aaaa", "dns.cname", "dns.resp.ttl < 60", "dns.resp.type == 5",
    "dns.id > 0x8000",
    "dns.flags.recdesired == 1", "dns.flags.authoritative == 1", "dns.flags.opcode != 0", "len(dns.qry.name) > 20",
    'lower(dns.qry.name) contains "a"', 'upper(dns.qry.name) contains "A"', "count(dns.a) > 1",
    'dns.qry.name == "<Root>"',
    "dns.txt", "dns.qry.name.len > 30", "dns.ptr.domain_name", "dns.srv.port", "nbns.name", "nbns.flags.response == 0",
    # http
    "http.request", "http.response", 'http.request.method == "GET"', "http.request.method == POST",
    "http.response.code == 200",
    "http.response.code >= 400", 'http.host contains "."', 'http.user_agent contains "Mozilla"',
    'http.request.uri contains "/"',
    'http.content_type contains "html"', "http.cookie", "http.referer", "http.server", "http.authorization",
    'http.request.version == "HTTP/1.1"', 'http.request.full_uri matches "^http://"', "http.content_length > 100",
    # tls, quic
    "tls.handshake", "tls.handshake.type == 1", "tls.handshake.type == 2", "tls.handshake.type == 11", "tls.app_data",
    "tls.handshake.extensions_server_name", 'tls.handshake.extensions_server_name contains "g"', "tls.alert_message",
    "tls.handshake.version == 0x0303", "tls.record.version == 0x0301", "tls.record.content_type == 22",
    'tls.handshake.extensions_alpn_str == "h2"', "tls.handshake.ciphersuite == 0x1301", "tls.change_cipher_spec",
    "quic.version", "quic.long.packet_type == 0", "quic.header_form == 1", "quic.dcid", "quic.scid",
    # dhcp and others
    "dhcp.option.dhcp == 1", "dhcp.type == 2", "dhcp.hw.mac_addr", "dhcp.ip.your != 0.0.0.0", "dhcp.option.hostname",
    "dhcp.option.requested_ip_address", "ssh.protocol", 'ssh.protocol contains "OpenSSH"', "ntp.flags.mode == 3",
    "ntp.stratum > 1", "snmp.version == 0", "snmp.community", "smb2.cmd == 1", "smb.cmd == 0x72",
    # what was added later
    'frame.protocols contains "tls"', 'frame.protocols contains "udp:dns"', 'frame.protocols == "eth:ethertype:arp"',
    'frame.protocols contains "gre"', 'frame.protocols contains "vlan"',
    "eth.ig == 1", "eth.lg == 1", "eth.addr.oui == 0x000c29", "arp.isgratuitous == 1",
    "arp.isprobe", "ipv6.fraghdr", "ipv6.fraghdr.offset > 0", "ipv6.hopopts", "ipv6.routing", "ipv6.dstopts",
    "icmp.mtu > 0", "icmpv6.mtu > 0", "icmpv6.nd.ns.target_address", "icmpv6.nd.ns.target_address == fe80::/10",
    "icmpv6.nd.na.target_address", "icmpv6.nd.na.flag.s == 1", "icmpv6.opt.type == 1", "icmpv6.opt.linkaddr",
    "icmpv6.opt.prefix", "igmp.maddr == 224.0.0.0/4",
    "tcp.time_delta > 1", "tcp.time_delta == 0", "tcp.time_relative > 5",
    "udp.time_delta > 0.5", "udp.time_relative > 1",
    'tcp.flags.str contains "S"', "tcp.nxtseq == 1", "tcp.nxtseq > 1000", "tcp.connection.syn", "tcp.connection.synack",
    "tcp.connection.fin", "tcp.connection.rst", "tcp.options.mss", "tcp.options.timestamp", "tcp.options.nop",
    "tcp.options.sack", "tcp.analysis.spurious_retransmission", "tcp.analysis.keep_alive_ack",
    "tcp.analysis.reused_ports", "tcp.analysis.window_update", "tcp.analysis.flags",
    "tcp.analysis.ack_lost_segment", "tcp.analysis.zero_window_probe", "tcp.analysis.zero_window_probe_ack",
    'ftp.request.command == "PASS"', "ftp.request", "ftp.response.code == 530", 'ftp.response.arg contains "login"',
    'smtp.req.command == "MAIL"', "smtp.response.code == 250", 'smtp.req.parameter contains "@"',
    'sip.Method == "INVITE"', "sip.Status-Code >= 400", "sip.Call-ID", 'sip.To contains "sip"', "mqtt.msgtype == 1",
    "modbus.func_code == 3", "mbtcp.unit_id == 1", "dhcpv6.msgtype == 1", "gre.proto == 0x0800", "gre.key",
    "vxlan.vni > 0", "mpls.label > 0", "mpls.bottom == 1", "pppoe.session_id > 0", "ppp.protocol == 0x0021",
    'http.request.line contains "Host"', 'http.response.line contains "text/html"', "http.authbasic",
    'tls.handshake.ja3 matches "^[0-9a-f]{32}$"', 'tls.handshake.ja3_full contains "771"', "tls.handshake.ja3s",
    "tls.handshake.extensions_ec_point_format == 0", "ssdp", "radius", "syslog.facility > 0", "dtls", "rtp", "stun",
    # known to differ somewhere, and asked for all the same
    "tls.record.content_type == 23", "tcp.analysis.bytes_in_flight", "tcp.completeness == 31", "smb2.filename",
    "kerberos.CNameString", "kerberos.realm", "isakmp.exchangetype", "icmp and data.len > 48",
    "tcp.analysis.duplicate_ack_num > 2", "wlan.rsn.akms.type == 2",
    *IDIOMS,
)  # fmt: skip

KNOWN_DIFFERENCES: dict[str, dict[str, tuple[str, ...]]] = {
    "SSH is told by its banner on any port; Wireshark goes by the port": {
        "zeek_ssh-on-port-80.pcap": (
            "http",
            "ssh",
            "ssh.protocol",
            'ssh.protocol contains "OpenSSH"',
        ),
        "brute_ssh_port902.pcap": (
            "ssh",
            "ssh.protocol",
            'ssh.protocol contains "OpenSSH"',
        ),
    },
    "QUIC is QUIC, though TLS is spoken in its first packets": {
        "zeek_curl-8.1.2-dev-http3-www-google-de.pcap": (
            "tls",
            'frame.protocols contains "tls"',
        ),
        "arp_spoof_mitm_bettercap.pcapng": (
            "tls",
            'frame.protocols contains "tls"',
        ),
    },
    "a TLS record found where Wireshark has lost the thread, or the other way round": {
        "desktop_idle.pcap": (
            "tls",
            "tls.app_data",
            'frame.protocols contains "tls"',
            "tls.record.content_type == 23",
        ),
        "ndpi_6in4tunnel.pcap": (
            "tls",
            'frame.protocols contains "tls"',
        ),
    },
    "probes of a scan: what their first bytes show is said, Wireshark wants more of them": {
        "scan_udp.pcapng": (
            "ntp",
            "kerberos",
            "ntp.flags.mode == 3",
            'frame.protocols contains "tls"',
            "dtls",
            "kerberos.realm",
            "isakmp.exchangetype",
            "icmp and data.len > 48",
        ),
    },
    "TLS 1.3 hides what its records are: Wireshark then calls the field tls.record.opaque_type": dict.fromkeys(
        (
            "arkime_curl-enabled-tls13.pcap",
            "arkime_tls-split-client-hello.pcap",
            "phone_startup.pcap",
            "arp_spoof_mitm_bettercap.pcapng",
            "beacon_https_3s_jitter.pcap",
        ),
        ("tls.record.content_type == 23",),
    ),
    "bytes in flight after keep-alives, and after segments that were missed": dict.fromkeys(
        ("desktop_idle.pcap", "phone_startup.pcap", "brute_ssh_port902.pcap", "malware_asyncrat_c2.pcap"),
        ("tcp.analysis.bytes_in_flight",),
    ),
    "a data connection that FTP has announced: Wireshark leaves out its SYN": {
        "zeek_ipv4.pcap": ("tcp.completeness == 31",),
    },
    "Wireshark remembers which file a handle stands for": {
        "zeek_smb2readwrite.pcap": ("smb2.filename",),
    },
    "duplicates of which every packet was captured twice": {
        "arp_spoof_mitm_bettercap.pcapng": ("tcp.analysis.duplicate_ack_num > 2",),
    },
    "elements that a key exchange repeats": {
        "phone_startup.pcap": ("wlan.rsn.akms.type == 2",),
        "wifi_deauth.cap": ("wlan.rsn.akms.type == 2",),
    },
    "a mail whose first segment was lost is SMTP here": {
        "zeek_smtp.pcap": ("smtp",),
    },
    "a length of 0 from segmentation offload is taken as it stands": {
        "desktop_idle.pcap": ("ip.len > 500",),
    },
    "of eight quoted bytes the sequence number is shown as sent": {
        "scan_horizontal_iot_malware.pcap": ("tcp.seq > 1000",),
    },
    "Wireshark ties the answer to a server port of SNMP and TFTP to a conversation of its own": {
        "ndpi_snmp.pcap": (
            "udp.stream == 1",
            "udp.time_delta > 0.5",
            "udp.time_relative > 1",
        ),
        "scan_udp.pcapng": (
            "udp.time_delta > 0.5",
            "udp.time_relative > 1",
        ),
    },
    "a second SYN-ACK is compared with the first one, not with the last": {
        "backscatter_synack.pcap": ("tcp.analysis.reused_ports",),
    },
    "RTP that SIP announces is UDP": {
        "ndpi_sip.pcap": ("rtp",),
    },
}
"""Why some filters pick other packets: the captures where, and the filters."""

BELOW_FLOOR = frozenset(
    {
        # by choice: a protocol is told by what it says, on any port, and QUIC is not called TLS
        "ssh", "ssh.protocol", 'ssh.protocol contains "OpenSSH"', "tls", 'frame.protocols contains "tls"',
        # Wireshark begins a second conversation where SNMP or TFTP is met
        "udp.time_delta > 0.5", "udp.time_relative > 1",
        # more than one capture of the kinds above
        "tls.record.content_type == 23", "tcp.analysis.bytes_in_flight", "wlan.rsn.akms.type == 2",
    }
)  # fmt: skip
"""Filters that agree on fewer captures than all others do; each difference has its reason above."""
