"""What is counted of packets and flows is the same wherever it is counted, and whatever passes between processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.captures import packet, pcap, written
from tests.engine.files.test_apart import BATCH, WINDOW, capture, children
from tui.core.columns import NONE32, Columns
from tui.core.flow.records import ITEM, FlowRecords
from tui.core.flow.table import FlowTable
from tui.core.frames import Frames
from tui.engine.files import offline, shared
from tui.engine.files.apart import Apart
from tui.engine.files.offline import OfflineRun
from tui.engine.files.reading import Files, Read
from tui.engine.files.shared import FLOW_BYTES, PLACES, Shared
from tui.engine.files.summed import flow_table
from tui.engine.files.tally import Tally
from tui.errors import CaptureError, NoSuchFile


class Counted(NamedTuple):
    where: int
    """The process that counted."""
    packets: list[tuple[bytes, int, int]]
    """(bytes, flow, time) of each."""
    flows: list[tuple[int, int]]
    """(identity, packets) of each, in the order in which they came."""


class Recorder:
    """Counts by writing everything down."""

    def __init__(self) -> None:
        self.packets: list[tuple[bytes, int, int]] = []
        self.flows: list[tuple[int, int]] = []

    def add(self, frames: Frames, columns: Columns) -> None:
        data = [frames.bytes_of(i) for i in range(len(frames))]
        self.packets += zip(data, columns.flow.tolist(), columns.time_ns.tolist(), strict=True)

    def add_flows(self, flows: FlowRecords) -> None:
        self.flows += zip(flows.flow.tolist(), flows.packets.sum(axis=0).tolist(), strict=True)

    def result(self) -> Counted:
        return Counted(os.getpid(), self.packets, self.flows)


def counted(paths: list[str], second_core: bool) -> tuple[Counted, OfflineRun]:
    run = OfflineRun(
        paths, FlowTable(collect=True), None, Recorder, second_core=second_core, window=WINDOW, batch=BATCH
    )
    for _ in run.batches():
        pass
    return run.counted, run


def same(paths: list[str]) -> Counted:
    """What is counted of some files, here and apart."""
    here, _ = counted(paths, second_core=False)
    apart, run = counted(paths, second_core=True)
    assert here.where == os.getpid() != apart.where
    assert apart[1:] == here[1:]
    assert run.packets == len(here.packets) == sum(packets for _, packets in here.flows)
    return here


def test_every_packet_is_counted_once_with_its_flow_and_every_flow_once(tmp_path: Path, demo: Path) -> None:
    found = same([capture(tmp_path, "a.pcap", 3_000), str(demo), capture(tmp_path, "b.pcap", 2), str(demo)])
    assert all(flow != NONE32 for data, flow, _ in found.packets if data[12:14] == b"\x08\0")
    flows = [flow for flow, _ in found.flows if flow != NONE32]
    assert len(set(flows)) == len(flows) > 100


def test_flows_that_end_on_the_way_are_told_on_the_way(
    tmp_path: Path, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offline, "ENDED", 0)
    monkeypatch.setattr("tui.engine.files.apart._PART", 3)
    same([str(demo)] * 3)


def test_flows_that_find_no_room_come_later(tmp_path: Path, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline, "ENDED", 0)
    monkeypatch.setattr(shared, "FLOW_BYTES", 2)
    assert len(Shared(Files([], WINDOW, BATCH)).ended[0]) // ITEM.itemsize < 4
    same([str(demo)] * 3)


def test_batches_that_do_not_lie_in_shared_memory_are_counted_too(tmp_path: Path) -> None:
    data = pcap([packet(1), packet(2, 200_000), packet(3), packet(4, 180_000), *(packet(i) for i in range(5, 900))])
    same([written(tmp_path, data, "long.pcap"), capture(tmp_path, "a.pcap", 900)])


def test_a_batch_that_does_not_lie_there_leaves_the_others_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its window is a shared one all the same, and must not be taken for another piece of the file."""
    arrays = Shared.arrays
    monkeypatch.setattr(Shared, "arrays", lambda self, batch, n: None if batch % 5 == 1 else arrays(self, batch, n))
    same([capture(tmp_path, "a.pcap", 9_000), capture(tmp_path, "b.pcap", 3_000)])


def test_what_is_before_a_damage_is_counted(tmp_path: Path) -> None:
    same([capture(tmp_path, "a.pcap", 900, cut=10), capture(tmp_path, "b.pcap", 5)])


def test_a_file_that_is_not_there_is_told_and_nothing_is_counted(tmp_path: Path) -> None:
    run = OfflineRun([capture(tmp_path, "a.pcap", 900), str(tmp_path / "none")], counting=Recorder, second_core=True)
    with pytest.raises(NoSuchFile):
        list(run.batches())
    assert run.counted is None


def test_the_summary_is_the_same_apart(tmp_path: Path, demo: Path) -> None:
    told = []
    for second_core in (False, True):
        run = OfflineRun([str(demo)], flow_table(), None, Tally, second_core=second_core, window=WINDOW, batch=BATCH)
        assert sum(len(batch.columns) for batch in run.batches()) == run.counted[0]["packets"]
        told.append(run.counted)
    assert told[0][0] == told[1][0]
    assert told[0][1].packets.tolist() == told[1][1].packets.tolist()


class Faulty(Recorder):
    def add(self, frames: Frames, columns: Columns) -> None:
        raise ZeroDivisionError("while counting")


@pytest.mark.parametrize("count", [10, 9_000])
def test_an_error_in_counting_is_raised_and_names_its_place(tmp_path: Path, count: int) -> None:
    files = Files([capture(tmp_path, "a.pcap", count)], WINDOW, BATCH)
    with closing(Apart(files, Faulty)) as reading, pytest.raises(RuntimeError, match="while counting"):
        for item in reading:
            assert isinstance(item, Read)
            reading.done(item)
        reading.finish()


@pytest.mark.parametrize("last", [lambda reading: reading.finish(), lambda reading: reading.finish(many())])
def test_a_process_that_is_killed_before_it_tells_what_it_counted_is_told(
    tmp_path: Path, last: Callable[[Apart], object]
) -> None:
    before = children()
    with closing(Apart(Files([capture(tmp_path, "a.pcap", 10)], WINDOW, BATCH), Recorder)) as reading:
        for item in reading:
            assert isinstance(item, Read)
            reading.done(item)
        (child,) = children() - before
        os.kill(child, signal.SIGKILL)
        with pytest.raises(CaptureError, match="ended by itself"):
            last(reading)


def many() -> FlowRecords:
    """More than a pipe takes at once."""
    return FlowRecords.empty(30_000)


def test_flow_records_fit_into_the_room_that_is_kept_for_them() -> None:
    assert ITEM.itemsize <= FLOW_BYTES
    memory = Shared(Files([], WINDOW, BATCH))
    table = FlowRecords.empty(2 * BATCH).table
    table["flow"] = np.arange(2 * BATCH)
    assert memory.put_ended(PLACES + 1, table) == 2 * BATCH
    assert memory.take_ended(1, ITEM)["flow"].tolist() == list(range(2 * BATCH))
    assert memory.put_ended(1, table[:0]) == 0
    assert not len(memory.take_ended(PLACES + 1, ITEM))
