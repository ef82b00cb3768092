"""The store: what is written is read back, bounds hold, and a disk that fails costs packets and nothing else."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.captures import columns_of, packet, read_all, some_frames
from tui.capture.pcapfile import open_capture
from tui.capture.source import InterfaceInfo
from tui.core.frames import Frames
from tui.errors import SaveError
from tui.store import disk
from tui.store.layout import FileLayout, SpoolLayout
from tui.store.pool import CHUNK
from tui.store.reader import Reader
from tui.store.rows import RowWriter
from tui.store.series import Lost
from tui.store.spool import SegmentStore

INTERFACES = (InterfaceInfo("eth0", 1), InterfaceInfo("tun0", 101, description="a tunnel"))


class Kept:
    """A store with the rows that a worker would publish."""

    def __init__(self, layout: SpoolLayout | FileLayout, keep: int = 1_000_000, **options: float) -> None:
        self.store = SegmentStore(layout, lambda: INTERFACES, **options)
        self.writer = RowWriter(keep)
        self.reader = Reader(lambda: self.writer.rows, self.store)

    def add(self, frames: Frames) -> np.ndarray:
        locators = self.store.write(frames, self.writer.rows.end)
        rows = self.writer.append(columns_of(frames, locators), self.store.first_kept)
        self.store.forget(rows.first)
        return locators

    def bytes_of(self, *sequences: int) -> list[bytes]:
        frames = self.reader.read(np.array(sequences, np.int64))
        return [frames.bytes_of(i) for i in range(len(frames))]


@pytest.fixture
def opened() -> Iterator[Callable[..., Kept]]:
    """Makes stores, and closes them in the end."""
    made: list[Kept] = []

    def make(layout: SpoolLayout | FileLayout, **options: float) -> Kept:
        made.append(Kept(layout, **options))
        return made[-1]

    yield make
    for kept in made:
        kept.store.close()


Opened = Callable[..., Kept]


def test_packets_are_read_back_before_and_after_they_reach_the_disk(tmp_path: Path, opened: Opened) -> None:
    kept = opened(SpoolLayout(tmp_path, 64 << 20, {}))
    kept.add(some_frames(0, 5000, 700))
    wanted = [4999, 0, 1498, 1499, 1500, 2500, 0]
    before = kept.bytes_of(*wanted)
    assert kept.store.flush()
    assert before == kept.bytes_of(*wanted) == [packet(n, 700) for n in wanted]


def test_the_files_are_pcap_of_which_nothing_is_missing(tmp_path: Path, opened: Opened) -> None:
    kept = opened(SpoolLayout(tmp_path, 64 << 20, {}))
    for first in range(0, 9000, 3000):
        kept.add(some_frames(first, 3000, 1000))
    kept.store.flush()
    files = [s.path for s in kept.store.segments]
    assert len(files) > 1
    assert [p for f in files for _, _, p in read_all(open_capture(str(f)))] == [packet(n, 1000) for n in range(9000)]
    assert {f.stat().st_mode & 0o777 for f in files} == {0o600}
    assert files[0].parent.stat().st_mode & 0o777 == 0o700


def test_a_header_is_written_before_the_frame_where_there_is_room(tmp_path: Path, opened: Opened) -> None:
    plain = some_frames(0, 100)
    buffer = np.zeros(100 * 96, np.uint8)
    offset = np.arange(100, dtype=np.int64) * 96 + 32
    for i in range(100):
        buffer[offset[i] : offset[i] + 60] = np.frombuffer(packet(i), np.uint8)
    frames = replace(plain, buffer=buffer, offset=offset, headroom=32)
    kept = opened(FileLayout(tmp_path / "out.pcap"))
    kept.add(frames)
    kept.store.flush()
    found = read_all(open_capture(str(tmp_path / "out.pcap")))
    assert found == list(zip(plain.time_ns.tolist(), plain.length.tolist(), map(packet, range(100)), strict=True))


def test_the_oldest_files_go_first_and_readers_keep_theirs(tmp_path: Path, opened: Opened) -> None:
    kept = opened(SpoolLayout(tmp_path, 4 << 20, {}))
    kept.add(some_frames(0, 100, 1000))
    kept.store.flush()
    first = kept.store.segments[0]
    file = first.file
    for number in range(100, 20_100, 1000):
        kept.add(some_frames(number, 1000, 1000))
    kept.store.flush()
    assert not first.path.exists()
    assert file is not None
    assert os.pread(file.fd, 60, 40) == packet(0, 1000)[:60]
    assert kept.store.kept_bytes <= 4 << 20
    rows = kept.writer.rows
    assert kept.store.first_kept == rows.first > 10_000
    assert kept.bytes_of(rows.first, 20_099) == [packet(rows.first, 1000), packet(20_099, 1000)]
    assert kept.bytes_of(rows.first - 1) == [b""]


def test_files_before_the_rows_that_are_kept_go(tmp_path: Path, opened: Opened) -> None:
    kept = opened(SpoolLayout(tmp_path, 64 << 20, {}), keep=1000)
    for number in range(0, 20_000, 1000):
        kept.add(some_frames(number, 1000, 1000))
    kept.store.flush()
    assert len(list(tmp_path.glob("*/*.pcap"))) <= 2


def test_each_interface_has_files_of_its_own(tmp_path: Path, opened: Opened) -> None:
    kept = opened(SpoolLayout(tmp_path, 64 << 20, {}))
    frames = some_frames(0, 10)
    number = np.arange(10) % 2
    kept.add(replace(frames, interface=number.astype(np.uint16), linktype=np.where(number, 101, 1).astype(np.uint16)))
    kept.store.flush()
    found = [[p for _, _, p in read_all(open_capture(str(s)))] for s in sorted(tmp_path.glob("*/*.pcap"))]
    assert found == [[packet(n) for n in range(0, 10, 2)], [packet(n) for n in range(1, 10, 2)]]
    assert kept.bytes_of(*range(10)) == [packet(n) for n in range(10)]
    assert kept.store.segments == ()


def test_pcapng_describes_the_interfaces_it_meets(tmp_path: Path, opened: Opened) -> None:
    path = tmp_path / "out.pcapng"
    kept = opened(FileLayout(path))
    kept.add(some_frames(0, 3, 61, interface=1, linktype=101))
    kept.add(some_frames(3, 3, 62))
    kept.store.flush()
    source = open_capture(str(path))
    assert [p for _, _, p in read_all(source)] == [packet(n, 61) for n in range(3)] + [
        packet(n, 62) for n in range(3, 6)
    ]
    assert [(i.name, i.linktype) for i in source.interfaces] == [("tun0", 101), ("eth0", 1)]
    assert kept.bytes_of(1, 4) == [packet(1, 61), packet(4, 62)]


def test_one_pcap_file_cannot_hold_two_link_types(tmp_path: Path, opened: Opened) -> None:
    kept = opened(FileLayout(tmp_path / "out.pcap"))
    frames = replace(some_frames(0, 2), linktype=np.array([1, 101], np.uint16))
    with pytest.raises(SaveError) as error:
        kept.add(frames)
    assert "pcapng" in error.value.hint


@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
def test_rotation_keeps_the_newest_files_whole(tmp_path: Path, opened: Opened, suffix: str) -> None:
    kept = opened(FileLayout(tmp_path / f"out.{suffix}", rotate_bytes=100_000, rotate_files=3))
    kept.add(some_frames(0, 1000, 1000))
    kept.store.flush()
    files = sorted(tmp_path.iterdir())
    assert [f.name for f in files] == [f"out-{n:05d}.{suffix}" for n in (9, 10, 11)]
    assert all(f.stat().st_size <= 100_000 for f in files)
    found = [p for f in files for _, _, p in read_all(open_capture(str(f)))]
    assert found == [packet(n, 1000) for n in range(1000 - len(found), 1000)]


class Stall:
    """Holds the disk thread up until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go = threading.Event()
        write = disk.Disk._write

        def slow(*arguments: object) -> None:
            self.go.wait(30)
            write(*arguments)

        monkeypatch.setattr(disk.Disk, "_write", slow)


def test_a_stalled_disk_costs_packets_that_are_counted(
    tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    stall = Stall(monkeypatch)
    kept = opened(SpoolLayout(tmp_path, 64 << 20, {}), pool_bytes=4 * CHUNK)
    locators = np.concatenate([kept.add(some_frames(n, 1000, 1000)) for n in range(0, 10_000, 1000)])
    missing = int((locators == 0).sum())
    assert 5_000 < missing < 7_000
    assert kept.store.unwritten == missing
    assert "too slow" in kept.store.warnings[0]
    first_gap = int(np.flatnonzero(locators == 0)[0])
    assert kept.bytes_of(first_gap - 1, first_gap) == [packet(first_gap - 1, 1000), b""]
    stall.go.set()
    kept.store.flush()
    later = kept.add(some_frames(10_000, 10))
    assert (later > 0).all()


def test_a_replay_waits_for_a_slow_disk(tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    stall = Stall(monkeypatch)
    kept = opened(SpoolLayout(tmp_path, 64 << 20, {}), pool_bytes=2 * CHUNK, wait_s=30.0)
    threading.Timer(0.05, stall.go.set).start()
    for n in range(0, 10_000, 1000):
        kept.add(some_frames(n, 1000, 1000))
    assert kept.store.unwritten == 0
    assert kept.bytes_of(0, 9_999) == [packet(0, 1000), packet(9_999, 1000)]


def test_a_full_disk_stops_the_store_and_says_so(
    tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = opened(SpoolLayout(tmp_path, 64 << 20, {}))
    kept.add(some_frames(0, 100))
    kept.store.flush()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(disk.Disk, "_write", full)
    kept.add(some_frames(100, 100))
    assert not kept.store.flush()
    kept.add(some_frames(200, 100))
    assert kept.store.unwritten == 200
    assert kept.store.warnings == ("packets are no longer kept: No space left on device",)
    assert kept.bytes_of(99, 200) == [packet(99), b""]


def test_a_folder_that_is_removed_stops_the_store_at_the_next_file(tmp_path: Path, opened: Opened) -> None:
    kept = opened(SpoolLayout(tmp_path / "spool", 64 << 20, {}))
    kept.add(some_frames(0, 100))
    kept.store.flush()
    folder = kept.store.segments[0].path.parent
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    for n in range(100, 5100, 1000):
        kept.add(some_frames(n, 1000, 1000))
        if n == 100:
            kept.store.flush()
            assert "deleted" in kept.store.warnings[0]
            assert kept.bytes_of(5, 1000) == [packet(5), packet(1000, 1000)]
    kept.store.flush()
    kept.add(some_frames(5100, 10))
    assert "No such file" in kept.store.warnings[0]
    assert kept.bytes_of(5) == [packet(5)]


def test_closing_a_spool_removes_it(tmp_path: Path) -> None:
    kept = Kept(SpoolLayout(tmp_path, 64 << 20, {}))
    kept.add(some_frames(0, 100))
    kept.store.close()
    assert list(tmp_path.iterdir()) == []


def test_closing_a_file_leaves_every_packet_in_it(tmp_path: Path) -> None:
    kept = Kept(FileLayout(tmp_path / "out.pcap"))
    kept.add(some_frames(0, 5000, 1000))
    kept.store.close()
    assert len(read_all(open_capture(str(tmp_path / "out.pcap")))) == 5000


def test_a_pcapng_file_ends_with_what_was_lost(tmp_path: Path) -> None:
    kept = Kept(FileLayout(tmp_path / "out.pcapng"))
    kept.add(some_frames(0, 3))
    kept.store.conclude((Lost(3, 2, 1),), 10**18)
    kept.store.close()
    raw = (tmp_path / "out.pcapng").read_bytes()
    assert raw.endswith(b"\x07\x00\x08\x00" + (1).to_bytes(8, "little") + bytes(4) + raw[-4:])
    assert len(read_all(open_capture(str(tmp_path / "out.pcapng")))) == 3
