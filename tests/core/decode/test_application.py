"""Names by port and by first bytes."""

from __future__ import annotations

import re
import struct

import pytest

from tests.core.decode.packets import ethernet, ipv4, see, tcp, udp

TLS = b"\x16\x03\x01\0\x05hello"
QUIC = b"\xc3\0\0\0\1\x08" + bytes(60)
STUN = b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12)
SMB2 = b"\xfeSMB" + bytes(60)
DHCP = bytes(236) + b"\x63\x82\x53\x63\x35\1\1\xff"


@pytest.mark.parametrize(("port", "payload", "name"), [
    (443, TLS, "TLS"), (9443, TLS, "TLS"), (443, TLS[:7], "TCP"), (80, b"GET / HTTP/1.1\r\n\r\n", "HTTP"),
    (31337, b"HTTP/1.1 200 OK\r\n\r\n", "HTTP"), (80, b"\x8a\x01random", "TCP"), (22, b"\0\0\1\2encrypted", "SSH"),
    (2200, b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"), (445, struct.pack("!I", 64) + SMB2, "SMB2"), (25, b"EHLO a\r\n", "SMTP"),
    (21, b"220 ready\r\n", "FTP"), (23, b"\xff\xfd\x18", "TELNET"), (53, b"\0\x0c" + bytes(12), "DNS"),
    (3306, b"\5\0\0\0hello", "MySQL"), (5432, b"Q\0\0\0\x08SEL\0", "PGSQL"), (6379, b"+OK\r\n", "RESP"),
    (1883, b"\xc0\0", "MQTT"), (502, b"\0\1\0\0\0\6\1\3\0\0\0\1", "Modbus/TCP"), (389, b"\x30\x05\2\1\1\x42\0", "LDAP"),
    (179, b"\xff" * 16 + b"\0\x13\4", "BGP"), (6881, b"\x13BitTorrent protocol" + bytes(48), "BitTorrent"),
    (40000, b"\x13BitTorrent protocol" + bytes(48), "BitTorrent"), (3389, b"\3\0\0\x13\x0e\xe0" + bytes(13), "RDP"),
    (5900, b"RFB 003.008\n", "VNC"), (5060, b"INVITE sip:a@b SIP/2.0\r\n\r\n", "SIP"), (12345, b"hello", "TCP"),
])  # fmt: skip
def test_tcp(port: int, payload: bytes, name: str) -> None:
    for ports in ((50001, port), (port, 50001)):
        assert see(ethernet(0x0800, ipv4(6, tcp(*ports, payload)))).name == name


@pytest.mark.parametrize(("port", "payload", "name"), [
    (53, bytes(12), "DNS"), (5353, bytes(12), "MDNS"), (5355, bytes(12), "LLMNR"), (137, bytes(50), "NBNS"),
    (67, DHCP, "DHCP"), (67, bytes(240), "BOOTP"), (547, b"\1\0\0\1", "DHCPv6"), (123, b"\x23" + bytes(47), "NTP"),
    (161, b"\x30\x26\2\1\1", "SNMP"), (443, QUIC, "QUIC"), (12345, QUIC, "QUIC"), (3478, STUN, "STUN"),
    (40000, STUN, "STUN"), (514, b"<34>1 text", "Syslog"), (69, b"\0\1a\0octet\0", "TFTP"),
    (1812, b"\1\1\0\x14" + bytes(16), "RADIUS"), (500, bytes(28), "ISAKMP"), (4500, b"\xff", "UDPENCAP"),
    (4500, bytes(32), "ISAKMP"), (4500, b"\1\2\3\4" + bytes(20), "ESP"), (1900, b"M-SEARCH * HTTP/1.1\r\n", "SSDP"),
    (51820, b"\1\0\0\0" + bytes(144), "WireGuard"), (6881, b"d1:ad2:id20:" + bytes(20), "BT-DHT"),
    (33333, b"hello", "UDP"), (5060, b"SIP/2.0 200 OK\r\n\r\n", "SIP"), (5060, b"\r\n\r\n", "UDP"),
])  # fmt: skip
def test_udp(port: int, payload: bytes, name: str) -> None:
    for ports in ((50001, port), (port, 50001)):
        assert see(ethernet(0x0800, ipv4(17, udp(*ports, payload)))).name == name


@pytest.mark.parametrize(("service", "other"), [(443, 44322), (80, 48049), (80, 5900), (5432, 57000), (3306, 44818)])
def test_a_continuation_is_not_named_by_the_port_that_the_client_got(service: int, other: int) -> None:
    # found as TLS connections to port 443 that were listed as PMPROXY
    for ports in ((service, other), (other, service)):
        assert see(ethernet(0x0800, ipv4(6, tcp(*ports, b"\x99" * 40)))).name == "TCP"


def test_the_higher_port_names_what_the_lower_one_does_not_know() -> None:
    assert see(ethernet(0x0800, ipv4(6, tcp(5901, 2000, b"\x99" * 40)))).name == "VNC"


def test_a_segment_without_payload_is_tcp() -> None:
    assert see(ethernet(0x0800, ipv4(6, tcp(50001, 443)))).name == "TCP"


def test_bytes_of_the_next_frame_are_not_read() -> None:
    # found when short payloads took the bytes of their neighbour for their own
    seen = see(ethernet(0x0800, ipv4(6, tcp(50001, 9999, b"\x16\x03"))))
    assert seen.name == "TCP"


def test_what_the_snap_length_cut_goes_by_its_port() -> None:
    packet = ethernet(0x0800, ipv4(6, tcp(443, 50001, b"\x99" * 1400)))
    assert see(packet[:200], length=len(packet)).name == "TLS"


def test_the_name_has_its_layer() -> None:
    assert {"ETH", "IP", "TCP", "TLS"} == see(ethernet(0x0800, ipv4(6, tcp(50001, 443, TLS)))).layer_names


@pytest.mark.parametrize(("packet", "layer"), [
    (b"\x01\x80\xc2\0\0\0" + bytes(6) + b"\0\x26\x42\x42\3" + bytes(40), "STP"), (ethernet(0x88CC, bytes(40)), "LLDP"),
    (ethernet(0x0800, ipv4(89, b"\2\1" + bytes(42))), "OSPF"), (ethernet(0x0800, ipv4(112, bytes(20))), "VRRP"),
    (ethernet(0x0800, ipv4(47, b"\0\0\x08\0" + ipv4(89, b"\2\1" + bytes(42)))), "OSPF"),
])  # fmt: skip
def test_what_stands_below_the_transport_has_its_layer_too(packet: bytes, layer: str) -> None:
    # found as a filter `stp`, `lldp` or `ospf` that picked nothing
    assert layer in see(packet).layer_names


def test_every_name_that_decode_gives_is_a_protocol() -> None:
    """A name missed in the table would raise on the one packet that has it."""
    from pathlib import Path

    import tui.core.decode
    from tui.core.protocols import ID

    folder = Path(tui.core.decode.__file__).parent
    source = "".join(p.read_text() for p in folder.glob("*.py"))
    given = re.findall(r"""(?:named|name|when|only|framed|text_line)\([^()"]*(?:\([^()]*\))*[^()"]*"([^"]+)""", source)
    assert len(given) > 60
    assert {name for name in given if name not in ID and "{" not in name} == set()
