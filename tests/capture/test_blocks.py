"""Blocks are taken in the kernel's order and given back to it."""

from __future__ import annotations

from tests.capture.ringmaker import Given, make_ring
from tui.capture.blocks import STATUS, USER, Ring

FRAME = Given(b"x" * 60)


def ring_of(*counts: int) -> Ring:
    return Ring(*make_ring([[FRAME] * count for count in counts]))


def test_only_consecutive_full_blocks_are_ready() -> None:
    ring = ring_of(2, 3, 0, 4)
    assert ring.ready(10, 1000) == ([0, 1], 5)


def test_the_bounds_of_blocks_and_packets_hold() -> None:
    ring = ring_of(2, 3, 4, 5)
    assert ring.ready(2, 1000)[0] == [0, 1]
    assert ring.ready(10, 3)[0] == [0, 1]
    assert ring.ready(10, 2)[0] == [0]


def test_taken_blocks_are_not_taken_again_and_come_round_when_the_kernel_fills_them() -> None:
    ring = ring_of(1, 1, 1)
    ring.take([0, 1])
    ring.give_back([0, 1])
    assert ring.ready(10, 1000)[0] == [2]
    ring.take([2])
    assert ring.ready(10, 1000)[0] == []
    assert ring.position == 0


def test_a_ring_that_is_full_is_ready_once() -> None:
    assert ring_of(1, 1, 1).ready(100, 1000)[0] == [0, 1, 2]


def test_both_walks_find_the_same() -> None:
    counts = [1, 40, 3, 17] * 8
    ring = ring_of(*counts)
    blocks = list(range(len(counts)))
    assert ring.offsets(blocks).tolist() == ring._walk(blocks).tolist()
    assert len(ring.offsets(blocks)) == sum(counts)


def test_a_ring_that_was_used_begins_where_the_kernel_is() -> None:
    mapping, geometry = make_ring([[FRAME], [FRAME, FRAME], [FRAME]])
    assert Ring(mapping, geometry, 1).ready(2, 1000) == ([1, 2], 3)


def test_what_waits_is_what_is_full_and_not_taken() -> None:
    ring = ring_of(1, 1, 1, 0)
    assert ring.waiting() == 3
    ring.take([0, 1])
    assert ring.waiting() == 1
    assert ring_of(1, 1).waiting() == 2


def test_blocks_that_are_out_are_not_ready_again_however_the_ring_goes_round() -> None:
    """They are full until they are given back: a ring that came round to them handed their frames out twice."""
    ring = ring_of(1, 1, 1, 1)
    ring.take([0])
    ring.take([1])
    ring.take([2, 3])
    assert ring.ready(10, 1000)[0] == []
    assert ring.waiting() == 0
    ring.give_back([2, 3])
    ring.give_back([0])
    assert ring.ready(10, 1000)[0] == []
    fill(ring, 0)
    fill(ring, 2)
    assert ring.ready(10, 1000)[0] == [0]
    assert ring.waiting() == 1
    ring.take([0])
    ring.give_back([1])
    fill(ring, 1)
    assert ring.ready(10, 1000)[0] == [1, 2]


def fill(ring: Ring, block: int) -> None:
    """What the kernel does with a block that it was given."""
    assert not ring._words[block * ring.geometry.block_size // 4 + STATUS]
    ring._words[block * ring.geometry.block_size // 4 + STATUS] = USER
