"""What the service manager hears, and that nothing happens without one."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.engine.notify import Manager


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[socket.socket]:
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    opened.bind(str(tmp_path / "notify"))
    opened.settimeout(0)
    yield opened
    opened.close()


def heard(of: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(of.recv(4096).decode())
        except BlockingIOError:
            return found


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_ready_and_stopping_are_told(listening: socket.socket) -> None:
    manager = Manager({"NOTIFY_SOCKET": listening.getsockname()})
    manager.ready()
    manager.stopping()
    assert heard(listening) == ["READY=1", "STOPPING=1"]


def test_the_watchdog_is_fed_only_while_the_worker_works(listening: socket.socket) -> None:
    clock = Clock()
    manager = Manager({"NOTIFY_SOCKET": listening.getsockname(), "WATCHDOG_USEC": "3000000"}, clock)
    manager.alive("first", lambda: "12 packets")
    assert heard(listening) == ["WATCHDOG=1", "STATUS=12 packets"]
    clock.now = 0.5  # too early
    manager.alive("second", lambda: "")
    clock.now = 2.0  # nothing new: the worker hangs
    manager.alive("first", lambda: "")
    assert heard(listening) == []
    manager.alive("third", lambda: "")
    assert heard(listening) == ["WATCHDOG=1"]
    manager.stopping()


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"NOTIFY_SOCKET": "relative"},
        {"NOTIFY_SOCKET": "/nowhere/at/all"},
        {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": str(os.getppid())},
    ],
)
def test_without_a_manager_nothing_happens(environment: dict[str, str]) -> None:
    manager = Manager(environment)
    manager.ready()
    manager.alive(object(), lambda: pytest.fail("nobody asks"))
    manager.stopping()
