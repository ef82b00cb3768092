"""Conversations: the same bytes as `tshark -z follow`, whatever order the segments came in."""

from __future__ import annotations

import gzip
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.core.test_names import CLIENT, ETHERNET, SERVER, batch, ip, tcp, udp
from tui.capture.pcapfile import open_capture
from tui.core.columns import Columns
from tui.core.decode import decode
from tui.core.flow.table import FlowTable
from tui.core.frames import Frames, from_packets
from tui.core.state import State
from tui.dissect.content import MAX_BODY, decode_http, text_lines
from tui.dissect.stream import Chunk, Conversation, Follower, follow

WHOLE = 1 << 40
FILES = (
    "proto/zeek_pipelined-requests.pcap", "proto/zeek_smtp.pcap", "proto/zeek_ipv4.pcap", "proto/ndpi_telnet.pcap",
    "proto/zeek_single-conn.pcap", "proto/arkime_tls-split-client-hello.pcap", "benign/ssh_interactive.pcap",
    "benign/desktop_idle.pcap", "attack/web_sql_injection.pcap",
)  # fmt: skip


class InMemory:
    """A FrameReader over frames that are at hand; sequence numbers are their places."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames

    def read(self, sequences: NDArray[np.int64]) -> Frames:
        return self._frames.select(sequences)


def whole(path: Path) -> tuple[InMemory, Columns]:
    """All packets of a file of one link type, with their flows."""
    source = open_capture(str(path))
    packets: list[bytes] = []
    linktype = 1
    while source.state is not State.ENDED:
        frames = source.read(1.0)
        if frames is not None:
            packets += [frames.bytes_of(index) for index in range(len(frames))]
            linktype = int(frames.linktype[0])
            source.release(frames)
    every = from_packets(packets, linktype)
    columns = decode(every)
    FlowTable().update(columns, every)
    return InMemory(every), columns


def conversation(*packets: bytes, limit: int = WHOLE) -> Conversation:
    frames, columns = batch(*packets)
    return follow(InMemory(frames), columns, np.arange(len(columns)), limit)


def segment(data: bytes, seq: int, back: bool = False, ack: int = 1, flags: int = 0x18) -> bytes:
    sport, dport = (443, 5000) if back else (5000, 443)
    header = bytearray(tcp(data, sport, dport, seq))
    header[8:12] = ack.to_bytes(4, "big")
    header[13] = flags
    return ip(6, bytes(header), *((SERVER, CLIENT) if back else (CLIENT, SERVER)))


def tshark_sides(path: Path, kind: str, stream: int) -> tuple[bytes, bytes]:
    """The bytes of both sides; what tshark writes of missing bytes is taken out."""
    command = ["tshark", "-n", "-r", str(path), "-q", "-z", f"follow,{kind},raw,{stream}"]
    out = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    sides = [b"", b""]
    for line in out.splitlines():
        digits = line.strip()
        if digits and all(c in "0123456789abcdef" for c in digits):
            data = bytes.fromhex(digits)
            if not data.endswith(b"bytes missing in capture file]\0"):
                sides[line.startswith("\t")] += data
    return sides[0], sides[1]


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_the_bytes_are_those_of_tshark(corpus: Path, name: str) -> None:
    path = corpus / "corpus" / name
    reader, columns = whole(path)
    streams = columns.stream[(columns.ip_proto == 6) & (columns.payload_len > 0)]
    assert len(streams)
    for stream in np.unique(streams)[:4].tolist():
        rows = np.flatnonzero((columns.stream == stream) & (columns.ip_proto == 6))
        found = follow(reader, columns.select(rows), rows, WHOLE)
        assert (found.side(0), found.side(1)) == tshark_sides(path, "tcp", stream), f"stream {stream}"


@pytest.mark.corpus
def test_datagrams_are_those_of_tshark(corpus: Path) -> None:
    path = corpus / "corpus/proto/ndpi_wireguard.pcap"
    reader, columns = whole(path)
    rows = np.flatnonzero(columns.stream == 0)
    found = follow(reader, columns.select(rows), rows, WHOLE)
    assert (found.side(0), found.side(1)) == tshark_sides(path, "udp", 0)


def test_both_sides_are_told_apart() -> None:
    found = conversation(segment(b"question", 10), segment(b"answer", 50, back=True, ack=18))
    assert [(chunk.side, chunk.data) for chunk in found.chunks] == [(0, b"question"), (1, b"answer")]
    assert found.complete


def test_repeats_are_left_out_and_overlaps_cut() -> None:
    found = conversation(segment(b"abc", 10), segment(b"abc", 10), segment(b"bcde", 11))
    assert found.side(0) == b"abcde"


def test_a_segment_that_came_late_stands_in_its_place() -> None:
    found = conversation(segment(b"ab", 10), segment(b"ef", 14), segment(b"cd", 12))
    assert [chunk.data for chunk in found.chunks] == [b"ab", b"cd", b"ef"]
    assert [chunk.sequence for chunk in found.chunks] == [0, 2, 1]


def test_what_was_acknowledged_but_not_captured_is_a_gap() -> None:
    found = conversation(segment(b"ab", 10), segment(b"ef", 14), segment(b"", 50, back=True, ack=16), segment(b"g", 16))
    assert [(chunk.data, chunk.gap) for chunk in found.chunks] == [(b"ab", 0), (b"", 2), (b"ef", 0), (b"g", 0)]
    assert found.missing == 2


def test_a_gap_at_the_end_is_marked_too() -> None:
    found = conversation(segment(b"ab", 10), segment(b"ef", 14))
    assert [(chunk.data, chunk.gap) for chunk in found.chunks] == [(b"ab", 0), (b"", 2), (b"ef", 0)]


def cut(*packets: tuple[bytes, int]) -> Conversation:
    """A conversation of packets of which so many bytes at the end were not captured."""
    whole = [ETHERNET + packet for packet, _ in packets]
    captured = [packet[: len(packet) - gone] for packet, (_, gone) in zip(whole, packets, strict=True)]
    frames = from_packets(captured, lengths=[len(packet) for packet in whole])
    columns = decode(frames)
    return follow(InMemory(frames), columns, np.arange(len(columns)), WHOLE)


def test_what_the_capture_cut_off_is_a_gap_also_at_the_end() -> None:
    """The end of a stream was silent about what the snap length had taken away."""
    answer = segment(b"", 50, back=True, ack=20)
    found = cut((segment(b"abcdef", 10), 4), (segment(b"ghij", 16), 1), (answer, 0))
    assert [(chunk.data, chunk.gap, chunk.sequence) for chunk in found.chunks] == [
        (b"ab", 0, 0), (b"", 4, 1), (b"ghi", 0, 1), (b"", 1, 1),
    ]  # fmt: skip


def test_what_is_sent_again_whole_leaves_no_gap() -> None:
    found = cut((segment(b"abcdef", 10), 4), (segment(b"abcdef", 10), 0))
    assert [(chunk.data, chunk.gap) for chunk in found.chunks] == [(b"ab", 0), (b"cdef", 0)]


def test_sequence_numbers_wrap() -> None:
    found = conversation(segment(b"abcd", 0xFFFFFFFE), segment(b"ef", 2))
    assert found.side(0) == b"abcdef"


def test_a_syn_takes_one_number() -> None:
    found = conversation(segment(b"", 9, flags=2), segment(b"ab", 10))
    assert [(chunk.data, chunk.gap) for chunk in found.chunks] == [(b"ab", 0)]


def test_datagrams_are_chunks() -> None:
    found = conversation(ip(17, udp(b"a", 5, 6)), ip(17, udp(b"b", 6, 5), SERVER, CLIENT), ip(17, udp(b"a", 5, 6)))
    assert [(chunk.side, chunk.data) for chunk in found.chunks] == [(0, b"a"), (1, b"b"), (0, b"a")]


def test_a_long_stream_comes_in_windows() -> None:
    frames, columns = batch(*[segment(b"x" * 100, 1 + 100 * i) for i in range(30)])
    follower = Follower(InMemory(frames), columns, np.arange(30))
    first, second = follower.more(1000), follower.more(WHOLE)
    assert (len(first.side(0)), first.complete) == (1000, False)
    assert (len(second.side(0)), second.complete) == (2000, True)


def test_nothing_to_follow() -> None:
    frames, _ = batch()
    assert follow(InMemory(frames), Columns.empty(0), np.zeros(0, np.int64)) == Conversation((), True)


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(8)), st.lists(st.integers(0, 7), max_size=4), st.integers(0, 0xFFFFFFFF))
def test_any_order_gives_the_same_bytes(order: list[int], again: list[int], start: int) -> None:
    data = bytes(range(40))
    first = segment(b"", (start - 1) & 0xFFFFFFFF, flags=2)
    parts = [segment(data[i * 5 : i * 5 + 5], (start + i * 5) & 0xFFFFFFFF) for i in [*order, *again]]
    assert conversation(first, *parts).side(0) == data


def answered(head: bytes, body: bytes) -> Conversation:
    chunks = (Chunk(0, b"GET / HTTP/1.1\r\n\r\n", 0, 0, 0), Chunk(1, head + b"\r\n\r\n" + body, 0, 1, 0))
    return decode_http(Conversation(chunks, True))


def test_a_gzip_body_is_shown_unpacked() -> None:
    packed = gzip.compress(b"hello world")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d" % len(packed)
    assert answered(head, packed).side(1).endswith(b"\r\n\r\nhello world")


def test_chunked_and_packed_bodies_follow_each_other() -> None:
    packed = gzip.compress(b"one")
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked"
    second = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo"
    assert answered(head, chunked + second).side(1).endswith(b"\r\n\r\none" + second)


def test_a_bomb_is_unpacked_to_its_bound_only() -> None:
    packed = gzip.compress(bytes(MAX_BODY * 2))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip"
    assert len(answered(head, packed).side(1)) <= MAX_BODY + 100


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_without_failing(data: bytes) -> None:
    for head in (b"", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip"):
        decoded = answered(head, data)
        assert all(line.isprintable() for line in text_lines(decoded.side(1)))
