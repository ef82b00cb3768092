"""Programs for the kernel, run by the kernel: a filter on a pair of local sockets sees what we send."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address

import pytest

from tui.capture import bpf
from tui.capture.ownssh import Connection
from tui.capture.packetsocket import attach_to

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="classic BPF on sockets is Linux's")

V4 = Connection(ip_address("192.0.2.7"), 51000, ip_address("198.51.100.1"), 22)
V6 = Connection(ip_address("2001:db8::7"), 51000, ip_address("2001:db8::1"), 22)
LOCAL = Connection(ip_address("127.0.0.1"), 51000, ip_address("127.0.0.1"), 22)


def packet(source: str, sport: int, destination: str, dport: int, proto: int = 6, fragment: int = 0) -> bytes:
    """An IP packet with 20 bytes of transport."""
    a, b = ip_address(source), ip_address(destination)
    transport = struct.pack("!HH16x", sport, dport)
    if a.version == 4:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(transport), 1, fragment, 64, proto, 0)
        return head + a.packed + b.packed + transport
    return struct.pack("!IHBB", 6 << 28, len(transport), proto, 64) + a.packed + b.packed + transport


@contextmanager
def passes(program: bytes) -> Iterator[Callable[[bytes], int]]:
    """How many bytes of a packet the kernel lets through; 0 for none."""
    one, two = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with one, two:
        two.setblocking(False)
        if program:
            attach_to(two.fileno(), program)

        def through(data: bytes) -> int:
            one.send(data)
            try:
                return len(two.recv(1 << 16))
            except BlockingIOError:
                return 0

        yield through


@pytest.mark.parametrize("link", [1, 101])
@pytest.mark.parametrize("connection", [V4, V6, LOCAL], ids=["v4", "v6", "local"])
def test_the_own_connection_is_left_out_and_nothing_beside_it(connection: Connection, link: int) -> None:
    client, server = str(connection.client), str(connection.server)
    here, there = (client, connection.client_port), (server, connection.server_port)
    head = bytes(bpf.LINK_HEADERS[link])
    with passes(bpf.program(b"", [V4, V6, LOCAL], link, bpf.WHOLE)) as through:
        assert not through(head + packet(*here, *there))
        assert not through(head + packet(*there, *here))
        for other in (
            packet(client, connection.client_port + 1, *there),
            packet(*here, server, 443),
            packet(*here, *there, proto=17),
        ):
            assert through(head + other) == len(head + other)


def test_short_and_odd_packets_pass() -> None:
    whole = packet("192.0.2.7", 51000, "198.51.100.1", 22)
    with passes(bpf.program(b"", [V4], 101, bpf.WHOLE)) as through:
        for data in (b"\x45", whole[:20], whole[:23], packet("192.0.2.7", 51000, "198.51.100.1", 22, fragment=1)):
            assert through(data) == len(data)


def test_a_snaplen_cuts_what_passes() -> None:
    with passes(bpf.program(b"", [], 1, 100)) as through:
        assert through(bytes(300)) == 100


def test_where_everything_is_wanted_there_is_no_program() -> None:
    assert bpf.program(b"", [], 1, bpf.WHOLE) == b""


def test_an_unknown_link_header_leaves_nothing_out() -> None:
    assert bpf.leave_out([V4], 127) == b""


def test_in_words_it_is_joined_with_the_filter() -> None:
    told = "not (tcp and host 192.0.2.7 and port 51000 and host 198.51.100.1 and port 22)"
    assert bpf.in_words("udp or icmp", [V4]) == f"(udp or icmp) and {told}"
    assert bpf.in_words(" ", [V4]) == told
    assert bpf.in_words("", []) == ""
