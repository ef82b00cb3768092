"""The disk thread: every packet is in the file or counted as unwritten, wherever and however slowly the disk fails."""

from __future__ import annotations

import errno
import os
import random
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.captures import packet, read_all, some_frames
from tests.store.test_spool import Kept
from tui.capture.pcapfile import open_capture
from tui.core.frames import Frames, from_packets
from tui.store import disk
from tui.store.layout import FileLayout, SpoolLayout
from tui.store.pool import CHUNK

PWRITE = os.pwrite
NO_SPACE = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class SmallDisk:
    """Takes so many bytes of every file, the last of them as a short write, and then no more; slowly if asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, size: int = 1 << 62, pause_s: float = 0.0) -> None:
        self.size = size
        self.pause_s = pause_s
        monkeypatch.setattr(disk.os, "pwrite", self.pwrite)

    def pwrite(self, fd: int, data: memoryview, offset: int) -> int:
        if self.pause_s:
            threading.Event().wait(self.pause_s)
        left = self.size - offset
        if left <= 0:
            raise NO_SPACE
        if left < len(data):  # direct writes go by blocks: these need not
            opened = os.open(f"/proc/self/fd/{fd}", os.O_WRONLY)
            try:
                return PWRITE(opened, data[:left], offset)
            finally:
                os.close(opened)
        return PWRITE(fd, data, offset)


def odd_frames(rng: random.Random, first: int, count: int, largest: int) -> Frames:
    """Numbered packets of every size, empty ones too."""
    return from_packets([packet(first + i, rng.randint(0, largest)) for i in range(count)], 1, [0] * count)


def in_file(path: Path) -> int:
    """How many packets it holds; a record that is cut is an error."""
    return len(read_all(open_capture(str(path)))) if path.stat().st_size else 0


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 1 << 20),
    size=st.integers(0, 4 * CHUNK),
    largest=st.sampled_from([40, 700, 9_000, 64_000]),
    suffix=st.sampled_from(["pcap", "pcapng"]),
)
def test_a_disk_that_fills_anywhere_leaves_whole_records_and_counts_the_rest(
    seed: int, size: int, largest: int, suffix: str
) -> None:
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        SmallDisk(patch, size)
        kept = Kept(FileLayout(Path(folder) / f"out.{suffix}"), pool_bytes=4 * CHUNK)
        done = 0
        while done < 3 * CHUNK // largest + 100:
            count = rng.randint(1, 3_000_000 // largest)
            kept.add(odd_frames(rng, done, min(count, 5_000), largest))
            done += min(count, 5_000)
            if rng.random() < 0.3:
                kept.store.flush()
        kept.store.close()
        assert in_file(Path(folder) / f"out.{suffix}") + kept.store.unwritten == done


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
def test_a_slow_disk_and_odd_sizes_leave_no_packet_unaccounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, suffix: str
) -> None:
    SmallDisk(monkeypatch, pause_s=0.002)
    rng = random.Random(seed)
    kept = Kept(FileLayout(tmp_path / f"out.{suffix}"), pool_bytes=rng.choice([2, 3, 8]) * CHUNK)
    done = missing = 0
    for _ in range(150):
        batch = odd_frames(rng, done, rng.randint(1, 1500), rng.choice([60, 1514, 20_000]))
        missing += int((kept.add(batch) == 0).sum())
        done += len(batch)
    kept.store.close()
    assert missing == kept.store.unwritten > 0
    assert in_file(tmp_path / f"out.{suffix}") + missing == done


def test_several_interfaces_on_a_full_disk_all_end_with_whole_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SmallDisk(monkeypatch, 2 * CHUNK + 777)
    kept = Kept(SpoolLayout(tmp_path, 512 << 20, {}))
    for first in range(0, 12_000, 500):
        frames = some_frames(first, 500, 1_000)
        kept.add(replace(frames, interface=(np.arange(500) % 3 == 0).astype(np.uint16)))
    kept.store.flush()
    files = list(tmp_path.glob("*/*.pcap"))
    assert len(files) == 2
    assert sum(map(in_file, files)) + kept.store.unwritten == 12_000
    kept.store.close()


def test_the_bytes_of_a_file_are_written_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk half full was written before a full one that waited: a kill between them left a hole."""
    places: list[int] = []
    slow = SmallDisk(monkeypatch, pause_s=0.03)

    def noted(fd: int, data: memoryview, offset: int) -> int:
        places.append(offset)
        return slow.pwrite(fd, data, offset)

    monkeypatch.setattr(disk.os, "pwrite", noted)
    kept = Kept(FileLayout(tmp_path / "out.pcap"))
    for first in range(0, 20_000, 2_000):
        kept.add(some_frames(first, 2_000, 1_000))
        kept.store._disk._urgent = True
    kept.store.close()
    assert places == sorted(places)
    assert in_file(tmp_path / "out.pcap") == 20_000


def test_a_disk_that_no_longer_answers_is_given_up_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(FileLayout(tmp_path / "out.pcap"))
    kept.add(some_frames(0, 100))
    kept.store.flush()
    go = threading.Event()

    def stuck(*_: object) -> int:
        go.wait(30)
        raise NO_SPACE

    monkeypatch.setattr(disk.os, "pwrite", stuck)
    for first in range(100, 5_100, 1_000):
        kept.add(some_frames(first, 1_000, 1_000))
    assert not kept.store._disk.flush(0.2)
    assert kept.store.unwritten == 5_000
    assert "does not answer" in kept.store.warnings[0]
    go.set()
    kept.store.close()
    assert kept.store.unwritten == 5_000


def test_a_fault_in_the_disk_thread_is_a_failing_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(FileLayout(tmp_path / "out.pcap"))

    def broken(*_: object) -> None:
        raise ValueError("a fault")

    monkeypatch.setattr(disk.Disk, "_open_direct", broken)
    kept.add(some_frames(0, 100))
    assert not kept.store.flush()
    assert kept.store.unwritten == 100
    assert "ValueError: a fault" in kept.store.warnings[0]
    kept.store.close()
