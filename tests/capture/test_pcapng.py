"""pcapng: sections, interfaces, resolutions, and blocks that are passed over."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest

from tests.captures import SECOND, block, enhanced, interface, option, packet, read_all, section, written
from tui.capture.pcapfile import open_capture
from tui.core.frames import Direction
from tui.errors import DamagedFile

BOTH = pytest.mark.parametrize("order", ["<", ">"])


@BOTH
def test_several_sections_count_their_interfaces_anew(tmp_path: Path, order: str) -> None:
    other = ">" if order == "<" else "<"
    raw = section(order) + interface(1, order=order) + interface(101, order=order)
    raw += enhanced(b"one", number=1, order=order)
    raw += section(other) + interface(113, order=other) + enhanced(b"two", order=other)
    source = open_capture(written(tmp_path, raw))
    frames = [source.read(0), source.read(0)]
    found = [(f.bytes_of(0), int(f.interface[0]), int(f.linktype[0])) for f in frames if f]
    assert found == [(b"one", 1, 101), (b"two", 2, 113)]


@pytest.mark.parametrize(
    ("resolution", "offset", "ticks", "expected"),
    [
        (None, 0, 1_500_000, 1_500_000_000),
        (9, 0, 1_500_000_001, 1_500_000_001),
        (3, 0, 1_500, 1_500_000_000),
        (0, 0, 7, 7 * SECOND),
        (12, 0, 1_500_000_000_999, 1_500_000_000),
        (0x80 | 1, 0, 3, 1_500_000_000),
        (0x80 | 40, 0, 3 << 39, 1_500_000_000),
        (0x80 | 63, 0, 1 << 62, 500_000_000),
        (9, 100, 5, 100 * SECOND + 5),
        (9, -3, 5, -3 * SECOND + 5),
        (0, 1 << 62, 5, (1 << 33) * SECOND),
        (30, 0, 0xFFFFFFFFFFFFFFFF, 0),
        (0, 0, 0xFFFFFFFFFFFFFFFF, (1 << 33) * SECOND),
    ],
)
def test_time_in_any_resolution(tmp_path: Path, resolution: int | None, offset: int, ticks: int, expected: int) -> None:
    options = option(9, bytes((resolution,))) if resolution is not None else b""
    options += option(14, struct.pack("<q", offset)) if offset else b""
    raw = section() + interface(options=options) + enhanced(b"x", ticks)
    assert read_all(open_capture(written(tmp_path, raw)))[0][0] == expected


@BOTH
def test_simple_and_old_packet_blocks(tmp_path: Path, order: str) -> None:
    old = struct.pack(order + "HHIIII", 1, 0, 0, 1_000_000, 5, 9) + b"hello"
    raw = section(order) + interface(order=order, snaplen=4) + interface(order=order)
    raw += block(3, struct.pack(order + "I", 9) + b"four", order) + block(2, old, order)
    assert read_all(open_capture(written(tmp_path, raw))) == [(0, 9, b"four"), (SECOND, 9, b"hello")]


def test_what_is_no_packet_is_passed_over(tmp_path: Path) -> None:
    noise = block(4, bytes(8)) + block(5, bytes(12)) + block(0xBAD, b"custom!!") + block(0x0000000A, b"TLSK" + bytes(4))
    raw = section(options=option(1, b"a comment")) + noise + interface() + noise
    raw += enhanced(b"one") + noise + enhanced(b"two", options=option(1, b"words") + option(0, b"")) + noise
    assert [p for _, _, p in read_all(open_capture(written(tmp_path, raw)))] == [b"one", b"two"]


def test_names_of_interfaces(tmp_path: Path) -> None:
    raw = section() + interface(options=option(2, b"eth0") + option(3, b"the wire")) + enhanced(b"x")
    source = open_capture(written(tmp_path, raw))
    read_all(source)
    assert (source.interfaces[0].name, source.interfaces[0].description) == ("eth0", "the wire")


@BOTH
@pytest.mark.parametrize(
    ("flags", "direction"),
    [(1, Direction.IN), (2, Direction.OUT), (1 | 2 << 2, Direction.MULTICAST), (1 | 3 << 2, Direction.BROADCAST),
     (1 | 4 << 2, Direction.OTHERHOST), (0, Direction.UNKNOWN), (1 | 7 << 2, Direction.OTHERHOST)],
)  # fmt: skip
def test_direction_is_found_behind_other_options(tmp_path: Path, order: str, flags: int, direction: int) -> None:
    options = option(1, b"odd", order) + option(2, struct.pack(order + "I", flags), order) + option(0, b"", order)
    raw = section(order) + interface(order=order) + enhanced(b"abc", options=options, order=order)
    frames = open_capture(written(tmp_path, raw)).read(0)
    assert frames is not None
    assert frames.direction.tolist() == [direction]


GOOD = section() + interface() + enhanced(b"good")


@pytest.mark.parametrize(
    "bad",
    [
        enhanced(b"x", number=1),
        struct.pack("<III", 6, 8, 8),
        struct.pack("<III", 6, 13, 13) + bytes(20),
        struct.pack("<II", 6, 0x7FFFFFFC) + bytes(64),
        enhanced(b"1234")[:-4] + struct.pack("<I", 99),
        block(6, struct.pack("<IIIII", 0, 0, 0, 4000, 4000) + b"short"),
        block(6, bytes(8)),
        block(1, bytes(4)),
        block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HH", 2, 400)),
        section(version=(9, 0)),
        block(0x0A0D0D0A, bytes(16)),
        enhanced(b"cut here")[:-5],
    ],
    ids=["interface", "tiny", "odd", "huge", "closing", "caplen", "header", "idb", "option", "version", "order", "cut"],
)  # fmt: skip
def test_damage_ends_the_file_where_it_is(tmp_path: Path, bad: bytes) -> None:
    source = open_capture(written(tmp_path, GOOD + bad))
    frames = source.read(0)
    assert frames is not None
    assert frames.bytes_of(0) == b"good"
    source.release(frames)
    with pytest.raises(DamagedFile) as damage:
        source.read(0)
    assert damage.value.offset == len(GOOD)


def test_many_small_sections(tmp_path: Path) -> None:
    raw = b"".join(section() + interface() + enhanced(packet(i)) for i in range(300))
    assert [p for _, _, p in read_all(open_capture(written(tmp_path, raw)))] == [packet(i) for i in range(300)]


def test_each_interface_costs_the_same_however_many_there_are(tmp_path: Path) -> None:
    """Each was copied once for each that came after it: a file of a megabyte took a minute."""

    def seconds(count: int) -> float:
        source = open_capture(written(tmp_path, section() + interface() * count + enhanced(packet(0), count - 1)))
        begun = time.process_time()
        assert len(read_all(source)) == 1
        taken = time.process_time() - begun
        assert len(source.interfaces) == count
        return taken

    few = min(seconds(4_000) for _ in range(3))
    assert seconds(64_000) < 60 * few, "16 times as many"
