"""A terminal that dies under a parent that passes no SIGHUP on, as `su -c` does."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_S
from tui.engine.leaving import hangup

pytestmark = pytest.mark.terminal


def test_the_program_leaves_although_no_signal_comes(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    environment = os.environ | {"TERM": "xterm-256color", "XDG_CACHE_HOME": str(tmp_path)}
    # a session of its own, of which this terminal is not the controlling one: closing it raises no signal
    program = subprocess.Popen(
        [sys.executable, "-m", "tui", "--demo"],
        stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=environment,
    )  # fmt: skip
    os.close(slave)
    drawn, deadline = b"", time.monotonic() + PATIENCE_S
    while b"following" not in drawn:
        assert time.monotonic() < deadline, drawn
        if select.select([master], [], [], 1.0)[0]:
            drawn += os.read(master, 1 << 16)
    os.close(master)
    try:
        assert program.wait(PATIENCE_S) == 0
    finally:
        program.kill()


@pytest.mark.skipif(not hasattr(select, "poll"), reason="this system has no poll")
def test_keys_are_no_hangup() -> None:
    came = threading.Event()
    before = signal.signal(signal.SIGHUP, lambda *_: came.set())
    master, slave = pty.openpty()
    try:
        hangup.watch(slave)
        os.write(master, b"q\n")
        assert not came.wait(0.3)
        os.close(master)
        assert came.wait(PATIENCE_S)
    finally:
        signal.signal(signal.SIGHUP, before)
        os.close(slave)
