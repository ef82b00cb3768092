"""Messages are followed over segments, whatever their sizes and however they are batched."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui.core.dialogue.framing import FRAMES
from tui.core.dialogue.lanes import BEGUN, ENDS, MIDDLE, UNTOLD, Lane, Segments, walk


def record(size: int) -> bytes:
    return b"\x17\x03\x03" + size.to_bytes(2, "big") + bytes(size)


def run(lane: Lane, seqs: list[int], data: list[bytes]) -> list[int]:
    sizes = np.array([len(d) for d in data], np.int64)
    starts = np.cumsum(sizes) - sizes
    buffer = np.frombuffer(b"".join(data), np.uint8)
    segments = Segments.of(buffer, np.array(seqs, np.uint32), sizes, starts, sizes, np.zeros(len(data), np.int64))
    ends = [MIDDLE] * len(data)
    assert walk(lane, segments, 0, len(data), ends) <= len(data)
    return ends


def follow(lane: Lane, segments: list[bytes], first: int) -> list[int]:
    """Walk segments that follow each other from sequence number `first` on."""
    seqs, at = [], first
    for segment in segments:
        seqs.append(at % (1 << 32))
        at += len(segment)
    return run(lane, seqs, segments)


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    out, at = [], 0
    for size in sizes:
        out.append(data[at : at + size])
        at += size
    return [s for s in [*out, data[at:]] if s]


@given(st.lists(st.integers(1, 400), min_size=1, max_size=12), st.lists(st.integers(1, 300), max_size=12),
       st.integers(0, (1 << 32) - 1), st.integers(0, 12))  # fmt: skip
def test_a_segment_is_named_where_a_record_ends(records: list[int], cuts: list[int], first: int, batch: int) -> None:
    data = b"".join(map(record, records))
    segments = cut(data, cuts)
    borders, at = set(), 0
    for size in records:
        at += size + 5
        borders.add(at)
    want, at = [], 0
    for segment in segments:
        begins = at == 0 or at in borders
        ends = any(at < b <= at + len(segment) for b in borders)
        want.append(ENDS if ends else BEGUN if begins else MIDDLE)
        at += len(segment)
    lane = Lane(0, FRAMES["TLS"])
    got = follow(lane, segments[:batch], first)
    got += follow(lane, segments[batch:], first + sum(map(len, segments[:batch])))
    assert got == want


def http(body: bytes, head: bytes) -> list[int]:
    return follow(Lane(0, None), [head[:9], head[9:] + body[:3], *cut(body[3:], [4] * 9)], 1)


def test_a_body_of_known_length() -> None:
    got = http(b"x" * 20, b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n")
    assert got == [MIDDLE] * (len(got) - 1) + [ENDS]


def test_a_chunked_body() -> None:
    got = http(b"5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert got == [MIDDLE] * (len(got) - 1) + [ENDS]


def test_a_request_and_its_pipelined_follower() -> None:
    assert follow(Lane(0, None), [b"GET / HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n", b"Host: a\r\n\r\n"], 5) == [ENDS, ENDS]


def test_bytes_that_are_no_message_keep_their_name() -> None:
    assert follow(Lane(0, FRAMES["TLS"]), [b"hello", record(9)], 5) == [UNTOLD, ENDS]


def test_a_lost_segment_ends_what_was_under_way() -> None:
    lane = Lane(0, FRAMES["TLS"])
    assert follow(lane, [record(100)[:50]], 1) == [BEGUN]
    assert follow(lane, [record(7)], 1000) == [ENDS]


def test_a_segment_out_of_order_changes_nothing() -> None:
    lane = Lane(0, FRAMES["TLS"])
    data = record(100)
    assert follow(lane, [data[:50]], 1000) == [BEGUN]
    assert follow(lane, [bytes(10)], 900) == [MIDDLE]
    assert follow(lane, [data[50:]], 1050) == [ENDS]


def test_a_length_that_counts_around_the_sequence_space_ends_nothing() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 4294967396\r\n\r\n"
    assert follow(Lane(0, None), [head, *[b"x" * 100] * 5], 7) == [MIDDLE] * 6


@given(st.lists(st.tuples(st.integers(0, (1 << 32) - 1), st.binary(min_size=1, max_size=60)), max_size=12))
def test_any_segments_in_any_order(segments: list[tuple[int, bytes]]) -> None:
    for frame in [None, *FRAMES.values()]:
        assert len(run(Lane(0, frame), [s for s, _ in segments], [d for _, d in segments])) == len(segments)
