"""Recovering: only spools that are ours, and that nobody holds."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.captures import packet, read_all, some_frames
from tests.store.test_spool import Kept
from tui.capture.pcapfile import open_capture
from tui.cli import main
from tui.store.layout import LOCK, SpoolLayout
from tui.store.recover import find_stale

ME = {os.geteuid()}


def left_behind(folder: Path, interfaces: int = 1) -> None:
    """A spool as a killed process leaves it: its lock is free, its last record is cut."""
    kept = Kept(SpoolLayout(folder, 64 << 20, {"interface": "eth0+tun0" if interfaces > 1 else "eth0"}))
    for number in range(20):
        kept.add(some_frames(number * 10, 10, 100, interface=number % interfaces))
    kept.store.flush()
    kept.store.layout._lock = None
    newest = max(folder.glob("*/*.pcap"))
    with newest.open("ab") as file:
        file.write(bytes(4) + b"a record that was cut"[:15])


def test_a_spool_in_use_is_left_alone(tmp_path: Path) -> None:
    kept = Kept(SpoolLayout(tmp_path, 64 << 20, {}))
    kept.add(some_frames(0, 10))
    kept.store.flush()
    assert find_stale([tmp_path], ME) == []
    kept.store.close()


def test_what_was_left_is_found_with_its_interface(tmp_path: Path) -> None:
    left_behind(tmp_path)
    (stale,) = find_stale([tmp_path, tmp_path / "none"], ME)
    assert stale.interfaces == ("eth0",)
    assert stale.bytes == sum(f.stat().st_size for f in stale.files)


def test_folders_of_others_and_links_are_left_alone(tmp_path: Path) -> None:
    left_behind(tmp_path)
    real = next(tmp_path.glob("nettui-*"))
    os.chown(real, 12345, 12345) if os.geteuid() == 0 else pytest.skip("only root can give files away")
    (tmp_path / "nettui-link").symlink_to(real)
    assert find_stale([tmp_path], ME) == []


def test_an_old_empty_spool_is_removed(tmp_path: Path) -> None:
    for age, name in ((0, "nettui-new"), (3600, "nettui-old")):
        (tmp_path / name).mkdir()
        (tmp_path / name / LOCK).touch()
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    assert find_stale([tmp_path], ME) == []
    assert [p.name for p in tmp_path.iterdir()] == ["nettui-new"]


@pytest.mark.parametrize("interfaces", [1, 2])
def test_the_command_saves_and_then_removes(
    tmp_path: Path, interfaces: int, capsys: pytest.CaptureFixture[str]
) -> None:
    left_behind(tmp_path, interfaces)
    out = tmp_path / "out.pcapng"
    assert main(["recover", "--spool", str(tmp_path)]) == 0
    assert "eth0" in capsys.readouterr().out
    assert main(["recover", "--spool", str(tmp_path), "--save", str(out)]) == 0
    assert capsys.readouterr().out.startswith("200 packets")
    assert [p for _, _, p in read_all(open_capture(str(out)))] == [packet(n, 100) for n in range(200)]
    assert [p.name for p in tmp_path.iterdir()] == ["out.pcapng"]
    assert main(["recover", "--spool", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "nothing to recover\n"


def test_a_save_that_fails_leaves_the_spool(tmp_path: Path) -> None:
    left_behind(tmp_path)
    assert main(["recover", "--spool", str(tmp_path), "--save", str(tmp_path / "none" / "out.pcap")]) == 1
    assert len(find_stale([tmp_path], ME)) == 1


def test_a_spool_that_is_not_there_is_not_called_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped --spool was answered by `nothing to recover`."""
    assert main(["recover", "--spool", str(tmp_path / "spol")]) == 4
    assert "there is no folder" in capsys.readouterr().err
