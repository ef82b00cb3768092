"""Names are read from the packets that carry them, within the budget, for any bytes."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.readers.test_readers import hello, record
from tui.core.columns import Columns
from tui.core.decode import decode
from tui.core.frames import Frames, from_packets
from tui.core.names import NameKind, NameReader, host_of

QUERY = bytes.fromhex("1234 0100 0001 0000 0000 0000") + b"\1a\7example\0" + bytes.fromhex("0001 0001")
ANSWER = (
    bytes.fromhex("1234 8180 0001 0001 0000 0000") + b"\1a\7example\0" + bytes.fromhex("0001 0001")
    + b"\xc0\x0c" + bytes.fromhex("0001 0001 0000003c 0004 01020304")
)  # fmt: skip
ETHERNET = b"\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\x00"
CLIENT, SERVER = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])


def ip(proto: int, body: bytes, source: bytes = CLIENT, target: bytes = SERVER) -> bytes:
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 1, 0, 64, proto, 0, source, target) + body


def udp(payload: bytes, sport: int = 5000, dport: int = 53) -> bytes:
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def tcp(payload: bytes, sport: int = 5000, dport: int = 443, seq: int = 1) -> bytes:
    return struct.pack(">HHIIBBHHH", sport, dport, seq, 1, 0x50, 0x18, 1000, 0, 0) + payload


def batch(*packets: bytes) -> tuple[Frames, Columns]:
    frames = from_packets([ETHERNET + packet for packet in packets], times_ns=range(len(packets)))
    return frames, decode(frames)


def test_a_question_and_its_answer_name_client_and_server() -> None:
    frames, columns = batch(ip(17, udp(QUERY)), ip(17, udp(ANSWER, 53, 5000), SERVER, CLIENT))
    question, answer = NameReader().read(frames, columns).events
    assert (question.kind, question.name, question.client, question.port) == (
        NameKind.DNS_QUERY, "a.example", "10.0.0.1", 53,
    )  # fmt: skip
    assert (answer.kind, answer.client, answer.server, answer.answers, answer.ttl) == (
        NameKind.DNS_ANSWER, "10.0.0.1", "10.0.0.2", ("1.2.3.4",), 60,
    )  # fmt: skip


def test_a_server_name_and_a_request_are_read() -> None:
    request = b"GET /x HTTP/1.1\r\nHost: h.example:8080\r\nUser-Agent: probe/1\r\n\r\n"
    frames, columns = batch(ip(6, tcp(record(hello()))), ip(6, tcp(request, dport=8080)), ip(6, tcp(b"nothing")))
    sni, http = NameReader().read(frames, columns).events
    assert (sni.kind, sni.name, sni.alpn, sni.version) == (NameKind.SNI, "example.com", ("h2",), 0x0304)
    assert (http.name, http.url, http.user_agent) == ("h.example", "http://h.example:8080/x", "probe/1")


def test_a_hello_in_two_segments_is_put_together() -> None:
    whole = record(hello(b"split.example"))
    frames, columns = batch(ip(6, tcp(whole[:60])), ip(6, tcp(whole[60:], seq=61)))
    columns = replace(columns, flow=np.array([7, 7], np.uint32))
    reader = NameReader()
    (event,) = reader.read(frames, columns).events
    assert (event.row, event.name) == (1, "split.example")


def test_a_hello_goes_on_in_the_next_batch() -> None:
    whole = record(hello(b"split.example"))
    reader = NameReader()
    names = []
    for part, seq in ((whole[:60], 1), (whole[60:], 61)):
        frames, columns = batch(ip(6, tcp(part, seq=seq)))
        names += [e.name for e in reader.read(frames, replace(columns, flow=np.array([7], np.uint32))).events]
    assert names == ["split.example"]


def test_what_is_beyond_the_budget_is_counted() -> None:
    frames, columns = batch(*[ip(17, udp(QUERY))] * 5)
    events, skipped = NameReader().read(frames, columns, budget=2)
    assert (len(events), skipped) == (2, 3)


def test_names_inside_tunnels_are_read() -> None:
    frames, columns = batch(ip(4, ip(17, udp(QUERY), bytes([192, 168, 0, 1]))))
    (event,) = NameReader().read(frames, columns).events
    assert (event.row, event.name, event.client) == (0, "a.example", "192.168.0.1")


def test_hosts_of_urls() -> None:
    assert [host_of(u) for u in ("http://a/b", "http://[::1]:80/", "http://u@h:1?x", "nothing")] == [
        "a",
        "::1",
        "h",
        "",
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=120), min_size=1, max_size=8), st.sampled_from([53, 443, 80, 137, 5353]))
def test_any_payload_is_survived(payloads: list[bytes], port: int) -> None:
    frames, columns = batch(
        *[ip(17, udp(p, dport=port)) for p in payloads], *[ip(6, tcp(p, dport=port)) for p in payloads]
    )
    for event in NameReader().read(frames, columns).events:
        assert event.name.isprintable()
        assert event.url.isprintable()
