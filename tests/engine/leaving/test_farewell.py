"""The exit line says what was lost, what was given up, what is not known, and where the packets are."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.captures import some_frames
from tests.engine.nostore import NoStore
from tests.engine.running import Run
from tui.capture.scripted import Lose, ScriptedSource
from tui.capture.source import InterfaceInfo
from tui.core.snapshot import Loss
from tui.engine.leaving.farewell import captured, farewell, files_of, incomplete
from tui.store import disk
from tui.store.layout import FileLayout
from tui.store.spool import SegmentStore

ETHERNET = (InterfaceInfo("eth0", 1),)


def line(source: ScriptedSource, *saved: str, reason: str = "", warning: str = "") -> str:
    """Of a run over a script."""
    session = Run(source, keep_packets=1_000).to_the_end()
    if warning:
        session.warn(warning)
    return farewell(session, "demo.pcap", [Path(path) for path in saved], reason)


def test_the_line_of_a_good_run() -> None:
    assert line(ScriptedSource([some_frames(0, 1_000)]), "/home/user/eth0.pcapng") == (
        "1,000 packets captured, 0 lost (interface 0, kernel 0), 1,000 kept; saved to /home/user/eth0.pcapng"
    )


def test_loss_is_the_sum_of_interface_and_kernel() -> None:
    told = line(ScriptedSource([some_frames(0, 10), Lose(kernel=4, interface=3)]))
    assert told == "10 packets captured, 7 lost (interface 3, kernel 4), 10 kept"


def test_what_is_not_known_is_not_zero() -> None:
    assert "0 lost (interface unknown, kernel 0)" in captured(10, Loss(interface=None, kernel=0), 10)
    assert "unknown lost (interface unknown, kernel unknown)" in captured(10, Loss(), 10)


def test_each_kind_of_loss_is_named_where_there_is_some() -> None:
    told = captured(1_010, Loss(0, 0, evicted=10, skipped_names=7, unwritten=4), 1_000)
    assert told.endswith("1,000 kept, 10 evicted, 7 names skipped, 4 not written")


def test_packets_that_were_let_go_are_named() -> None:
    assert "1,000 kept, 500 evicted; not saved" in line(ScriptedSource([some_frames(0, 1_500)]), reason="not saved")


def test_what_was_given_up_is_said() -> None:
    told = line(ScriptedSource([some_frames(0, 1)]), "a.pcap", warning="alerts are no longer passed on")
    assert told.endswith("1 kept; alerts are no longer passed on; saved to a.pcap")


def test_rotated_files_are_named_from_the_oldest_that_is_left_to_the_newest() -> None:
    told = line(ScriptedSource([some_frames(0, 1)]), "/d/x-00003.pcap", "/d/x-00004.pcap", "/d/x-00005.pcap")
    assert told.endswith("; saved to /d/x-00003.pcap to x-00005.pcap")


def test_a_file_has_lost_nothing() -> None:
    assert line(ScriptedSource([some_frames(0, 7)], live=False)) == "7 packets read from demo.pcap"
    told = line(ScriptedSource([some_frames(0, 7)], live=False), "/tmp/b.pcap")
    assert told == "7 packets read from demo.pcap; saved to /tmp/b.pcap"


def test_the_files_of_a_rotation_are_those_that_are_left(tmp_path: Path) -> None:
    """The line named a file that was never there: the one without a number."""
    asked = tmp_path / "x.pcap"
    store = SegmentStore(FileLayout(asked, rotate_bytes=10_000, rotate_files=2), lambda: ETHERNET)
    store.write(some_frames(0, 500), 0)
    store.flush()
    files = files_of(store, asked, asked)
    assert list(files) == sorted(tmp_path.iterdir())
    assert files_of(store, tmp_path / "other.pcap", asked) == (tmp_path / "other.pcap",)
    assert files_of(store, None, asked) == ()
    assert files_of(NoStore(), asked, None) == (asked,)
    store.close()


@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
def test_a_file_that_was_asked_for_is_there_though_no_packet_came(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    store = SegmentStore(FileLayout(path), lambda: ETHERNET)
    session = Run(ScriptedSource([]), store).to_the_end()
    session.store.flush()
    assert files_of(store, path, path) == (path,)
    session.close()
    assert path.stat().st_size >= 24


def test_what_is_missing_in_the_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.pcap"
    store = SegmentStore(FileLayout(path), lambda: ETHERNET)
    store.write(some_frames(0, 10), 0)
    assert incomplete(store, path) is None

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(disk.os, "pwrite", full)
    store.write(some_frames(10, 5), 10)
    missing = incomplete(store, path)
    assert missing is not None
    assert missing.message == (f"5 packets are not in {path} (packets are no longer kept: No space left on device)")
    assert incomplete(store, None) is None
    store.close()


def test_notes_that_no_file_has_are_told(tmp_path: Path) -> None:
    """Notes on packets went with the packets, and the line said only where those were saved."""
    session = Run(ScriptedSource([some_frames(0, 10)]), keep_packets=1_000).to_the_end()
    session.notes.put(3, "odd")
    session.save(tmp_path / "a.pcap")
    assert farewell(session, "", []).endswith("10 kept; 1 note not saved, only pcapng files keep them")
    session.save(tmp_path / "a.pcapng")
    assert farewell(session, "", []).endswith("10 kept")
