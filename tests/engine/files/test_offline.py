"""The one loop of all commands that read files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.captures import packet, pcap, written
from tui.core.columns import NONE32
from tui.core.flow.table import FlowTable
from tui.engine.files.offline import OfflineRun
from tui.errors import DamagedFile, FormatError, NoSuchFile


def capture(folder: Path, count: int, name: str, cut: int = 0) -> str:
    data = pcap([packet(i) for i in range(count)])
    return written(folder, data[: len(data) - cut], name)


def test_numbers_run_on_over_all_files(tmp_path: Path) -> None:
    run = OfflineRun([capture(tmp_path, 3, "a.pcap"), capture(tmp_path, 2, "b.pcap")])
    seen = [(batch.file, batch.first_sequence, len(batch.columns)) for batch in run.batches()]
    assert seen == [(0, 0, 3), (1, 3, 2)]
    assert run.packets == 5


def test_what_comes_before_a_damage_is_told_and_the_next_file_is_read(tmp_path: Path) -> None:
    run = OfflineRun([capture(tmp_path, 3, "a.pcap", cut=10), capture(tmp_path, 2, "b.pcap")])
    assert [len(batch.columns) for batch in run.batches()] == [2, 2]
    assert [index for index, _ in run.damage] == [0]
    with pytest.raises(DamagedFile):
        run.raise_damage()


def test_of_several_files_the_damaged_one_is_named_and_the_others_are_counted(tmp_path: Path) -> None:
    """`the capture is damaged at byte 5` of a hundred files left one searching."""
    run = OfflineRun([capture(tmp_path, 3, name, cut) for name, cut in (("a", 0), ("b", 9), ("c", 9), ("d", 9))])
    list(run.batches())
    with pytest.raises(DamagedFile) as raised:
        run.raise_damage()
    assert raised.value.message.startswith(f"{tmp_path / 'b'}: the capture is damaged at byte ")
    assert raised.value.message.endswith("; 2 more files are damaged, too")
    alone = OfflineRun([capture(tmp_path, 3, "alone", 9)])
    list(alone.batches())
    with pytest.raises(DamagedFile, match=r"^the capture is damaged"):
        alone.raise_damage()


@pytest.mark.parametrize("second_core", [False, True])
def test_of_several_files_what_is_no_capture_is_named(tmp_path: Path, second_core: bool) -> None:
    paths = [capture(tmp_path, 3, "a"), written(tmp_path, b"\xd4\xc3\xb2\xa1\x01\x00\x04\x00" + bytes(16), "old")]
    with pytest.raises(FormatError) as raised:
        list(OfflineRun(paths, second_core=second_core, window=1).batches())
    assert raised.value.message.count(paths[1]) == 1


def test_a_whole_file_raises_nothing(tmp_path: Path) -> None:
    run = OfflineRun([capture(tmp_path, 1, "a.pcap")])
    assert len(list(run.batches())) == 1
    run.raise_damage()


def test_flows_are_annotated_where_a_table_is_given(demo: Path) -> None:
    with_table = next(OfflineRun([str(demo)], FlowTable()).batches()).columns
    without = next(OfflineRun([str(demo)]).batches()).columns
    assert (with_table.flow != NONE32).any()
    assert (without.flow == NONE32).all()


def test_batches_are_bounded(tmp_path: Path) -> None:
    run = OfflineRun([capture(tmp_path, 5, "a.pcap")], batch=2)
    assert [(batch.first_sequence, len(batch.frames)) for batch in run.batches()] == [(0, 2), (2, 2), (4, 1)]


def test_what_is_no_capture_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFile):
        list(OfflineRun([str(tmp_path / "none")]).batches())
    with pytest.raises(FormatError):
        list(OfflineRun([written(tmp_path, b"hello, this is text", "text")]).batches())
