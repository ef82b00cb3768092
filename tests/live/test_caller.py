"""A watch through sudo: what it runs as and what it writes belongs to who called sudo; a flight recorder is one too."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.captures import read_all
from tests.live.conftest import Lab, repository
from tests.live.drill import Watch, send, written
from tests.waiting import until
from tui.capture.pcapfile import open_capture
from tui.engine.rights.privileges import Caller, _unreadable_for

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")]
CALLER = 12_345
SCAN = "import socket\nfor port in range(1, 201): socket.socket().connect_ex(('10.77.0.2', port))"


@pytest.fixture
def theirs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder and the home of a user who called sudo; what is installed is open to others."""
    if closed := _unreadable_for(Caller(CALLER, CALLER, "caller", Path("/"))):
        pytest.skip(f"others cannot read {closed}, so root stays root")
    with tempfile.TemporaryDirectory(prefix="nettui-caller", dir="/tmp") as made:
        os.chown(made, CALLER, CALLER)
        monkeypatch.chdir(made)
        monkeypatch.setenv("HOME", made)
        monkeypatch.setenv("PYTHONPATH", str(repository()))
        monkeypatch.setenv("SUDO_UID", str(CALLER))
        monkeypatch.setenv("SUDO_GID", str(CALLER))
        yield Path(made)


def owners(pid: int) -> set[str]:
    """The user ids (real, effective, saved, of files) of all threads."""
    found: set[str] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        found |= {number for line in lines if line.startswith("Uid:") for number in line.split()[1:]}
    return found


def test_files_and_threads_belong_to_the_caller_of_sudo(in_b: Lab, theirs: Path) -> None:
    with Watch(in_b, "--write", "all.pcapng", "--eve", "eve.json", "--log-file", "log") as watch:
        send(in_b, 100)
        until(lambda: written(theirs / "all.pcapng", 100))
        assert owners(watch.process.pid) == {str(CALLER)}
        code, summary, _ = watch.end()
    assert (code, summary["packets"]) == (0, 100)
    for name in ("all.pcapng", "eve.json", "log"):
        told = (theirs / name).stat()
        assert (told.st_uid, told.st_gid) == (CALLER, CALLER), name
        assert not told.st_mode & 0o077, name


def test_on_a_high_alert_the_seconds_before_it_are_saved(in_b: Lab, theirs: Path) -> None:
    with Watch(in_b, "--record", "60", "--evidence", "evidence", "--learn", "0") as watch:
        send(in_b, 100)
        in_b.run(in_b.a, [sys.executable, "-c", SCAN])
        until(lambda: len([*theirs.glob("evidence/*.pcapng")]) == 2)
        code, summary, _ = watch.end()
    assert code == 0
    assert summary["alerts"]["scan.vertical"] == 1
    recorded = max(theirs.glob("evidence/*.pcapng"), key=lambda path: path.stat().st_size)
    assert (recorded.stat().st_uid, stat.S_IMODE(recorded.stat().st_mode)) == (CALLER, 0o600)
    source = open_capture(str(recorded))
    assert len(read_all(source)) > 300, "what was there before the scan is in it, too"
    source.close()
