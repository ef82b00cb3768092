"""Saving: the packets that were asked for, in order, whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.captures import packet, pcap, read_all, some_frames, written
from tests.store.test_spool import INTERFACES, Kept
from tui.capture.pcapfile import open_capture
from tui.errors import SaveError
from tui.store.layout import SpoolLayout
from tui.store.save import material, save
from tui.store.series import Lost


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """2,500 packets in several files, the last not on the disk yet."""
    (tmp_path / "spool").mkdir()
    made = Kept(SpoolLayout(tmp_path / "spool", 2 << 20, {}))
    for first in range(0, 2500, 100):
        made.add(some_frames(first, 100, 1000))
    yield made
    made.store.close()


def saved(kept: Kept, path: Path, sequences: np.ndarray | None = None, **more: object) -> list[bytes]:
    save(material(kept.writer.rows, kept.reader, kept.store, INTERFACES, **more), path, sequences)
    return [p for _, _, p in read_all(open_capture(str(path)))]


def present(kept: Kept) -> list[bytes]:
    rows = kept.writer.rows
    return [packet(n, 1000) for n in range(rows.first, rows.end)]


@pytest.mark.parametrize("suffix", ["pcap", "pcapng", "cap"])
def test_all_that_is_kept(kept: Kept, tmp_path: Path, suffix: str) -> None:
    assert saved(kept, tmp_path / f"out.{suffix}") == present(kept)


def test_a_join_begins_at_the_first_row(kept: Kept, tmp_path: Path) -> None:
    rows = replace(kept.writer.rows, first=kept.writer.rows.first + 37)
    what = material(rows, kept.reader, kept.store, INTERFACES)
    assert what.segments
    report = save(what, tmp_path / "out.pcap")
    found = [p for _, _, p in read_all(open_capture(str(tmp_path / "out.pcap")))]
    assert found == present(kept)[37:]
    assert (report.packets, report.bytes) == (len(found), (tmp_path / "out.pcap").stat().st_size)


@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
def test_some_of_it_in_order(kept: Kept, tmp_path: Path, suffix: str) -> None:
    end = kept.writer.rows.end
    wanted = np.array([end - 1, end - 300, end - 3, end - 300], np.int64)
    found = saved(kept, tmp_path / f"out.{suffix}", wanted)
    assert found == [packet(n, 1000) for n in (end - 300, end - 3, end - 1)]


def test_packets_that_are_gone_are_counted(kept: Kept, tmp_path: Path) -> None:
    rows = kept.writer.rows
    assert rows.first > 0
    what = material(rows, kept.reader, kept.store, INTERFACES)
    report = save(what, tmp_path / "out.pcap", np.array([rows.first - 1, rows.first, rows.end], np.int64))
    assert (report.packets, report.missing) == (1, 2)


def test_times_lengths_names_and_losses_are_saved(kept: Kept, tmp_path: Path) -> None:
    path = tmp_path / "out.pcapng"
    saved(kept, path, lost=(Lost(100, 7, 3),), comment="because of an alert")
    source = open_capture(str(path))
    times = [t for t, _, _ in read_all(source)]
    assert times == [(1_000_000 + n) * 1_000_000 for n in range(kept.writer.rows.first, 2500)]
    assert source.interfaces[0].name == "eth0"
    raw = path.read_bytes()
    assert b"because of an alert" in raw
    assert raw.endswith(b"\x07\x00\x08\x00" + (3).to_bytes(8, "little") + bytes(4) + raw[-4:])


def test_nothing_is_a_capture_too(tmp_path: Path) -> None:
    empty = Kept(SpoolLayout(tmp_path, 1 << 20, {}))
    assert saved(empty, tmp_path / "out.pcap") == saved(empty, tmp_path / "out.pcapng") == []
    empty.store.close()


def test_several_link_types_need_pcapng(tmp_path: Path) -> None:
    kept = Kept(SpoolLayout(tmp_path, 1 << 20, {}))
    kept.add(replace(some_frames(0, 2), interface=np.array([0, 1], np.uint16), linktype=np.array([1, 101], np.uint16)))
    with pytest.raises(SaveError) as error:
        saved(kept, tmp_path / "out.pcap")
    assert error.value.hint == f"save as {tmp_path / 'out.pcapng'}"
    assert not list(tmp_path.glob("*out*"))
    assert len(saved(kept, tmp_path / "out.pcapng")) == 2
    kept.store.close()


def test_a_saved_file_is_for_its_owner_only_and_replaces_the_old_one(kept: Kept, tmp_path: Path) -> None:
    path = Path(written(tmp_path, pcap([b"old"]), "out.pcap"))
    path.chmod(0o644)
    assert saved(kept, path) == present(kept)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    kept: Kept, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(written(tmp_path, b"old", f"out.{suffix}"))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SaveError, match="No space left"):
        saved(kept, path)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["spool", path.name] or len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_is_not_there(kept: Kept, tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="No such file"):
        saved(kept, tmp_path / "none" / "out.pcap")
    with pytest.raises(SaveError, match="is a folder"):
        saved(kept, tmp_path)


def test_notes_are_comments_of_their_packets_and_are_read_back(kept: Kept, tmp_path: Path) -> None:
    rows = kept.writer.rows
    notes = {rows.first: "the first", rows.first + 3: "größer", rows.end - 1: "the last", rows.end + 9: "gone"}
    path = tmp_path / "noted.pcapng"
    assert saved(kept, path, notes=notes) == present(kept)
    source = open_capture(str(path))
    read_all(source)
    last = rows.end - 1 - rows.first
    assert dict(source.comments) == {0: "the first", 3: "größer", last: "the last"}


def test_notes_follow_the_packets_that_are_chosen(kept: Kept, tmp_path: Path) -> None:
    first = kept.writer.rows.first
    path = tmp_path / "some.pcapng"
    saved(kept, path, np.array([first + 1, first + 5]), notes={first + 5: "this", first + 2: "not asked for"})
    source = open_capture(str(path))
    read_all(source)
    assert dict(source.comments) == {1: "this"}


@pytest.mark.parametrize(("suffix", "unsaid"), [("pcapng", 0), ("pcap", 2)])
def test_what_a_format_cannot_hold_is_counted(kept: Kept, tmp_path: Path, suffix: str, unsaid: int) -> None:
    """Saved as pcap, notes went without a word."""
    rows = kept.writer.rows
    notes = {rows.first: "the first", rows.first + 3: "marked", rows.end + 9: "gone"}
    what = material(rows, kept.reader, kept.store, INTERFACES, notes=notes)
    assert save(what, tmp_path / f"all.{suffix}").unsaid == unsaid
    some = np.array([rows.first, rows.first + 1])
    assert save(what, tmp_path / f"some.{suffix}", some).unsaid == unsaid // 2


@pytest.mark.skipif(not shutil.which("tshark"), reason="needs tshark")
def test_tshark_reads_the_notes(kept: Kept, tmp_path: Path) -> None:
    path = tmp_path / "noted.pcapng"
    saved(kept, path, notes={kept.writer.rows.first + 2: "look here"})
    command = [
        "tshark",
        "-r",
        str(path),
        "-Y",
        "frame.comment",
        "-T",
        "fields",
        "-e",
        "frame.number",
        "-e",
        "frame.comment",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split("\t") == ["3", "look here\n"]
