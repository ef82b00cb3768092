"""Fields whose values need what the flow table knows, and IPv4 options."""

from __future__ import annotations

from tests.filters.packets import ether, ipv4, tcp
from tui import filters
from tui.core.decode import decode
from tui.core.flow.table import FlowTable
from tui.core.frames import from_packets
from tui.filters.readers.ip_options import read_ip_options

SCALED = b"\x03\x03\x07\x01"
CLIENT, SERVER = "10.0.0.1", "10.0.0.2"


def numbers(text: str, *options: bytes) -> list[int]:
    """Which of SYN, SYN-ACK and data a filter picks; the options are those of the first two."""
    packets = [
        ether(ipv4(CLIENT, SERVER, 6, tcp(4000, 80, 0x02, options=options[0]))),
        ether(ipv4(SERVER, CLIENT, 6, tcp(80, 4000, 0x12, options=options[1]))),
        ether(ipv4(CLIENT, SERVER, 6, tcp(4000, 80, 0x18, b"GET"))),
    ]
    frames = from_packets(packets, times_ns=[0, 1_000_000, 2_000_000])
    columns = decode(frames)
    FlowTable().update(columns, frames)
    return (filters.compile(text).match(columns, frames.select).nonzero()[0] + 1).tolist()


def test_sequence_numbers_count_from_the_first_of_their_side() -> None:
    assert numbers("tcp.seq == 0", b"", b"") == [1, 2, 3]
    assert numbers("tcp.ack == 1000", b"", b"") == [2, 3]
    assert numbers("tcp.ack == 2000", b"", b"") == [1]  # no acknowledgment, so it counts from nothing


def test_a_window_is_scaled_where_both_sides_offer_it() -> None:
    assert numbers("tcp.window_size == 524288", SCALED, SCALED) == [3]
    assert numbers("tcp.window_size == 4096", SCALED, SCALED) == [1, 2]
    assert numbers("tcp.window_size == 4096", SCALED, b"\x01" * 4) == [1, 2, 3]


def test_options_of_ipv4_until_their_end() -> None:
    header = b"\x48" + bytes(19)
    assert read_ip_options(header + b"\x94\x04\0\0\x01\x01\0\x07" + bytes(4), False) == {
        "ip.opt.type": [148, 1, 1, 0], "ip.opt.len": [4],
    }  # fmt: skip
    assert read_ip_options(header + b"\x07\x00", False) == {"ip.opt.type": [7]}
    assert read_ip_options(b"", False) == {}
