"""Helpers: small children forked before the rights are dropped, each of which does one fixed thing when it is asked.

A helper hears framed messages (4 bytes of length, then the bytes) on a socket, answers each with one, and leaves when
the monitor closes its end or dies. Fork them from the main thread, before NumPy is imported. Standard library only.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import NoReturn

LENGTH = struct.Struct("!I")
LONGEST = 1 << 20
"""Bytes of one message unless a helper takes longer ones; more is a fault of the other side."""
DEVNULL = "/dev/null"


class Helper:
    """A running helper. Any thread may use it; questions are answered one at a time."""

    def __init__(
        self,
        serve: Callable[[bytes], bytes],
        prepare: Callable[[], None] = lambda: None,
        longest: int = LONGEST,
    ) -> None:
        """Fork. In the child, `prepare` gives up what it does not need, then `serve` answers each message."""
        mine, its = socket.socketpair()
        self.pid = os.fork()
        if not self.pid:
            mine.close()
            _live(its, serve, prepare, longest)
        its.close()
        self._socket = mine
        self._longest = longest
        self._lock = threading.Lock()
        self._waiting = 0
        """Answers that are still to come, of messages that were only told."""
        self.said = b""
        """The last answer to such a message that was not empty: what went wrong."""

    def ask(self, question: bytes, timeout_s: float = 2.0) -> bytes | None:
        """The answer; None when the helper has gone or takes too long, after which it is asked no more."""
        with self._lock:
            try:
                self._socket.settimeout(timeout_s)
                send(self._socket, question)
                while self._waiting:
                    self._hear_one()
                return receive(self._socket, self._longest)
            except OSError:
                self.close()
                return None

    def tell(self, message: bytes) -> bool:
        """Have something done without waiting for it; False when so much is waiting that this is left undone."""
        with self._lock:
            try:
                self._hear()
                if not select.select([], [self._socket], [], 0)[1] or self._waiting >= MOST_WAITING:
                    return False
                self._socket.settimeout(1.0)
                send(self._socket, message)
            except (OSError, ValueError):
                return False
            self._waiting += 1
            return True

    def close(self) -> None:
        """Let the helper leave; it is not waited for when it is still at work."""
        self._socket.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)

    def drain(self, timeout_s: float) -> bool:
        """Wait until all that was told is done; False when it takes longer, or the helper has gone."""
        end = time.monotonic() + timeout_s
        with self._lock:
            try:
                while self._waiting:
                    self._socket.settimeout(max(0.001, end - time.monotonic()))
                    self._hear_one()
            except OSError:
                return False
        return True

    def _hear(self) -> None:
        """Take the answers that have come meanwhile."""
        while self._waiting and select.select([self._socket], [], [], 0)[0]:
            self._hear_one()

    def _hear_one(self) -> None:
        self.said = receive(self._socket, self._longest) or self.said
        self._waiting -= 1


MOST_WAITING = 64
"""Messages told and not yet done. A flood of alerts must not become a flood of commands."""


def send(to: socket.socket, message: bytes) -> None:
    to.sendall(LENGTH.pack(len(message)) + message)


def receive(of: socket.socket, longest: int = LONGEST) -> bytes:
    """One message. ConnectionError when the other side has gone, or sends nonsense."""
    (length,) = LENGTH.unpack(_exactly(of, LENGTH.size))
    if length > longest:
        raise ConnectionError("a message of impossible length")
    return _exactly(of, length)


def _exactly(of: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = of.recv(size)
        if not part:
            raise ConnectionError("the other side has gone")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _live(its: socket.socket, serve: Callable[[bytes], bytes], prepare: Callable[[], None], longest: int) -> NoReturn:
    """The child: no terminal, no descriptor but its own, no signal from the keyboard; ends with the process."""
    try:
        isolate(its.fileno())
        prepare()
        while True:
            answer = serve(receive(its, longest))
            # nobody hears it any more: what was asked before that is still done
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                send(its, answer)
    finally:  # whatever it was: the parent sees the closed socket, and goes on without
        os._exit(0)


def isolate(descriptor: int) -> None:
    """For a child: no signal from the keyboard, and no descriptor but this one."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTSTP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _only(descriptor)


def _only(descriptor: int) -> None:
    """Standard streams to nowhere, and all others but this one closed: the capture sockets are not for helpers."""
    nowhere = os.open(DEVNULL, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    highest = os.sysconf("SC_OPEN_MAX")
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, highest if highest > 0 else 65536)
