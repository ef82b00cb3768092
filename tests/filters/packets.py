"""Packets for the tests of filters, with their columns, made by hand so that every byte is known."""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass

from tui import filters
from tui.core.columns import Columns
from tui.core.decode import decode
from tui.core.frames import Frames, from_packets

ETH = bytes.fromhex("00112233445500aabbccddee")


def ether(payload: bytes, kind: int = 0x0800, addresses: bytes = ETH) -> bytes:
    return addresses + struct.pack(">H", kind) + payload


def ipv4(src: str, dst: str, proto: int, payload: bytes, ttl: int = 64) -> bytes:
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 7, 0x4000, ttl, proto, 0)
    return head + ipaddress.IPv4Address(src).packed + ipaddress.IPv4Address(dst).packed + payload


def ipv6(src: str, dst: str, proto: int, payload: bytes) -> bytes:
    head = struct.pack(">IHBB", 6 << 28, len(payload), proto, 64)
    return head + ipaddress.IPv6Address(src).packed + ipaddress.IPv6Address(dst).packed + payload


def tcp(sport: int, dport: int, flags: int = 0x18, payload: bytes = b"", options: bytes = b"") -> bytes:
    offset = (20 + len(options)) // 4
    return struct.pack(">HHIIBBHHH", sport, dport, 1000, 2000, offset << 4, flags, 4096, 0, 0) + options + payload


def udp(sport: int, dport: int, payload: bytes = b"") -> bytes:
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def dns(name: str, qtype: int = 1, txid: int = 0x1234) -> bytes:
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return struct.pack(">HHHHHH", txid, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", qtype, 1)


@dataclass(frozen=True)
class Capture:
    frames: Frames
    columns: Columns

    def picked(self, text: str, place: filters.Place | None = None) -> list[int]:
        """Numbers, from 1, of the packets that a filter picks."""
        mask = filters.compile(text).match(self.columns, self.frames.select, place)
        return [int(row) + 1 for row in mask.nonzero()[0]]


def capture(*packets: bytes) -> Capture:
    frames = from_packets(packets, times_ns=[i * 500_000_000 for i in range(len(packets))])
    return Capture(frames, decode(frames))


REQUEST = b"GET /index.html?a=1 HTTP/1.1\r\nHost: example.org\r\nUser-Agent: curl/8.0\r\nCookie: k=v; z=1\r\n\r\n"
MSS = bytes.fromhex("020405b4")

SAMPLE = capture(
    ether(ipv4("10.0.0.1", "192.168.1.1", 6, tcp(40000, 80, 0x02, options=MSS))),
    ether(ipv4("192.168.1.1", "10.0.0.1", 6, tcp(80, 40000, 0x12))),
    ether(ipv4("10.0.0.1", "192.168.1.1", 6, tcp(40000, 80, 0x18, REQUEST))),
    ether(ipv4("10.0.0.2", "10.0.0.53", 17, udp(5353, 53, dns("www.example.com")))),
    ether(ipv6("fe80::1", "ff02::2", 58, bytes.fromhex("8500000000000000")), 0x86DD),
    ether(bytes.fromhex("0001080006040001" "00aabbccddee" "0a000001" "000000000000" "0a000002"), 0x0806),
    # an ICMP error that quotes a UDP datagram
    ether(ipv4("10.9.9.9", "10.0.0.2", 1, b"\x03\x03\0\0\0\0\0\0" + ipv4("10.0.0.2", "10.7.7.7", 17, udp(1111, 2222)))),
    ether(struct.pack(">HH", 5 << 13 | 10, 0x8100) + struct.pack(">HH", 20, 0x0800)
          + ipv4("10.0.0.3", "10.0.0.4", 17, udp(7, 9, b"hello")), 0x8100),
)  # fmt: skip
