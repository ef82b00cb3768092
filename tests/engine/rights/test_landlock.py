"""Landlock holds: writing only where it was allowed, no program, no TCP."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.children import in_child
from tui.engine.rights import landlock
from tui.engine.rights.privileges import _no_new_privileges

pytestmark = pytest.mark.skipif(not landlock.abi(), reason="no Landlock in this kernel")


def refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except PermissionError:
        return True
    return False


def test_writing_is_refused_but_beneath_the_folders(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "old").write_text("old")

    def act() -> list[bool]:
        _no_new_privileges()
        landlock.restrict([inside, Path("/dev/null"), tmp_path / "missing"])
        (inside / "deep").mkdir()
        (inside / "deep/new").write_text("new")
        (inside / "deep/new").rename(inside / "renamed")
        Path("/dev/null").write_text("away")
        return [
            refused(lambda: (outside / "new").write_text("x")),
            refused(lambda: (outside / "old").write_text("x")),
            refused((outside / "old").unlink),
            refused(lambda: os.truncate(outside / "old", 0)),
            refused(lambda: (outside / "sub").mkdir()),
            (outside / "old").read_text() == "old",
        ]

    assert all(in_child(act))


def test_no_program_is_started() -> None:
    def act() -> bool:
        _no_new_privileges()
        landlock.restrict([])
        return refused(lambda: os.execv("/bin/true", ["true"]))

    assert in_child(act)


@pytest.mark.skipif(landlock.abi() < 4, reason="this kernel's Landlock knows no ports")
def test_only_the_named_ports_are_listened_on_and_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def act() -> list[bool]:
            _no_new_privileges()
            landlock.restrict([], bind_ports=[port + 1], connect_ports=[port])
            socket.create_connection(("127.0.0.1", port)).close()
            return [
                refused(lambda: socket.create_server(("127.0.0.1", 0))),
                refused(lambda: socket.create_connection(("127.0.0.1", port + 1))),
            ]

        assert all(in_child(act))
