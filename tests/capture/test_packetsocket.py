"""Geometry and rights of the capture socket."""

from __future__ import annotations

import os
import socket
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.capture import packetsocket
from tui.capture.packetsocket import PacketSocket, geometry
from tui.errors import PermissionNeeded


@given(st.integers(0, 1 << 33), st.integers(64, 1 << 20))
def test_a_ring_has_blocks_of_a_power_of_two_that_hold_the_largest_frame(buffer: int, frame: int) -> None:
    shape = geometry(buffer, frame)
    assert shape.blocks >= 2
    assert shape.block_size > frame
    assert shape.block_size & (shape.block_size - 1) == 0
    assert shape.size <= max(buffer, 2 * shape.block_size)


def test_the_default_ring_outlasts_a_pause_of_seconds_on_a_quiet_link() -> None:
    shape = geometry(64 << 20)
    assert shape.size == 64 << 20
    assert shape.blocks * packetsocket.RETIRE_MS >= 5000


@pytest.mark.skipif(sys.platform != "linux", reason="packet sockets are Linux's")
def test_without_rights_the_hint_is_the_command_that_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> socket.socket:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(packetsocket.socket, "socket", refused)
    monkeypatch.setattr(sys, "argv", ["/opt/venv/bin/nettui"])
    with pytest.raises(PermissionNeeded) as caught:
        PacketSocket()
    assert caught.value.exit_code == 3
    assert caught.value.hint.startswith("sudo /opt/venv/bin/nettui")


def test_an_own_interpreter_may_be_given_the_capability(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    own = f"{tmp_path}/python3"
    os.close(os.open(own, os.O_CREAT))
    monkeypatch.setattr(sys, "executable", own)
    monkeypatch.setattr(sys, "prefix", "/venv")
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    assert f"setcap cap_net_raw+ep {own}" in packetsocket.permission_hint()


def test_a_linked_interpreter_is_never_armed(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    linked = f"{tmp_path}/python3"
    os.symlink("/usr/bin/python3", linked)
    monkeypatch.setattr(sys, "executable", linked)
    monkeypatch.setattr(sys, "prefix", "/venv")
    assert "setcap" not in packetsocket.permission_hint()
