"""Standard output that is closed or full, and files that are whole or not there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tui.commands.output import write_whole
from tui.errors import SaveError

PROGRAM = [sys.executable, "-m", "tui"]
DEMO = str(Path(__file__).resolve().parents[2] / "tui/data/demo.pcap")


def run(shell: str) -> subprocess.CompletedProcess[str]:
    """The program with its streams as a shell leaves them."""
    line = f'"$@" {shell}'
    return subprocess.run(
        ["sh", "-c", line, "sh", *PROGRAM, "packets", DEMO, "-Y", "dns"], capture_output=True, text=True, timeout=60
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_behind_the_output_is_told() -> None:
    """`nettui packets FILE >/full/disk` ended in a traceback."""
    done = run(">/dev/full")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "nettui: the output cannot be written: No space left on device",
        "hint: make room where it goes, or send it elsewhere",
    ]


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_do_no_harm(closed: str) -> None:
    """As a daemon's parent may leave them: `'NoneType' object has no attribute 'write'`."""
    done = run(closed)
    assert (done.returncode, done.stderr) == (0, "")
    assert bool(done.stdout) == (">&-" not in closed.split())


def test_what_could_not_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SaveError):
        write_whole(tmp_path / "folder", "text")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]
    write_whole(tmp_path / "file", "text")
    assert (tmp_path / "file").read_text() == "text"
