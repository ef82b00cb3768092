"""IPv4, IPv6 and ARP: addresses, options, extension headers, fragments."""

from __future__ import annotations

import struct

import pytest

from tests.core.decode.packets import ethernet, ipv4, ipv6, see, tcp, udp
from tui.core.columns import Mark


def test_addresses_and_ports_of_ipv4() -> None:
    seen = see(ethernet(0x0800, ipv4(6, tcp(1234, 80, b"x", flags=0x18))))
    assert (seen.src, seen.dst, seen.ports) == ("10.0.0.1", "192.168.0.1", (1234, 80))
    assert (seen.ip_proto, seen.ttl, seen.tcp_flags, seen.payload_len) == (6, 64, 0x18, 1)
    assert (seen.l3, seen.l4, seen.payload) == (14, 34, 54)


def test_options_are_stepped_over() -> None:
    seen = see(ethernet(0x0800, ipv4(17, udp(1, 53, b"x" * 20), options=b"\1" * 12)))
    assert seen.ports == (1, 53)
    assert seen.has(Mark.OPTIONS)


def test_padding_of_a_short_frame_is_no_payload() -> None:
    seen = see(ethernet(0x0800, ipv4(6, tcp(1, 2)) + bytes(6)))
    assert seen.payload_len == 0
    assert seen.name == "TCP"


def test_a_length_beyond_the_frame_ends_with_the_frame() -> None:
    # found as an empty segment that counted 85 bytes, and was marked as sent again
    packet = bytearray(ethernet(0x0800, ipv4(6, tcp(1, 2, b"abc"))))
    packet[16:18] = (137).to_bytes(2, "big")
    assert see(bytes(packet)).payload_len == 3
    assert see(bytes(packet), length=len(packet) + 10).payload_len == 13
    packet = bytearray(ethernet(0x86DD, ipv6(6, tcp(1, 2, b"abc"))))
    packet[18:20] = (137).to_bytes(2, "big")
    assert see(bytes(packet)).payload_len == 3


@pytest.mark.parametrize(("field", "marks"), [
    (0x2000, Mark.FRAGMENT | Mark.MORE_FRAGMENTS),
    (0x2001, Mark.FRAGMENT | Mark.MORE_FRAGMENTS | Mark.LATER_FRAGMENT),
    (0x0001, Mark.FRAGMENT | Mark.LATER_FRAGMENT),
    (0x4000, Mark.DONT_FRAGMENT),
])  # fmt: skip
def test_fragments_of_ipv4(field: int, marks: int) -> None:
    seen = see(ethernet(0x0800, ipv4(17, udp(1, 2, b"x" * 9), fragment=field)))
    assert seen.marks & 0x7F & ~Mark.PORTS == marks
    assert (seen.ports is None) == bool(marks & Mark.FRAGMENT)


def test_the_first_fragment_keeps_its_ports_without_the_mark() -> None:
    seen = see(ethernet(0x0800, ipv4(17, udp(53, 4000, b"x" * 9), fragment=0x2000)))
    assert seen.name == "IPv4"
    assert (seen.sport, seen.dport, seen.ports) == (53, 4000, None)


def test_extension_headers_in_any_order() -> None:
    def header(following: int) -> bytes:
        return bytes([following, 0]) + bytes(6)

    seen = see(ethernet(0x86DD, ipv6(60, header(0) + header(43) + header(17) + udp(5, 6, b"x"))))
    assert seen.ports == (5, 6)
    assert seen.ip_proto == 17
    assert seen.has(Mark.OPTIONS)


@pytest.mark.parametrize(("word", "later", "whole"), [(0, False, True), (1, False, False), (8, True, False)])
def test_fragments_of_ipv6(word: int, later: bool, whole: bool) -> None:
    header = struct.pack("!BBHI", 17, 0, word, 1)
    seen = see(ethernet(0x86DD, ipv6(44, header + udp(5, 6, b"x" * 8))))
    assert seen.has(Mark.LATER_FRAGMENT) == later
    assert (seen.ports == (5, 6)) == whole


def test_ah_is_stepped_over_in_both_versions() -> None:
    ah = struct.pack("!BBHII", 17, 2, 0, 1, 1) + bytes(4)
    for packet in (ethernet(0x0800, ipv4(51, ah + udp(5, 6, b"x"))), ethernet(0x86DD, ipv6(51, ah + udp(5, 6, b"x")))):
        seen = see(packet)
        assert seen.ports == (5, 6)
        assert {"AH", "UDP"} <= seen.layer_names


def test_endless_extension_headers_are_malformed() -> None:
    seen = see(ethernet(0x86DD, ipv6(60, (b"\x3c" + bytes(7)) * 180)))
    assert seen.has(Mark.MALFORMED)


def test_a_jumbogram_takes_its_length_from_the_wire() -> None:
    packet = bytearray(ethernet(0x86DD, ipv6(17, struct.pack("!HHHH", 5, 6, 0, 0) + b"x" * 80)))
    packet[18:20] = b"\0\0"
    seen = see(bytes(packet), length=70_000)
    assert seen.payload_len == 70_000 - 14 - 40 - 8


def test_a_length_of_zero_is_that_of_the_wire() -> None:
    packet = bytearray(ethernet(0x0800, ipv4(6, tcp(1, 2, b"x" * 100))))
    packet[16:18] = b"\0\0"
    assert see(bytes(packet)).payload_len == 100


def test_a_cut_header_is_malformed_and_goes_by_the_link_address() -> None:
    seen = see(ethernet(0x0800, ipv4(6, tcp(1, 2)))[:30])
    assert seen.has(Mark.MALFORMED)
    assert (seen.name, seen.src) == ("IPv4", "02:00:00:00:00:02")


@pytest.mark.parametrize(("operation", "name"), [(1, "ARP"), (2, "ARP"), (3, "RARP"), (8, "Inverse ARP")])
def test_arp(operation: int, name: str) -> None:
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + b"\2" * 6 + b"\x0a\0\0\1" + bytes(6) + b"\x0a\0\0\2"
    seen = see(ethernet(0x0806, body))
    assert (seen.name, seen.src, seen.dst, seen.code) == (name, "10.0.0.1", "10.0.0.2", operation)
