"""`nettui attach`, as people use it: real processes, a real terminal; and its errors, with their exit codes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.pseudo import PseudoTerminal
from tests.waiting import PATIENCE_S, until

NETTUI = [sys.executable, "-m", "tui"]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment whose files, and whose watches, are the test's own."""
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "RUNTIME_DIRECTORY": str(tmp_path), "TERM": "xterm"}


@pytest.fixture
def watch(home: dict[str, str], demo: Path) -> Iterator[subprocess.Popen[str]]:
    """A watch that goes on until the test ends it; its socket is there."""
    command = [*NETTUI, "watch", "--no-sandbox", "--demo", "--speed", "max", "--summary"]
    running = subprocess.Popen(command, env=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: (Path(home["HOME"]) / f"{running.pid}.sock").exists() or running.poll() is not None)
        assert running.poll() is None, running.stderr and running.stderr.read()
        yield running
    finally:
        running.kill()
        running.communicate()


def attach(home: dict[str, str], *options: str) -> PseudoTerminal:
    words = [f"{name}={value}" for name, value in home.items() if name != "TERM"]
    return PseudoTerminal(["env", *words, *NETTUI, "attach", "--no-sandbox", *options])


def attach_later(home: dict[str, str], path: Path, listening: socket.socket) -> PseudoTerminal:
    """Attach to a socket that the test itself listens on."""
    listening.bind(str(path))
    listening.listen()
    return attach(home, str(path))


def refused(home: dict[str, str], *options: str) -> tuple[int, str]:
    done = subprocess.run([*NETTUI, "attach", *options], env=home, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 2 and "\nhint: " in done.stderr
    return done.returncode, done.stderr


def test_two_look_at_a_watch_and_leave_it_running(home: dict[str, str], watch: subprocess.Popen[str]) -> None:
    with attach(home) as one, attach(home, f"{home['HOME']}/{watch.pid}.sock", "-Y", "dns") as other:
        one.wait_for("demo", "attached", "lost", "following")
        other.wait_for("match", "DNS")
        one.type("q")
        assert one.wait_for_end() == 0
        assert b"left the watch of demo" in one.raw and b"it goes on" in one.raw
        other.type("w")
        other.wait_for("save packets", "that match")
        other.type("\x1b")
        os.kill(other.pid, signal.SIGHUP)
        assert other.wait_for_end() == 0
        assert b"\x1b[?1049l" in other.raw
    assert watch.poll() is None


def test_the_end_of_the_watch_is_said(home: dict[str, str], watch: subprocess.Popen[str]) -> None:
    with attach(home) as one:
        one.wait_for("attached", "following")
        watch.terminate()
        assert watch.wait(PATIENCE_S) == 0
        one.wait_for("ended")
        one.type("q")
        assert one.wait_for_end() == 0
        assert b"has ended" in one.raw
    assert not (Path(home["HOME"]) / f"{watch.pid}.sock").exists()


def test_no_watch_is_4(home: dict[str, str]) -> None:
    assert refused(home, f"{home['HOME']}/none.sock")[0] == 4


def test_a_watch_that_was_killed_is_4(home: dict[str, str], watch: subprocess.Popen[str]) -> None:
    watch.kill()
    watch.wait()
    code, said = refused(home, f"{home['HOME']}/{watch.pid}.sock")
    assert code == 4
    assert "any more" in said


def test_no_terminal_is_2(home: dict[str, str], watch: subprocess.Popen[str]) -> None:
    assert refused(home, f"{home['HOME']}/{watch.pid}.sock")[0] == 2


def test_a_watch_of_another_version_is_1(home: dict[str, str], tmp_path: Path) -> None:
    path, text = tmp_path / "old.sock", b'{"nettui": "0.0.1", "format": "x"}'
    with socket.socket(socket.AF_UNIX) as listening, attach_later(home, path, listening) as one:
        first, _ = listening.accept()
        second, _ = listening.accept()  # one for looks, and one for bytes
        with first, second:
            first.sendall(len(text).to_bytes(4, "big") + bytes(4) + text)
            assert one.wait_for_end() == 1
        assert b"the watch is nettui 0.0.1" in one.raw


def test_options_that_would_change_the_watch_are_not_there(home: dict[str, str]) -> None:
    assert refused(home, "--iface", "eth0")[0] == 2
