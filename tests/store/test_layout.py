"""Where packets are kept."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from tui.errors import SaveError
from tui.store.layout import FALLBACK, LOCK, FileLayout, SpoolLayout, default_place


def test_a_spool_is_private_and_locked(tmp_path: Path) -> None:
    layout = SpoolLayout(tmp_path / "a/b", 1 << 30, {"interface": "eth0"})
    assert layout.folder.stat().st_mode & 0o777 == 0o700
    other = os.open(layout.folder / LOCK, os.O_RDWR)
    with pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    layout.close()
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)
    assert not layout.folder.exists()


def test_a_spool_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SaveError) as error:
        SpoolLayout(tmp_path / "file", 1 << 30, {})
    assert "--spool" in error.value.hint


def test_a_spool_that_found_no_room_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without packets stayed, for `nettui recover` to list."""

    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(SaveError, match="No space left"):
        SpoolLayout(tmp_path, 1 << 20, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["", "none/out.pcap"])
def test_a_file_that_cannot_be_written_is_refused_at_once(tmp_path: Path, path: str) -> None:
    with pytest.raises(SaveError):
        FileLayout(tmp_path / path)


def test_rotation_goes_on_where_an_earlier_run_ended(tmp_path: Path) -> None:
    """A service that was started again once wrote over the packets of the run before."""
    others = [tmp_path / name for name in ("out-00001.pcap", "out-1.pcapng", "other-00009.pcapng", "out-x0007.pcapng")]
    earlier = [tmp_path / f"out-{number:05d}.pcapng" for number in (3, 4, 5)]
    for path in (*others, *earlier):
        path.touch()
    layout = FileLayout(tmp_path / "out.pcapng", 1 << 20, rotate_files=4)
    assert layout.path(1, 0).name == "out-00006.pcapng"
    assert all(path.exists() for path in earlier)
    assert layout.path(2, 0).name == "out-00007.pcapng"
    assert [path.exists() for path in earlier] == [False, True, True]
    assert layout.path(5, 0).name == "out-00010.pcapng"
    assert not any(path.exists() for path in earlier)
    assert all(path.exists() for path in others)


def test_without_a_bound_earlier_files_stay(tmp_path: Path) -> None:
    (tmp_path / "out-00001.pcap").touch()
    assert FileLayout(tmp_path / "out.pcap", 1 << 20).path(1, 0).name == "out-00002.pcap"
    assert (tmp_path / "out-00001.pcap").exists()


def test_the_default_is_the_cache_folder_unless_it_lies_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert default_place(tmp_path) == tmp_path / ".cache/nettui"
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/shm")
    assert default_place(tmp_path) == FALLBACK
