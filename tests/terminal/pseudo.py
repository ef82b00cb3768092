"""A program on a pseudo-terminal of any size: type keys, wait for words, read the screen as a person sees it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Sequence

import pyte

from tests.waiting import PATIENCE_S


class PseudoTerminal:
    """Use as a context; the program is killed at the end. Nothing is read while nobody waits for it."""

    def __init__(self, command: Sequence[str], columns: int = 120, rows: int = 40, **environment: str) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": str(rows), **environment})
            # the size must stand before the program asks for it
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execvp(command[0], list(command))
        self.status: int | None = None

    def __enter__(self) -> PseudoTerminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.descriptor)

    def type(self, keys: str) -> None:
        os.write(self.descriptor, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def read(self, timeout_s: float = 0.05, most: int = 1 << 16) -> bool:
        """Take what the program has drawn; False once it has gone."""
        if not select.select([self.descriptor], [], [], timeout_s)[0]:
            return True
        try:
            got = os.read(self.descriptor, most)
        except OSError:
            return False
        self.raw += got
        self._stream.feed(got)
        return bool(got)

    def read_slowly(self, bytes_per_s: int, until: Callable[[], bool]) -> None:
        """Take so many bytes a second, as a bad line does, until something is so."""
        begun, taken = time.monotonic(), 0
        while not until():
            assert time.monotonic() < begun + 3 * PATIENCE_S, "it never was so"
            due = int((time.monotonic() - begun) * bytes_per_s) - taken
            before = len(self.raw)
            if due > 0:
                assert self.read(0.02, due)
            else:
                select.select([], [], [], 1 / bytes_per_s)
            taken += len(self.raw) - before

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def wait_for(self, *words: str) -> str:
        """The screen, once all the words stand on it."""
        deadline = time.monotonic() + PATIENCE_S
        while not all(word in self.text for word in words):
            missing = [word for word in words if word not in self.text]
            assert time.monotonic() < deadline, f"{missing} never came:\n{self.text}"
            assert self.read(), f"it left before {missing} came:\n{self.text}"
        return self.text

    def wait_for_end(self) -> int:
        """The exit code, once the program has left by itself; what it wrote last is in `raw`."""
        deadline = time.monotonic() + PATIENCE_S
        while self.read():
            assert time.monotonic() < deadline, f"it did not leave:\n{self.text}"
        return self.reap()

    def reap(self) -> int:
        """Wait for the end without reading anything."""
        deadline = time.monotonic() + PATIENCE_S
        while self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            else:
                assert time.monotonic() < deadline, "it did not leave"
                time.sleep(0.02)
        return self.status
