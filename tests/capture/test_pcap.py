"""pcap: every variant gives the same packets."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.captures import EPOCH, SECOND, packet, pcap, read_all, written
from tui.capture.pcapfile import open_capture
from tui.errors import DamagedFile, FormatError

PACKETS = [packet(1, 60), packet(2, 1514), packet(3, 61), packet(4, 0), packet(5, 333)]
TIMES = [(EPOCH + i, i) for i in range(len(PACKETS))]
IN_NS = [s * SECOND + f for s, f in TIMES]
IN_US = [s * SECOND + f * 1000 for s, f in TIMES]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("magic", "extra", "start", "times"),
    [
        (0xA1B2C3D4, b"", b"", IN_US),
        (0xA1B23C4D, b"", b"", IN_NS),
        (0xA1B2CD34, bytes(8), b"", IN_US),
        (0xA1B2CD34, bytes(12), b"", IN_US),
        (0xA1B2C3D4, bytes(8), b"", IN_US),
        (0x1C0001AC, b"", bytes(4), IN_NS),
    ],
    ids=["micro", "nano", "modified", "modified-with-processor", "patched", "ixia"],
)
def test_each_variant_gives_the_packets(
    tmp_path: Path, order: str, magic: int, extra: bytes, start: bytes, times: list[int]
) -> None:
    path = written(tmp_path, pcap(PACKETS, order=order, magic=magic, extra=extra, start=start))
    assert read_all(open_capture(path)) == [(t, len(p) + 4, p) for t, p in zip(times, PACKETS, strict=True)]


@pytest.mark.parametrize("minor", [2, 3])
def test_lengths_that_stand_in_their_old_order(tmp_path: Path, minor: int) -> None:
    raw = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, minor, 0, 0, 65_535, 1)
    for data in PACKETS:
        raw += struct.pack("<IIII", 1, 0, len(data) + 9, len(data)) + data
    assert [p for _, _, p in read_all(open_capture(written(tmp_path, raw)))] == PACKETS


def test_microseconds_beyond_a_second_are_kept_as_wireshark_keeps_them(tmp_path: Path) -> None:
    path = written(tmp_path, pcap([b"a", b"b"], times=[(10, 1_000_000), (10, 0x80000000)]))
    assert [t for t, _, _ in read_all(open_capture(path))] == [11 * SECOND, 10 * SECOND]


def test_seconds_after_2038_are_in_the_future(tmp_path: Path) -> None:
    path = written(tmp_path, pcap([b"a"], times=[(0xFFFFFFFF, 0)]))
    assert read_all(open_capture(path))[0][0] == 0xFFFFFFFF * SECOND


def test_a_header_and_no_packet_is_a_capture(tmp_path: Path) -> None:
    assert read_all(open_capture(written(tmp_path, pcap([])))) == []


def test_an_unknown_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"1\.4"):
        open_capture(written(tmp_path, pcap(PACKETS, version=(1, 4))))


@pytest.mark.parametrize(("cut", "whole"), [(1, 4), (340, 4), (350, 3), (370, 2)])
def test_a_file_cut_anywhere_gives_the_whole_records(tmp_path: Path, cut: int, whole: int) -> None:
    raw = pcap(PACKETS)
    source = open_capture(written(tmp_path, raw[:-cut]))
    frames = source.read(0)
    assert frames is not None
    assert len(frames) == whole
    source.release(frames)
    with pytest.raises(DamagedFile) as damage:
        source.read(0)
    assert damage.value.offset == int(frames.offset[-1] + frames.caplen[-1])
    assert source.read(0) is None


def test_a_length_that_cannot_be_ends_the_file_there(tmp_path: Path) -> None:
    good = pcap(PACKETS)
    source = open_capture(written(tmp_path, good + struct.pack("<IIII", 1, 2, 0x7FFFFFF0, 60) + bytes(5000)))
    frames = source.read(0)
    assert frames is not None
    assert len(frames) == len(PACKETS)
    with pytest.raises(DamagedFile, match="2,147,483,632") as damage:
        source.read(0)
    assert damage.value.offset == len(good)


def test_the_link_type_lies_below_the_bits_of_the_check_sequence(tmp_path: Path) -> None:
    source = open_capture(written(tmp_path, pcap([b"a"], linktype=0x24000000 | 113)))
    assert source.interfaces[0].linktype == 113
