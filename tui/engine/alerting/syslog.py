"""The socket to a syslog daemon, opened while nothing binds this process yet. Standard library only."""

from __future__ import annotations

import socket
from pathlib import Path

from tui.errors import NoSuchFile, UsageError

PATIENCE_S = 0.5
"""How long a datagram waits for a daemon that is busy; it is given up then, and that is told."""


class Syslog:
    """Datagrams to a local daemon's socket, or by UDP to another host. The address is found once, at the start."""

    def __init__(self, target: str | tuple[str, int]) -> None:
        """A path, or host and port. NoSuchFile where no daemon listens; UsageError for a host that has no address."""
        self.local = isinstance(target, str)
        self._to: str | tuple[object, ...]
        if isinstance(target, str):
            family, self._to = socket.AF_UNIX, target
            if not Path(target).is_socket():
                raise NoSuchFile(f"there is no syslog socket {target}", "start a syslog daemon, or name HOST[:PORT]")
        else:
            try:
                family, _, _, _, self._to = socket.getaddrinfo(*target, type=socket.SOCK_DGRAM)[0]
            except OSError as error:
                raise UsageError(f"--syslog {target[0]}: {error.strerror}", "name a host that can be found") from None
        self._socket = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.settimeout(PATIENCE_S)

    def send(self, message: bytes) -> None:
        """One message. OSError where it is not taken; the next one may be, for the daemon may be started again."""
        self._socket.sendto(message, self._to)

    def close(self) -> None:
        self._socket.close()
