"""`nettui watch` as a service manager starts it: no terminal, closed standard input, hardly an environment, SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.conftest import Lab
from tests.waiting import PATIENCE_S
from tui.capture.pcapfile import open_capture

pytestmark = pytest.mark.live


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """Where the service tells how it is."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(PATIENCE_S)
        yield listening


def heard_until(manager: socket.socket, wanted: str) -> list[str]:
    heard = [manager.recv(4096).decode()]
    while not heard[-1].startswith(wanted):
        heard.append(manager.recv(4096).decode())
    return heard


def test_it_tells_that_it_is_ready_alive_and_stopping(in_b: Lab, manager: socket.socket, tmp_path: Path) -> None:
    for name in ("state", "run"):
        (tmp_path / name).mkdir(mode=0o700)
    files = ["--write", str(tmp_path / "state/packets.pcapng"), "--rotate-size", "1MB", "--rotate-files", "3"]
    command = [sys.executable, "-m", "tui", "watch", "--eve", str(tmp_path / "alerts.json"), *files]
    environment = {
        "NETTUI_IFACE": in_b.vb,
        "NETTUI_SUMMARY": "yes",
        "NETTUI_KEPT_BASELINE": "no",
        "NOTIFY_SOCKET": manager.getsockname(),
        "WATCHDOG_USEC": "900000",
        "RUNTIME_DIRECTORY": str(tmp_path / "run"),
        "HOME": str(tmp_path / "state"),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    running = subprocess.Popen(
        ["sh", "-c", 'exec "$@" <&-', "sh", *command],
        env=environment,
        cwd=tmp_path / "state",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    heard_until(manager, "READY=1")
    assert (tmp_path / f"run/{running.pid}.sock").is_socket()
    in_b.run(in_b.a, ["ping", "-c", "20", "-i", "0.01", "-q", "10.77.0.2"])
    heard_until(manager, "WATCHDOG=1")
    os.kill(running.pid, signal.SIGTERM)
    assert heard_until(manager, "STOPPING=1")
    out, err = running.communicate(timeout=PATIENCE_S)
    assert (running.returncode, err) == (0, "")
    summary = json.loads(out)
    assert summary["packets"] >= 40
    source = open_capture(summary["saved"])
    kept = 0
    while (frames := source.read(1.0)) is not None:
        kept += len(frames)
        source.release(frames)
    source.close()
    assert kept == summary["packets"]
    assert not list((tmp_path / "run").iterdir())
