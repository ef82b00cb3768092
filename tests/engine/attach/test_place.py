"""Where sockets of watches lie: nobody else can put one there, nobody else can connect, and what is left over goes."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from tests.engine.attach.watched import seat_in
from tui.engine.attach import place
from tui.errors import CaptureError, NoSuchFile, PermissionNeeded, UsageError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where watches are looked for."""
    monkeypatch.setattr(place, "SYSTEM", tmp_path)
    monkeypatch.setattr(place, "GREETING_S", 0.01)
    monkeypatch.setattr(place, "_own", lambda user: tmp_path)
    monkeypatch.setattr(place, "_temporary", lambda user: tmp_path)
    return tmp_path


def reach(folder: Path, given: str = "") -> Path:
    opened, path = place.reach(given, {"RUNTIME_DIRECTORY": str(folder)})
    opened.close()
    return path


def test_the_socket_is_for_its_user_alone(folder: Path) -> None:
    seat = seat_in(folder)
    assert stat.S_IMODE(seat.path.stat().st_mode) == 0o600
    assert seat.users == {0, os.getuid()}
    seat.close()
    assert not seat.path.exists()


def test_a_folder_that_others_can_write_to_is_not_used(tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    assert place.take({"RUNTIME_DIRECTORY": str(open_to_all)}) is None


def test_a_link_in_place_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    assert place.take({"RUNTIME_DIRECTORY": str(tmp_path / "link")}) is None


def test_a_file_of_a_killed_watch_with_this_number_is_replaced(folder: Path) -> None:
    seat = seat_in(folder)
    seat.listening.close()
    seat_in(folder).close()


def test_what_killed_watches_left_goes_when_the_next_begins(folder: Path) -> None:
    (folder / "99999999.sock").touch()
    (folder / "named.sock").touch()
    seat = seat_in(folder)
    assert {path.name for path in folder.iterdir()} == {seat.path.name, "named.sock"}
    seat.close()


def test_the_only_watch_is_found_and_what_a_killed_one_left_is_removed(folder: Path) -> None:
    left = seat_in(folder)
    left.listening.close()
    left.path.rename(folder / "1.sock")
    seat = seat_in(folder)
    assert reach(folder) == seat.path
    assert not (folder / "1.sock").exists()
    seat.close()


def test_of_several_one_must_be_named(folder: Path) -> None:
    first = seat_in(folder)
    other = folder / "other.sock"
    first.path.rename(other)
    second = seat_in(folder)
    with pytest.raises(UsageError) as told:
        reach(folder)
    assert str(other) in told.value.hint and str(second.path) in told.value.hint
    assert reach(folder, str(other)) == other
    first.listening.close()
    second.close()


def test_no_watch_is_told_with_what_to_do(folder: Path) -> None:
    with pytest.raises(NoSuchFile, match="no watch runs here"):
        reach(folder)


def test_the_watch_of_a_service_needs_another_right(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "service").mkdir()
    monkeypatch.setattr(place.os, "getuid", lambda: 4_000)
    monkeypatch.setattr(place.os, "access", lambda path, mode: False)
    with pytest.raises(PermissionNeeded) as told:
        reach(folder)
    assert told.value.hint == "sudo nettui attach"


@pytest.mark.parametrize("name", ["missing.sock", "missing/x.sock"])
def test_a_socket_that_does_not_exist_is_no_such_file(folder: Path, name: str) -> None:
    with pytest.raises(NoSuchFile, match="there is no socket"):
        reach(folder, str(folder / name))


def test_what_is_no_socket_is_told(folder: Path) -> None:
    (folder / "file").write_text("x")
    with pytest.raises((NoSuchFile, CaptureError)):
        reach(folder, str(folder / "file"))


def test_a_path_that_is_too_long_is_told(folder: Path) -> None:
    with pytest.raises(CaptureError, match="cannot connect"):
        reach(folder, str(folder / ("x" * 200)))


def test_a_socket_of_somebody_else_is_not_trusted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seat = seat_in(folder)
    monkeypatch.setattr(place.os, "getuid", lambda: os.geteuid() + 4_000)
    monkeypatch.setattr(place, "peer", lambda connected: 1_234)
    with pytest.raises(PermissionNeeded, match="user 1234"):
        place.connect(seat.path)
    monkeypatch.undo()
    seat.close()


def test_the_kernel_tells_who_is_at_the_other_end() -> None:
    one, other = socket.socketpair(socket.AF_UNIX)
    assert place.peer(one) == os.getuid()
    one.close()
    other.close()
