"""Display filters as cheat sheets and handbooks have them, which must pick the same packets as tshark."""

from __future__ import annotations

IDIOMS: tuple[str, ...] = (
    "eth.addr contains ff:ff", "arp && !(arp.src.proto_ipv4 == 0.0.0.0)", "vlan.dei == 0", "eapol.type == 3",
    "wlan.fc.type eq 0 and wlan.fc.subtype eq 12", "wlan.fc.tods == 1", "wlan.seq > 100",
    "wlan.fixed.status_code == 0", "ip.frag_offset > 0", "ip.id == 0x0000",
    "ip.src in {10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16} && !(ip.dst in {10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16})",
    "ip.src != ip.dst", "ip and !tcp and !udp", "not arp and not icmp and not dns", "!(arp or icmp or dns)",
    "ip.ttl == 64 and ip.flags.df", "ip.hdr_len + tcp.hdr_len > 50", "ipv6.flow > 0", "icmpv6.nd.ra.flag.o == 1",
    "tcp.dstport == 22 and tcp.flags.syn == 1", "tcp.flags.syn==1 and tcp.flags.ack==1",
    "tcp.flags.fin == 1 || tcp.flags.reset == 1", "tcp.flags.fin==1 && tcp.flags.push==1 && tcp.flags.urg==1",
    "tcp.flags.cwr == 1", "tcp.analysis.flags && !tcp.analysis.window_update",
    "tcp.analysis.flags and not tcp.analysis.keep_alive", "tcp.time_delta > 0.2 && tcp.len > 0",
    "tcp.window_size_value > 0 && tcp.window_size > 0", "tcp.checksum.status == 2", "len(tcp.payload) == tcp.len",
    "tcp.seq == 1 && tcp.ack == 1 && tcp.len == 0", "tcp.seq > tcp.ack", "tcp.ack_raw == tcp.seq_raw",
    "tcp.nxtseq > tcp.seq", "udp.port == 53 || tcp.port == 53", "udp.length - 8 == len(udp.payload)",
    "sctp.chunk_type == 0", "dns.qry.name.len > 15", "dns.qry.type == 1 && dns.flags.response == 0",
    "dns.resp.ttl > 86400", "dns.count.answers == 0 && dns.flags.response == 1", "dns.rr.udp_payload_size == 4096",
    "dns && udp.length > 200", "dns && frame.len > 512", "http.request and not ssdp", "http.request || http.response",
    'http.response.phrase == "OK"', "http.content_length == 0", 'http.server contains "Apache"',
    "tls.handshake.version == 0x0301", "tls.handshake.extensions_supported_group == 29",
    "tls.heartbeat_message.type == 1", "dhcp.option.type == 53", "dhcp.hw.mac_addr[0:3] == 00:0b:82",
    "ntp.flags.mode == 4", "snmp.msgVersion == 3", "ftp.response.code == 331", "smb.flags.response == 1",
    "smb2.nt_status != 0", "kerberos.etype == 23", "sip.Max-Forwards == 70", "bgp.type == 2",
    "isakmp.nextpayload == 1", 'ssdp and http.request.method == "M-SEARCH"', "count(dns.resp.name) > 3",
    "max(udp.srcport, udp.dstport) < 1024", "(ip.src == 192.168.0.0/16 && ip.dst == 192.168.0.0/16) || arp",
    "tcp.flags.syn == True && tcp.flags.ack == False", "ip.src[0:3] == ip.dst[0:3]", "eth.src[0:3] == eth.dst[0:3]",
    "eth.src == eth.dst", "tcp.dstport == 80 and tcp.payload", "tcp && !tcp.payload",
    "tcp && tcp.len == 0 && tcp.flags == 0x10", "tcp.port==80&&ip.ttl>60", 'ip.proto == "UDP" && udp.dstport < 1024',
    "ip.version == 6", "smb.pid > 10", "dns.retransmission == 1 && dns.flags.response == 0", "wlan.fc == 0x8000",
    "cdp.ttl > 100", "sctp.chunk_length > 20", "icmpv6 && data",
)  # fmt: skip
