"""Fields that need the packets before: how long an answer took, and what is on its way in a connection."""

from __future__ import annotations

import struct

import pytest

from tests.filters.packets import Capture, dns, ether, ipv4, tcp, udp
from tui import filters
from tui.core.decode import decode
from tui.core.flow.table import FlowTable
from tui.core.frames import from_packets
from tui.filters.pairing import MOST_ASKED, Asked, Question

CLIENT, SERVER = "10.0.0.1", "10.0.0.2"
MS = 1_000_000


def followed(packets: list[tuple[int, bytes]]) -> Capture:
    """Packets with their times in milliseconds, as the flow table leaves them."""
    frames = from_packets([data for _, data in packets], times_ns=[at * MS for at, _ in packets])
    columns = decode(frames)
    FlowTable().update(columns, frames)
    return Capture(frames, columns)


def query(txid: int) -> bytes:
    return ether(ipv4(CLIENT, SERVER, 17, udp(40_000, 53, dns("a.example", txid=txid))))


def answer(txid: int) -> bytes:
    data = bytearray(dns("a.example", txid=txid))
    data[2] |= 0x80
    return ether(ipv4(SERVER, CLIENT, 17, udp(53, 40_000, bytes(data))))


def segment(seq: int, ack: int, flags: int, data: bytes = b"", back: bool = False) -> bytes:
    head = bytearray(tcp(80, 40_000, flags, data) if back else tcp(40_000, 80, flags, data))
    head[4:12] = struct.pack(">II", seq, ack)
    return ether(ipv4(*((SERVER, CLIENT) if back else (CLIENT, SERVER)), 6, bytes(head)))


def echo(kind: int, data: bytes, back: bool = False) -> bytes:
    """With the checksum of RFC 1071: by it a reply is known for the request's own."""
    message = bytearray(struct.pack(">BBHHH", kind, 0, 0, 7, 1) + data)
    total = sum(struct.unpack(f">{len(message) // 2}H", message))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    message[2:4] = struct.pack(">H", 0xFFFF - total)
    return ether(ipv4(*((SERVER, CLIENT) if back else (CLIENT, SERVER)), 1, bytes(message)))


LOOKUPS = [
    (0, query(1)),
    (10, query(2)),
    (30, query(1)),
    (130, answer(1)),
    (140, answer(1)),
    (150, answer(2)),
    (160, answer(9)),
]
HANDSHAKE = [
    (0, segment(100, 0, 0x02)), (40, segment(900, 101, 0x12, back=True)), (60, segment(101, 901, 0x10)),
    (70, segment(101, 901, 0x18, b"x" * 300)), (71, segment(401, 901, 0x18, b"x" * 200)),
    (170, segment(901, 601, 0x10, back=True)),
]  # fmt: skip


def test_an_answer_knows_how_long_it_took_and_which_packet_asked() -> None:
    some = followed(LOOKUPS)
    assert some.picked("dns.time") == [4, 6]
    assert some.picked("dns.time == 0.13") == [4]
    assert some.picked("dns.response_to == 2") == [6]
    assert some.picked("dns.retransmission == 1") == [3, 5]
    assert some.picked("dns.retransmit_request_in == 1") == [3]


def test_a_query_asked_again_after_five_seconds_is_a_new_one() -> None:
    some = followed([(0, query(1)), (6_000, query(1)), (6_010, answer(1))])
    assert some.picked("dns.retransmission") == []
    assert some.picked("dns.time == 0.01") == [3]


def test_an_echo_reply_has_milliseconds_and_a_tunnel_has_no_replies() -> None:
    some = followed(
        [
            (0, echo(8, b"abcd")),
            (25, echo(0, b"abcd", back=True)),
            (30, echo(8, b"ab")),
            (31, echo(0, b"xy", back=True)),
        ]
    )
    assert some.picked("icmp.resptime == 25") == [2]
    assert some.picked("icmp.resp_to") == [2]


def test_a_response_knows_its_request() -> None:
    request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    response = b"HTTP/1.1 204 No Content\r\n\r\n"
    some = followed([(0, segment(1, 1, 0x18, request)), (250, segment(1, 1 + len(request), 0x18, response, back=True))])
    assert some.picked("http.time > 0.2 && http.time < 0.3") == [2]
    assert some.picked("http.request_in == 1") == [2]


def test_round_trips_and_bytes_in_flight() -> None:
    some = followed(HANDSHAKE)
    assert some.picked("tcp.analysis.initial_rtt == 0.06") == [3, 4, 5, 6]
    assert some.picked("tcp.analysis.ack_rtt >= 0.04") == [2, 6]
    assert some.picked("tcp.analysis.acks_frame == 5") == [6]
    assert some.picked("tcp.analysis.bytes_in_flight == 500") == [5]
    assert some.picked("tcp.analysis.push_bytes_sent == 300") == [4]
    assert some.picked("tcp.completeness == 15") == [5, 6]


def test_what_was_sent_again_tells_after_how_long() -> None:
    again = [*HANDSHAKE[:4], (1_070, segment(101, 901, 0x18, b"x" * 300))]
    some = followed(again)
    assert some.picked("tcp.analysis.rto == 1") == [5]
    assert some.picked("tcp.analysis.rto_frame == 4") == [5]


def test_segments_out_of_order_are_counted_from_the_first_that_waits() -> None:
    parts = [(80, 401, 100), (81, 301, 100), (82, 501, 100)]
    sent = [(at, segment(seq, 901, 0x18, b"x" * size)) for at, seq, size in parts]
    partly = (100, segment(901, 351, 0x10, back=True))
    some = followed([*HANDSHAKE[:3], *sent, partly, (110, segment(601, 901, 0x18, b"x" * 50))])
    assert some.picked("tcp.completeness & 8") == [5, 6, 7, 8]
    assert some.picked("tcp.analysis.acks_frame") == [2, 3]


@pytest.mark.parametrize("every", [1, 2, 4])
@pytest.mark.parametrize(
    ("packets", "text"),
    [
        (LOOKUPS, "dns.time > 0.1"), (LOOKUPS, "dns.retransmission"), (HANDSHAKE, "tcp.analysis.ack_rtt > 0.03"),
        (HANDSHAKE, "tcp.analysis.bytes_in_flight > 300"), (HANDSHAKE, "tcp.completeness & 8"),
        (HANDSHAKE, "ip.src == 10.0.0.2 && tcp.analysis.initial_rtt"),
    ],
)  # fmt: skip
def test_it_is_remembered_from_batch_to_batch(packets: list[tuple[int, bytes]], text: str, every: int) -> None:
    some = followed(packets)
    run, found = filters.Run(filters.compile(text)), []
    for at in range(0, len(packets), every):
        part = slice(at, at + every)
        mask = run.match(some.columns.select(part), some.frames.select(part).select, at)
        found += [at + int(i) + 1 for i in mask.nonzero()[0]]
    assert found == some.picked(text) != []


def test_questions_are_forgotten_oldest_first() -> None:
    asked = Asked()
    for key in range(MOST_ASKED + 3):
        asked.put(key, Question(0, 1))
    assert len(asked) == MOST_ASKED
    assert 2 not in asked
    assert 3 in asked
