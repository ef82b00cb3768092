"""What the service manager is told: ready, alive, stopping (sd_notify(3)); nothing where no manager listens.

The socket is connected while nothing binds this process yet. Standard library only.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Mapping

STATUS_S = 5.0
"""How often the line of `systemctl status` is written anew."""


class Manager:
    """The service manager that started this process; every call is allowed where there is none."""

    def __init__(
        self, environment: Mapping[str, str] = os.environ, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID."""
        self._clock = clock
        self._socket = _connect(environment.get("NOTIFY_SOCKET", ""))
        self._patience_s = _patience_s(environment)
        self._sign: object = None
        self._alive_at = self._status_at = float("-inf")

    def ready(self) -> None:
        """Packets are being taken."""
        self._tell("READY=1")

    def alive(self, sign: object, status: Callable[[], str]) -> None:
        """Call often. `sign`: something the worker makes anew while it works; without a new one nothing is told."""
        now = self._clock()
        if self._patience_s and sign is not self._sign and now - self._alive_at >= self._patience_s / 3:
            self._sign, self._alive_at = sign, now
            self._tell("WATCHDOG=1")
        if self._socket and now - self._status_at >= STATUS_S:
            self._status_at = now
            self._tell(f"STATUS={status()}")

    def stopping(self) -> None:
        """The end has begun; what is written now may take its time. Nothing is told after that."""
        self._tell("STOPPING=1")
        if self._socket:
            self._socket.close()
            self._socket = None

    def _tell(self, message: str) -> None:
        if self._socket:
            with contextlib.suppress(OSError):  # a manager that does not listen keeps nobody from work
                self._socket.send(message.encode())


def _connect(address: str) -> socket.socket | None:
    """A path, or with @ a name in the abstract space."""
    if not address.startswith(("/", "@")):
        return None
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    try:
        opened.connect("\0" + address[1:] if address.startswith("@") else address)
    except OSError:
        opened.close()
        return None
    return opened


def _patience_s(environment: Mapping[str, str]) -> float:
    """How long the manager waits for a sign of life; 0 where it does not."""
    given, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not given.isdecimal() or (pid and pid != str(os.getpid())):
        return 0.0
    return int(given) / 1e6
