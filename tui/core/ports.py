"""Ports by which a protocol is named, as Wireshark 4 registers them.

TCP_ANY and UDP_ANY name whatever comes from or to the port; of TCP_TESTED and UDP_TESTED the first bytes must fit.
"""

from __future__ import annotations

TCP_ANY: dict[str, tuple[int, ...]] = {
    "ECHO": (7,), "DAYTIME": (13,), "Chargen": (19,), "FTP-DATA": (20,), "FTP": (21,), "SSH": (22, 29418),
    "TELNET": (23,), "TIME": (37,), "Gopher": (70,), "POP": (110,), "RPC": (111,), "NNTP": (119,), "NTP": (123,),
    "BGP": (179,), "SMUX": (199,), "Z39.50": (210,), "ISAKMP": (500,), "EXEC": (512,), "Rlogin": (513,), "RSH": (514,),
    "LPD": (515,), "NCP": (524,), "DSI": (548,), "RTSP": (554, 7236, 8554), "MSDP": (639,), "RSYNC": (873,),
    "Socks": (1080,), "RMI": (1099,), "ICAP": (1344,), "PPTP": (1723,), "VICP": (1861,), "MSNMS": (1863,),
    "TPM": (2321, 2322), "CVSPSERVER": (2401,), "IEC 60870-5-104": (2404,), "ZEBRA": (2600,), "ATMTCP": (2812,),
    "AX4000": (3357,), "DISTCC": (3632,), "WOW": (3724,), "DIAMETER": (3868,), "ASAP": (3863,), "TFP over TCP": (4223,),
    "MIH": (4551,), "RSIP": (4555,), "Gearman": (4730,), "IPSICTL": (5010,), "VNC": (5500, 5501, 5900, 5901),
    "ELCOM": (5997,), "ECMP": (6160,), "Gnutella": (6346,), "RESP": (6379,), "IRC": (6667, 57000),
    "BitTorrent": tuple(range(6881, 6890)), "Nano Bootstrap": (7075,), "OMAPI": (7911,), "5co-legacy": (8004, 8010),
    "WOWW": (8085,), "Elasticsearch": (9300,), "ALLJOYN-NS": (9956,), "BEEP": (10288,), "MEMCACHE": (11211,),
    "PTP/IP": (15740,), "DB-LSP": (17500,), "PMPROXY": (44322,), "CBSP": (48049,), "AMS": (48898,), "giFT": (1213,),
    "NBSS": (139, 445), "TPKT": (102, 2099, 2944, 2945, 3389), "CoAP": (5683,), "AC DR": (925,),
}  # fmt: skip

TCP_TESTED: dict[str, tuple[int, ...]] = {
    "SMTP": (25, 587), "WHOIS": (43,), "TACACS+": (49,), "DNS": (53, 5353), "FINGER": (79,),
    "HTTP": (80, 8080, 8088, 2710, 1900, 5985, 11371, 3128, 3132, 3689, 631, 2869), "KRB5": (88,), "IMAP": (143,),
    "SNMP": (161, 162), "LDAP": (389, 3268), "KPASSWD": (464,), "Modbus/TCP": (502,), "AgentX": (705,),
    "OpenVPN": (1194,), "TDS": (1433, 2433), "TNS": (1521,), "MQTT": (1883,), "RTMP": (1935,), "XOT": (1998,),
    "PTP": (), "SKINNY": (2000,), "GTP": (2123, 2152), "STUN": (3478,), "MySQL": (3306,), "NVMe/TCP": (4420,),
    "CFLOW": (4739,), "OpcUa": (4840,), "SIP": (5060,), "XMPP": (5222,), "PGSQL": (5432,), "AMQP": (5672,),
    "X11": tuple(range(6000, 6064)), "OpenFlow": (6653,), "AJP13": (8009,), "CQL": (9042,), "Kafka": (9092,),
    "GIT": (9418,), "ENIP": (44818,), "DNP 3.0": (20000,), "iSCSI": (), "JDWP": (9009,), "synergy": (24800,),
    "TLS": (
        3249, 1300, 465, 3250, 3251, 3252, 27017, 5671, 853, 5868, 5684, 2443, 19999, 324, 5061, 802, 3496, 993, 8883,
        995, 11207, 443, 636, 2221,
    ),
}  # fmt: skip

UDP_ANY: dict[str, tuple[int, ...]] = {
    "ECHO": (7,), "DAYTIME": (13,), "Chargen": (19,), "TIME": (37,), "DNS": (53,), "TFTP": (69,),
    "RPC": (111,), "NTP": (123,), "NBNS": (137,), "NBDS": (138,), "SNMP": (161, 162, 8161), "XYPLEX": (173,),
    "IPX": (213,), "packetbb": (269,), "CLDAP": (389,), "SRVLOC": (427,), "MobileIP": (434,), "KPASSWD": (464,),
    "Auto-RP": (496,), "ISAKMP": (500,), "WHO": (513,), "Syslog": (514,), "RIP": (520,), "RIPng": (521,), "NCP": (524,),
    "TSP": (525,), "DHCPv6": (546, 547), "CUPS": (631,), "AODV": (654,), "LMP": (701,), "DLEP": (854,), "KINK": (910,),
    "lw_res": (921,), "AC DR": (925,), "FIND": (1001,), "SEBEK": (1101,), "LTP Segment": (1113,),
    "ANSI C12.22": (1153,), "OpenVPN": (1194,), "PKTC": (1293, 2246), "CN/IP": (1628, 1629),
    "RADIUS": (3799, 1812, 1813, 1645, 1646, 1700),
    "H.225.0": (1718, 1719), "MSproxy": (1745,), "MSMMS": (1755,), "SSDP": (1900,), "CIP I/O": (2222,), "AMT": (2268,),
    "IAPP": (2313,), "KNET": (2345,), "WLCCP": (2887,), "H.248": (2945,), "WSP": (2948, 9200), "DIS": (3000,),
    "TPCP": (3121,), "ICP": (3130,), "HICP": (3250,), "AX4000": (3357,), "RDPUDP": (3389,), "SABP": (3452,),
    "RSVP": (3455,), "BFD Control": (3784, 4784, 6784, 7784), "BFD Echo": (3785,), "ASAP": (3863,),
    "BAT_BATMAN": (4305,), "BAT_GW": (4306,), "BAT_VIS": (4307,), "LISP": (4341, 4342), "MIH": (4551,), "RSIP": (4555,),
    "IAX2": (4569,), "RRoCE": (4791,), "VITA 49": (4991,), "DMP": (5031,), "AYIYA": (5072,),
    "CAPWAP-Control": (5246,), "CAPWAP-Data": (5247,), "MDNS": (5353,), "LLMNR": (5355,), "MIPv6": (5436,),
    "CoAP": (5683,), "DPNET": (6073,), "TIPC": (6118,), "ECMP": (6160,), "DCC": (6277,), "MPLS": (6635,),
    "RDT": (6970,),
    "5co-legacy": (7010,), "TETRA": (7074,), "Nano": (7075,), "IDN": (7255,), "ULP": (7275,), "ADP": (8200,),
    "ASTERIX": (8600,), "TS2": (8767,), "PFCP": (8805,), "IPVS": (8848,), "ALC": (9214,),
    "openSAFETY over UDP": (9877,), "SCTP": (9899,), "ENRP": (9901,), "ALLJOYN-NS": (9956,), "EAPOL": (10253,),
    "MEMCACHE": (11211,), "Vuze-DHT": (11273,), "LWAPP": (12222, 12223), "IEEE1722": (17220,), "DB-LSP-DISC": (17500,),
    "SCoP": (17755, 17756), "RakNet": (19132,), "KDP": (19948,), "A21": (23272,), "MINT": (24576, 24577),
    "collectd": (25826,), "QUAKE": (26000,), "QUAKEWORLD": (27500,), "QUAKE2": (27910,),
    "QUAKE3": (27950, 27951, 27952, 27953, 27960, 27961, 27962, 27963), "UAUDP": (32000, 32512), "PNIO": (34962,),
    "TZSP": (37008,), "MANOLITO": (41170,), "ENIP": (44818,), "HCrt": (47000,), "Elasticsearch": (54328,),
    "sFlow": (6343,), "TPKT": (2099,), "GRE": (4754,), "WTP+WSP": (9201,), "WTLS+WSP": (9202,),
    "WTLS+WTP+WSP": (9203,), "CFLOW": (2055, 4739, 9996), "DTLS": (853, 2221, 5684, 5868), "BOOTP": (67, 68, 4011),
    "HSRP": (1985, 2029), "GLBP": (3222,), "L2TP": (1701,), "VXLAN": (4789, 4790), "Geneve": (6081,),
    "GTP": (2123, 2152), "SAP": (9875,), "BACnet": (47808,), "STUN": (3478,),
}  # fmt: skip

UDP_TESTED: dict[str, tuple[int, ...]] = {
    "KRB5": (88,), "PTPv2": (319, 320), "XDMCP": (177,), "RMCP": (623,), "OLSR v1": (698,), "TACACS": (49,),
    "SliMP3": (1069,), "UDPENCAP": (4500,), "SIP": (5060,), "NAT-PMP": (5350, 5351), "Teredo": (3544,),
    "AJP13": (), "TPLINK-SMARTHOME": (9999,), "DNP 3.0": (20000,), "RTPproxy": (22222,), "MNDP": (5678,),
}  # fmt: skip

STICKY: tuple[str, ...] = (
    "BitTorrent", "VNC", "QUIC", "TLS", "HTTP", "DTLS", "STUN", "RTSP",
    "DCERPC", "WireGuard", "BT-DHT", "RPC", "NFS", "MOUNT", "Portmap", "YMSG", "HTTP2", "GIOP",
)  # fmt: skip
"""Recognised by a banner and named for the rest of their flow, whatever the port."""
