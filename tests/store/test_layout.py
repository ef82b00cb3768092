"""Where packets are kept."""

from __future__ import annotations

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


@pytest.mark.parametrize("path", ["", "none/out.pcap"])
def test_a_file_that_cannot_be_written_is_refused_at_once(tmp_path: Path, path: str) -> None:
    with pytest.raises(SaveError):
        FileLayout(tmp_path / path)


def test_the_default_is_the_cache_folder_unless_it_lies_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert default_place(tmp_path) == tmp_path / ".cache/nettui"
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/shm")
    assert default_place(tmp_path) == FALLBACK
