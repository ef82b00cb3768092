"""The store when the machine fails it: a disk that is really full, and a process that is really killed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.captures import packet, read_all, some_frames
from tests.live.conftest import SMALL_DISK
from tests.store.test_spool import INTERFACES, Kept
from tui.capture.pcapfile import open_capture
from tui.cli import main
from tui.errors import SaveError
from tui.store.layout import FileLayout, SpoolLayout
from tui.store.save import material, save

pytestmark = pytest.mark.live


def test_a_full_disk_stops_the_spool_and_nothing_else(disk: Path) -> None:
    (disk / "other").write_bytes(bytes(SMALL_DISK - (1 << 20)))
    kept = Kept(SpoolLayout(disk, 512 << 20, {}))
    for first in range(0, 12_000, 500):
        kept.add(some_frames(first, 500, 1000))
        kept.store.flush()
    assert kept.writer.rows.end == 12_000
    assert "No space left" in kept.store.warnings[0]
    assert 10_000 < kept.store.unwritten < 12_000
    assert kept.bytes_of(0) == [packet(0, 1000)]
    kept.store.close()


def test_a_file_on_a_full_disk_holds_whole_packets(disk: Path) -> None:
    kept = Kept(FileLayout(disk / "out.pcap"))
    for first in range(0, 20_000, 500):
        kept.add(some_frames(first, 500, 1000))
    kept.store.close()
    found = [data for _, _, data in read_all(open_capture(str(disk / "out.pcap")))]
    assert found == [packet(number, 1000) for number in range(len(found))]
    assert len(found) + kept.store.unwritten == 20_000


def test_the_oldest_packets_make_room_before_the_disk_is_full(disk: Path) -> None:
    kept = Kept(SpoolLayout(disk, 512 << 20, {}))
    for first in range(0, 40_000, 500):
        kept.add(some_frames(first, 500, 1000))
        kept.store.flush()
    rows = kept.writer.rows
    assert kept.store.warnings == ()
    assert kept.store.unwritten == 0
    assert 0 < rows.first < rows.end == 40_000
    assert kept.bytes_of(rows.first, rows.end - 1) == [packet(rows.first, 1000), packet(rows.end - 1, 1000)]
    kept.store.close()


@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
def test_a_save_to_a_full_disk_leaves_nothing(disk: Path, tmp_path: Path, suffix: str) -> None:
    kept = Kept(SpoolLayout(tmp_path, 512 << 20, {}))
    for first in range(0, 20_000, 1000):
        kept.add(some_frames(first, 1000, 1000))
    with pytest.raises(SaveError, match="No space left"):
        save(material(kept.writer.rows, kept.reader, kept.store, INTERFACES), disk / f"out.{suffix}")
    assert list(disk.iterdir()) == []
    kept.store.close()


CHILD = """
import sys, time
from pathlib import Path
import numpy as np
from dataclasses import replace
from tests.captures import some_frames
from tui.store.layout import SpoolLayout
from tui.store.spool import SegmentStore

store = SegmentStore(SpoolLayout(Path(sys.argv[1]), 512 << 20, {"interface": "eth0"}), lambda: ())
done, begun = 0, time.monotonic()
batch = some_frames(0, 1000, 600)
while True:
    store.write(replace(batch, time_ns=batch.time_ns + done * 1_000_000), done)
    done += 1000
    print(done, time.monotonic(), flush=True)
    time.sleep(max(0, begun + done / 50_000 - time.monotonic()))
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_after_a_kill_every_packet_before_the_last_second_is_there(tmp_path: Path, seed: int) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    assert child.stdout
    first = child.stdout.readline()
    end = float(first.split()[1]) + random.Random(seed).uniform(1.5, 2.5)
    said = [first]
    while float(said[-1].split()[1]) < end:
        said.append(child.stdout.readline())
    killed = time.monotonic()
    child.send_signal(signal.SIGKILL)
    child.communicate()
    told = [(int(n), float(t)) for n, t in map(str.split, said)]
    certain = max(n for n, t in told if t < killed - 1)
    out = tmp_path / "out.pcap"
    assert main(["recover", "--spool", str(tmp_path), "--save", str(out)]) == 0
    times = np.array([t for t, _, _ in read_all(open_capture(str(out)))])
    assert len(times) >= certain > 10_000
    assert (times == (1_000_000 + np.arange(len(times))) * 1_000_000).all()
