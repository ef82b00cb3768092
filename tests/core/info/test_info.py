"""The info line: facts of common packets, and no exception for any bytes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.columns import Columns, Mark
from tui.core.info import PARSERS, describe
from tui.core.info.packet import LIMIT, Packet
from tui.core.protocols import NAMES

TCP = Packet.of(Columns.empty(1), 0, b"")
UDP = replace(TCP, ip_proto=17, marks=Mark.PORTS)


def packet(protocol: str, payload: bytes = b"", **fields: object) -> Packet:
    """A packet whose payload (and headers) begin at byte 0."""
    sized = {"payload_len": len(payload), "length": len(payload), "caplen": len(payload)}
    base = replace(UDP, protocol=protocol, data=payload, l3=0, l4=0, payload_at=0, **sized)
    return replace(base, **fields)


def dns_name(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


DNS_HEAD = bytes.fromhex("1234 8180 0001 0001 0000 0000")
A_RECORD = b"\xc0\x0c" + bytes.fromhex("0001 0001 0000003c 0004 01020304")

CASES = [
    (packet("TCP", ip_proto=6, sport=51622, dport=443, tcp_flags=0x12, seq=0, ack=1, window=64240),
     "51622 → 443 [SYN, ACK] Seq=0 Ack=1 Win=64240 Len=0"),
    (packet("TCP", ip_proto=6, sport=1, dport=2, tcp_flags=0, seq=5, window=9, marks=Mark.RETRANSMISSION | Mark.PORTS),
     "[TCP Retransmission] 1 → 2 [<None>] Seq=5 Win=9 Len=0"),
    (packet("UDP", b"abc", sport=5, dport=6), "5 → 6 Len=3"),
    (packet("ICMP", bytes.fromhex("0800 0000 0001 0002"), code=0x0800, ttl=64),
     "Echo (ping) request  id=0x0001, seq=2/512, ttl=64"),
    (packet("ICMP", bytes(8), code=0x0303), "Destination unreachable (Port unreachable)"),
    (packet("ICMPv6", bytes(8) + bytes.fromhex("fe80") + bytes(13) + b"\1", code=135 << 8),
     "Neighbor Solicitation for fe80::1"),
    (packet("ARP", bytes.fromhex("0001080006040001 020000000001 0a000001 000000000000 0a000002")),
     "Who has 10.0.0.2? Tell 10.0.0.1"),
    (packet("ARP", bytes.fromhex("0001080006040002 020000000001 0a000001 000000000000 0a000002")),
     "10.0.0.1 is at 02:00:00:00:00:01"),
    (packet("ARP", bytes.fromhex("0001080006040001 020000000001 0a000001 ffffffffffff 0a000001")),
     "Gratuitous ARP for 10.0.0.1 (Request)"),
    (packet("DNS", bytes.fromhex("1234 0100 0001 0000 0000 0000") + dns_name("a.example") + b"\0\x1c\0\1"),
     "Standard query 0x1234 AAAA a.example"),
    (packet("DNS", DNS_HEAD + dns_name("a.example") + b"\0\1\0\1" + A_RECORD),
     "Standard query response 0x1234 A a.example A 1.2.3.4"),
    (packet("DNS", bytes.fromhex("1234 8183 0001 0000 0000 0000") + dns_name("no.example") + b"\0\1\0\1"),
     "Standard query response 0x1234 No such name A no.example"),
    (packet("TLS", bytes.fromhex("15 0303 0002 0228"), ip_proto=6),
     "Alert (Level: Fatal, Description: Handshake Failure)"),
    (packet("TLS", bytes.fromhex("17 0303 0002 0000 17 0303 0001 00"), ip_proto=6),
     "Application Data, Application Data"),
    (packet("HTTP", b"GET /x?a=1 HTTP/1.1\r\nHost: example.com\r\n\r\n", ip_proto=6),
     "GET /x?a=1 HTTP/1.1  Host: example.com"),
    (packet("HTTP", b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html; charset=utf-8\r\n\r\n", ip_proto=6),
     "HTTP/1.1 404 Not Found  (text/html)"),
    (packet("SSH", b"SSH-2.0-OpenSSH_9.2\r\n", ip_proto=6, sport=22, dport=5000),
     "Server: Protocol (SSH-2.0-OpenSSH_9.2)"),
    (packet("NTP", bytes.fromhex("23 00") + bytes(46)), "NTP Version 4, client"),
    (packet("FTP", b"USER anonymous\r\n", ip_proto=6, sport=4000, dport=21), "Request: USER anonymous"),
    (packet("SMTP", b"250-a\r\n250 b\r\n", ip_proto=6, sport=25, dport=4000), "S: 250-a | 250 b"),
    (packet("TELNET", b"\xff\xfd\x18login: ", ip_proto=6), 'Telnet Data Do Terminal Type "login: "'),
    (packet("RESP", b"*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n", ip_proto=6, dport=6379), "Request: GET key"),
    (packet("MQTT", b"\x30\x07\x00\x03a/bhi", ip_proto=6), "Publish Message [a/b]"),
    (packet("WireGuard", bytes.fromhex("04000000 78563412 0500000000000000") + bytes(16)),
     "Keepalive, receiver=0x12345678, counter=5, datalen=0"),
    (packet("Modbus/TCP", bytes.fromhex("0001 0000 0006 01 83 02"), ip_proto=6, sport=502),
     "Response: Trans: 1; Unit: 1, Func: 3: Read Holding Registers. Exception: Illegal data address"),
    (packet("802.11", bytes.fromhex("c000 0000") + bytes(18) + b"\x10\x00" + b"\x07\x00", linktype=105),
     "Deauthentication, SN=1, FN=0, Flags=........, Reason: Class 3 frame from an unassociated station"),
    (packet("PGSQL", b"Q\x00\x00\x00\x0dSELECT 1\x00", ip_proto=6, dport=5432), ">Query { SELECT 1 }"),
]  # fmt: skip


@pytest.mark.parametrize(("given_packet", "expected"), CASES, ids=lambda v: v if isinstance(v, str) else None)
def test_the_facts_of_common_packets(given_packet: Packet, expected: str) -> None:
    assert describe(given_packet) == expected


def test_a_syn_shows_its_options() -> None:
    header = bytes(12) + b"\x90\x02" + bytes(6) + bytes.fromhex("020405b4 0402 0101 030307 000000 0000")
    syn = packet("TCP", header, ip_proto=6, tcp_flags=2, payload_len=0, window=1000)
    assert describe(syn) == "0 → 0 [SYN] Seq=0 Win=1000 Len=0 MSS=1460 SACK_PERM WS=128"


def test_the_table_names_known_protocols_only() -> None:
    assert set(PARSERS) <= set(NAMES)


@settings(max_examples=150, deadline=None)
@given(
    data=st.binary(max_size=300),
    place=st.integers(0, 40),
    ports=st.sampled_from([(0, 0), (53, 1), (1, 21), (3306, 1), (5432, 1), (1, 5432), (25, 9), (502, 7)]),
    proto=st.sampled_from([0, 6, 17]),
    linktype=st.sampled_from([1, 105, 127, 119, 163, 192]),
    code=st.integers(0, 0xFFFF),
    flags=st.integers(0, 0xFFF),
)
def test_any_bytes_give_one_printable_line(data, place, ports, proto, linktype, code, flags) -> None:
    hostile = packet(
        "TCP", data, sport=ports[0], dport=ports[1], ip_proto=proto, linktype=linktype, code=code, tcp_flags=flags,
        l3=place, l4=place, payload_at=place, marks=Mark.PORTS,
    )  # fmt: skip
    for protocol in PARSERS:
        text = describe(replace(hostile, protocol=protocol))
        assert text.isprintable(), protocol
        assert 0 < len(text) <= LIMIT, protocol


@pytest.mark.parametrize("protocol", ["FTP", "SSH", "DNS", "HTTP", "SIP", "TELNET", "MQTT", "802.11", "MySQL", "LLDP"])
def test_escape_sequences_do_not_come_through(protocol: str) -> None:
    text = describe(packet(protocol, b"GET \x1b[31m\x9b6n\x1b]0;x\x07 HTTP/1.1\r\n" * 3, ip_proto=6))
    assert "\x1b" not in text
