"""Streams that ICMP errors quote, numbered in the order in which they are first heard of."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.decode.packets import ethernet, ipv4, udp
from tui.core.columns import NONE32
from tui.core.decode import decode
from tui.core.flow import quoted
from tui.core.flow.held import FlowLimits
from tui.core.flow.table import FlowTable
from tui.core.frames import from_packets


def segment(port: int) -> bytes:
    """A SYN of the connection from this port."""
    return ipv4(6, struct.pack("!HHIIBBHHH", port, 443, port, 0, 5 << 4, 2, 500, 0, 0), src=0x0A000001, dst=0xC0A80001)


def datagram(port: int) -> bytes:
    return ipv4(17, udp(port, 53, b"query"), src=0x0A000001, dst=0xC0A80001)


def plain(packet: bytes) -> bytes:
    return ethernet(0x0800, packet)


def error(packet: bytes) -> bytes:
    """The ICMP error that quotes a packet."""
    return ethernet(0x0800, ipv4(1, b"\3\1\0\0" + bytes(4) + packet))


def streams(packets: Sequence[bytes], every: int = 100) -> list[int]:
    """The stream of each packet, so many of them given to the table at a time."""
    table, found = FlowTable(FlowLimits(bits=8)), []
    for at in range(0, len(packets), every):
        frames = from_packets(packets[at : at + every])
        columns = decode(frames)
        table.update(columns, frames)
        found += columns.stream.tolist()
    return found


@pytest.mark.parametrize("every", [100, 1])
@pytest.mark.parametrize("kind", [segment, datagram])
def test_a_connection_has_the_number_of_the_error_that_told_of_it_first(
    kind: Callable[[int], bytes], every: int
) -> None:
    seen = [error(kind(1)), plain(kind(2)), error(kind(2)), plain(kind(1)), error(kind(3)), error(kind(1))]
    seen.append(plain(kind(4)))
    assert streams(seen, every) == [0, 1, 1, 0, 2, 0, 3]


def test_what_an_error_in_a_tunnel_quotes_is_of_the_connection_in_the_tunnel() -> None:
    def tunnel(packet: bytes) -> bytes:
        return ethernet(0x0800, ipv4(47, b"\0\0\x08\0" + packet))

    refused = ipv4(1, b"\3\1\0\0" + bytes(4) + segment(1))
    assert streams([plain(segment(2)), tunnel(refused), plain(segment(3)), tunnel(segment(1))]) == [0, 1, 2, 1]


def test_eight_bytes_of_tcp_open_no_stream() -> None:
    assert streams([error(segment(1)[:28]), plain(segment(2)), plain(segment(1))]) == [NONE32, 0, 1]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from([segment, datagram]), st.integers(1, 5)), max_size=12))
def test_the_numbers_do_not_depend_on_how_the_packets_are_cut(
    talk: list[tuple[bool, Callable[[int], bytes], int]],
) -> None:
    packets = [(error if quotes else plain)(kind(port)) for quotes, kind, port in talk]
    assert streams(packets) == streams(packets, 3) == streams(packets, 1)


def test_forged_errors_open_no_more_than_so_many_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quoted, "MOST", 4)
    seen = [*(error(segment(port)) for port in range(1, 11)), plain(segment(99))]
    assert streams(seen) == [0, 1, 2, 3, *[NONE32] * 6, 4]
