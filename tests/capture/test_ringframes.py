"""Frames are what was on the wire: tags put back, cooked headers written, nothing else touched."""

from __future__ import annotations

import struct

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.ringmaker import Given, make_ring
from tui.capture.blocks import Ring
from tui.capture.packetsocket import HEADROOM
from tui.capture.ringframes import frames
from tui.core.frames import Direction, Frames

WHOLE = 1 << 18
MACS = bytes(range(12))


def frames_of(blocks: list[list[Given]], linktype: int = 1, snaplen: int = WHOLE) -> Frames:
    mapping, geometry = make_ring(blocks)
    ring = Ring(mapping, geometry)
    ready, _ = ring.ready(len(blocks), 1 << 30)
    return frames(ring.buffer, ring.offsets(ready), linktype, 3, snaplen)


def packets(found: Frames) -> list[bytes]:
    return [found.bytes_of(i) for i in range(len(found))]


def test_a_stripped_tag_stands_behind_the_addresses_again() -> None:
    found = frames_of([[Given(MACS + b"\x08\x00rest", tag=(0x88A8, 0x2005)), Given(MACS + b"\x08\x06")]])
    assert packets(found) == [MACS + b"\x88\xa8\x20\x05\x08\x00rest", MACS + b"\x08\x06"]
    assert found.length.tolist() == [22, 14]


def test_a_tag_without_a_told_tpid_is_8021q() -> None:
    mapping, geometry = make_ring([[Given(MACS + b"\x08\x00", tag=(0, 5))]])
    mapping[48 + 20 : 48 + 24] = struct.pack("=I", 0x10)
    ring = Ring(mapping, geometry)
    found = frames(ring.buffer, ring.offsets([0]), 1, 0, WHOLE)
    assert packets(found) == [MACS + b"\x81\x00\x00\x05\x08\x00"]


def test_a_frame_too_short_for_addresses_stays_as_it_is() -> None:
    assert packets(frames_of([[Given(b"short", tag=(0x8100, 1))]])) == [b"short"]


def test_the_snaplen_holds_with_the_tag() -> None:
    found = frames_of([[Given(MACS + bytes(88), length=1000, tag=(0x8100, 1))]], snaplen=100)
    assert found.caplen.tolist() == [100]
    assert found.length.tolist() == [1004]


def test_what_goes_out_on_loopback_is_left_out_and_elsewhere_not() -> None:
    kinds = [(4, 772), (0, 772), (4, 1), (2, 1)]
    found = frames_of([[Given(bytes([n]) * 20, pkttype=p, hatype=h) for n, (p, h) in enumerate(kinds)]])
    assert [data[0] for data in packets(found)] == [1, 2, 3]
    assert found.direction.tolist() == [Direction.IN, Direction.OUT, Direction.MULTICAST]


def test_a_cooked_frame_has_an_sll2_header() -> None:
    given = Given(b"payload that is long enough", protocol=0x86DD, ifindex=7, hatype=65534, pkttype=4)
    (data,) = packets(frames_of([[given]], linktype=276))
    assert data == struct.pack("!HHIHBB", 0x86DD, 0, 7, 65534, 4, 6) + given.data[6:12] + bytes(2) + given.data


def test_a_tag_of_a_cooked_frame_is_its_protocol() -> None:
    (data,) = packets(frames_of([[Given(b"x" * 20, tag=(0x8100, 0x0123), protocol=0x0806)]], linktype=276))
    assert data[:2] == b"\x81\x00"
    assert data[20:] == b"\x01\x23\x08\x06" + b"x" * 20


def test_the_headroom_can_be_written_without_harm() -> None:
    """A writer puts its record headers there, after all frames of the batch were found."""
    for linktype in (1, 276):
        found = frames_of([[Given(bytes([n]) * 60, tag=(0x8100, n)) for n in range(20)]], linktype=linktype)
        assert found.headroom >= HEADROOM
        before = packets(found)
        for offset in found.offset.tolist():
            found.buffer[offset - found.headroom : offset] = 0xFF
        assert packets(found) == before


some_frames = st.builds(
    Given,
    data=st.binary(min_size=12, max_size=200),
    time_ns=st.integers(0, 2**32 * 10**9 - 1),
    tag=st.none() | st.tuples(st.just(0x8100), st.integers(0, 0xFFFF)),
    pkttype=st.integers(0, 7),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(some_frames, min_size=1, max_size=12), min_size=1, max_size=20))
def test_any_ring_gives_what_was_put_into_it(blocks: list[list[Given]]) -> None:
    """Few blocks are walked in turn, many side by side: the same frames either way."""
    found = frames_of(blocks)
    wanted = [frame for block in blocks for frame in block]
    assert packets(found) == [
        f.data[:12] + struct.pack("!HH", *f.tag) + f.data[12:] if f.tag else f.data for f in wanted
    ]
    assert found.time_ns.tolist() == [f.time_ns for f in wanted]
    assert np.all(found.interface == 3)
