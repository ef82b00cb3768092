"""Files that another program still writes."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from tests.captures import packet, pcap, read_all, written
from tui.capture.growing import UpToNow, open_file, still_written
from tui.capture.pcapfile import open_capture
from tui.core.state import State
from tui.errors import DamagedFile, FormatError

THREE = [packet(i) for i in range(3)]


@pytest.fixture
def half_written(tmp_path: Path) -> str:
    """Three packets, the last of which is not all there yet."""
    return written(tmp_path, pcap(THREE)[:-7])


def leases(path: str) -> bool:
    """Whether the kernel tells of this file who writes it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def test_a_record_that_is_being_written_is_no_damage(half_written: str) -> None:
    source = UpToNow(open_capture(half_written, follow=True))
    assert [data for _, _, data in read_all(source)] == THREE[:2]
    assert source.state is State.ENDED


def test_it_is_told_from_a_file_that_was_cut(half_written: str) -> None:
    if not leases(half_written):
        pytest.skip("this file system has no leases")
    with Path(half_written).open("ab"):
        assert still_written(half_written)
        assert [data for _, _, data in read_all(open_file(half_written))] == THREE[:2]
    assert not still_written(half_written)
    with pytest.raises(DamagedFile):
        read_all(open_file(half_written))


def test_an_empty_file_is_not_waited_for(tmp_path: Path) -> None:
    path = written(tmp_path, b"")
    with Path(path).open("ab"), pytest.raises(FormatError, match="is empty"):
        open_file(path)


@pytest.mark.parametrize("path", ["/no/such/file", "/dev/null", "/"])
def test_what_is_no_file_is_not_written(path: str) -> None:
    assert not still_written(path)
