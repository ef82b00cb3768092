"""Nothing is left after the drop, in any thread, and the caller is who started the program."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.children import in_child
from tui.engine.rights import landlock, privileges
from tui.engine.rights.privileges import Caller, caller, drop, remaining

linux = pytest.mark.skipif(sys.platform != "linux", reason="capabilities are Linux's")
root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: only root has something to give up")


def test_without_sudo_the_caller_is_the_user() -> None:
    assert caller({}).uid == os.getuid()


@root
def test_through_sudo_the_caller_is_the_user_behind_it() -> None:
    somebody = next(entry for entry in pwd.getpwall() if entry.pw_uid)
    for told in (
        {"SUDO_UID": str(somebody.pw_uid)},
        {"PKEXEC_UID": str(somebody.pw_uid)},
        {"DOAS_USER": somebody.pw_name},
    ):
        found = caller(told)
        assert (found.uid, found.gid, found.name) == (somebody.pw_uid, somebody.pw_gid, somebody.pw_name)
        assert found.home == Path(somebody.pw_dir)
        assert somebody.pw_gid in found.groups


@root
def test_a_user_without_an_entry_keeps_the_numbers() -> None:
    assert caller({"SUDO_UID": "54321", "SUDO_GID": "54322"}) == Caller(54321, 54322, "54321", Path("/"))


def test_what_sudo_told_counts_for_root_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1)
    assert caller({"SUDO_UID": "54321"}).uid == 1


@linux
def test_after_the_drop_nothing_remains_and_threads_started_later_have_nothing(tmp_path: Path) -> None:
    def act() -> tuple[list[str], list[str], bool]:
        os.chdir(tmp_path)
        sandbox = drop()
        import threading

        begun, over = threading.Event(), threading.Event()
        thread = threading.Thread(target=lambda: (begun.set(), over.wait()))
        thread.start()
        begun.wait()
        left = remaining()
        tasks = os.listdir("/proc/self/task")
        over.set()
        thread.join()
        return left, tasks, sandbox.confined

    left, tasks, confined = in_child(act)
    assert left == []
    assert len(tasks) == 2
    assert confined


@linux
@root
def test_what_a_thread_keeps_is_told() -> None:
    assert any("CapEff" in line for line in remaining())
    assert any("may gain privileges" in line for line in remaining())


@linux
@root
def test_root_cannot_come_back(tmp_path: Path) -> None:
    def act() -> list[str]:
        drop()
        refused = []
        for attempt in (
            lambda: os.chown(tmp_path, 1, 1),
            lambda: os.mknod(tmp_path / "null", 0o20600, 0x103),
            lambda: os.setgroups([1, 2]),
            lambda: os.execv("/bin/true", ["true"]),
        ):
            try:
                attempt()
            except PermissionError:
                refused.append("no")
        return refused

    assert in_child(act) == ["no"] * (4 if landlock.abi() else 3)


@linux
@root
def test_the_caller_of_sudo_becomes_the_user_where_the_installation_is_readable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    somebody = next(entry for entry in pwd.getpwall() if entry.pw_uid)
    monkeypatch.setenv("SUDO_UID", str(somebody.pw_uid))
    monkeypatch.setattr(privileges, "_unreadable_for", lambda user: None)
    file = Path("/tmp") / f"nettui-test-{os.getpid()}"

    def act() -> tuple[tuple[int, int, int], str, int]:
        drop([Path("/tmp")])
        file.touch()
        return os.getresuid(), os.environ["HOME"], file.stat().st_uid

    try:
        users, home, owner = in_child(act)
    finally:
        file.unlink(missing_ok=True)
    assert set(users) == {somebody.pw_uid}
    assert home == somebody.pw_dir
    assert owner == somebody.pw_uid


@linux
@root
def test_an_installation_that_only_root_can_read_keeps_root_without_rights(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Else every import after the drop would fail."""
    somebody = next(entry for entry in pwd.getpwall() if entry.pw_uid)
    monkeypatch.setenv("SUDO_UID", str(somebody.pw_uid))
    hidden = tmp_path / "root-only"
    hidden.mkdir(mode=0o700)
    (hidden / "python").touch()
    monkeypatch.setattr(sys, "executable", str(hidden / "python"))

    def act() -> tuple[int, list[str], str]:
        sandbox = drop()
        return os.getuid(), remaining(), sandbox.notes[-1]

    uid, left, note = in_child(act)
    assert (uid, left) == (0, [])
    assert somebody.pw_name in note


def test_without_a_sandbox_it_says_loudly_what_that_means() -> None:
    sandbox = in_child(lambda: drop(sandbox=False))
    assert not sandbox.confined
    assert sandbox.notes[0].startswith("NO SANDBOX")


@linux
def test_a_kernel_without_landlock_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    sandbox = in_child(drop)
    assert sandbox.landlock_abi == 0
    assert "no Landlock in this kernel" in sandbox.notes


@linux
@root
def test_a_helper_keeps_only_what_it_needs() -> None:
    def act() -> tuple[str, int]:
        privileges.keep_only((2, 19))
        status = Path("/proc/self/status").read_text()
        return next(line for line in status.splitlines() if line.startswith("CapEff")), os.getuid()

    effective, uid = in_child(act)
    assert int(effective.split()[1], 16) == 1 << 2 | 1 << 19
    assert uid == privileges.NOBODY


def test_nothing_that_starts_threads_is_imported_before_the_drop() -> None:
    """NumPy's threads would keep every right; the drop would then refuse to go on."""
    modules = "tui.cli, tui.commands.live, tui.commands.watch"
    code = f"import sys, {modules}; print([m for m in ('numpy', 'scapy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_that_is_closed_to_root_without_rights_is_not_on_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`sudo nettui` out of root's own folders, in a home that is closed to others, ended in a traceback."""
    closed, seen = tmp_path / "closed", Path.exists

    def exists(path: Path) -> bool:
        if path == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return seen(path)

    monkeypatch.setattr(Path, "exists", exists)
    assert closed not in privileges._write_list(caller({}), [closed, tmp_path])
    assert tmp_path in privileges._write_list(caller({}), [closed, tmp_path])
