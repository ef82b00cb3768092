"""decode is total, and a packet is decoded the same whatever stands beside it."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.benchmarks.traffic import TRAFFIC, frames
from tui.core.columns import DTYPES, Columns, Mark
from tui.core.decode import decode, decode_inner
from tui.core.decode.link import _READERS
from tui.core.decode.linktypes import NAMED
from tui.core.frames import Frames, from_packets
from tui.core.protocols import NAMES

LINKTYPES = sorted({*_READERS, *NAMED, 147, 65535})
REAL = [p for kind in TRAFFIC for p in map(frames(kind, 6).bytes_of, range(6))]


@st.composite
def packets(draw: st.DrawFn) -> tuple[int, bytes]:
    """Bytes of nothing, or of a packet with some bytes changed and the end cut off."""
    linktype = draw(st.one_of(st.just(1), st.sampled_from(LINKTYPES)))
    if draw(st.integers(0, 3)) == 0:
        return linktype, draw(st.binary(max_size=200))
    data = bytearray(draw(st.sampled_from(REAL)))
    for _ in range(draw(st.integers(0, 5))):
        if data:
            data[draw(st.integers(0, min(len(data), 120) - 1))] = draw(st.integers(0, 255))
    return linktype, bytes(data[: draw(st.integers(0, len(data)))])


def framed(some: list[tuple[int, bytes]], lengths: list[int]) -> Frames:
    made = from_packets(
        [p for _, p in some], lengths=[max(0, len(p) + n) for (_, p), n in zip(some, lengths, strict=True)]
    )
    return dataclasses.replace(made, linktype=np.array([t for t, _ in some], np.uint16))


def same(one: Columns, other: Columns) -> None:
    for name in DTYPES:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(packets(), st.integers(-20, 40)), min_size=1, max_size=12))
def test_any_bytes_decode_the_same_in_any_batch(some: list[tuple[tuple[int, bytes], int]]) -> None:
    batch = framed([p for p, _ in some], [n for _, n in some])
    columns = decode(batch)
    decode_inner(batch, columns)
    assert int(columns.protocol.max()) < len(NAMES)
    for i in {0, len(batch) // 2, len(batch) - 1}:
        same(columns.select(slice(i, i + 1)), decode(batch.select(slice(i, i + 1))))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.lists(st.tuples(*[st.integers(0, 400)] * 3, st.sampled_from(LINKTYPES)), min_size=1))
def test_any_offset_and_length_within_or_behind_the_buffer(data: bytes, some: list[tuple[int, int, int, int]]) -> None:
    numbers = np.array(some, np.int64)
    n = len(some)
    zeros = np.zeros(n, np.int64)
    batch = Frames(
        np.frombuffer(data, np.uint8), np.minimum(numbers[:, 0], len(data)), numbers[:, 1], numbers[:, 2], zeros,
        numbers[:, 3].astype(np.uint16), zeros.astype(np.uint16), zeros.astype(np.uint8),
    )  # fmt: skip
    decode_inner(batch, decode(batch))


def test_no_frames_no_rows() -> None:
    assert len(decode(from_packets([]))) == 0


def test_columns_have_their_dtypes() -> None:
    columns = decode(frames("mix", 50))
    assert {name: getattr(columns, name).dtype for name in DTYPES} == {n: np.dtype(d) for n, d in DTYPES.items()}


def test_what_the_snap_length_cut_is_marked() -> None:
    columns = decode(from_packets([bytes(60), bytes(60)], lengths=[60, 1500]))
    assert (columns.marks & Mark.CUT != 0).tolist() == [False, True]


def test_floods_are_array_operations() -> None:
    """The number of NumPy calls, not of packets, is what a batch may cost: counted by Python function calls."""
    import sys

    def calls(batch: Frames) -> int:
        count = 0

        def profile(*_: object) -> None:
            nonlocal count
            count += 1

        sys.setprofile(profile)
        try:
            decode(batch)
        finally:
            sys.setprofile(None)
        return count

    for kind in ("ip options", "fragments", "extensions", "vlan tags", "icmp errors", "vxlan", "ip in ip x10", "http"):
        few, many = frames(kind, 100), frames(kind, 2000)
        assert calls(many) < 1.5 * calls(few), kind
