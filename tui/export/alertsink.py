"""Where alerts go while they happen: EVE lines to a file, to standard output, to syslog."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Protocol, TextIO

from tui.core.alert.alerts import SECOND_NS, Alert, Severity
from tui.core.alert.response import Response
from tui.errors import SaveError
from tui.export.eve import eve_line, timestamp

LOCAL5 = 21
"""The syslog facility that Suricata uses where none is set."""
_LEVELS = {Severity.CRITICAL: 2, Severity.HIGH: 4, Severity.LOW: 5, Severity.INFO: 6}
"""critical, warning, notice, informational."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class EveFile:
    """Appends a line for each event, at once: whatever follows the file sees it."""

    name: ClassVar[str] = "--eve"
    lasting: ClassVar[bool] = False

    def __init__(self, target: str, interface: str) -> None:
        """`-` is standard output. Raises SaveError."""
        self._interface = interface
        self._stdout = target == "-"
        try:
            self._out: TextIO = sys.stdout if self._stdout else _append(Path(target))
        except OSError as error:
            raise SaveError(f"cannot write {target}: {error.strerror}", "choose another path for --eve") from None

    def write(self, alert: Alert, response: Response | None = None) -> None:
        """One event."""
        self._out.write(eve_line(alert, self._interface, response) + "\n")
        self._out.flush()

    def close(self) -> None:
        if not self._stdout:
            self._out.close()


class Datagrams(Protocol):
    """The socket to a syslog daemon: `tui.engine.alerting.syslog.Syslog`."""

    @property
    def local(self) -> bool: ...

    def send(self, message: bytes) -> None: ...

    def close(self) -> None: ...


class EveSyslog:
    """Each event is one message of facility local5; how bad it is, is its level."""

    name: ClassVar[str] = "--syslog"
    lasting: ClassVar[bool] = True

    def __init__(self, out: Datagrams, interface: str) -> None:
        self._out = out
        self._interface = interface
        self._host = socket.gethostname()

    def write(self, alert: Alert, response: Response | None = None) -> None:
        """One event; OSError where the daemon does not take it."""
        line = eve_line(alert, self._interface, response, ascii_only=True)
        head = _local_head(alert) if self._out.local else _network_head(alert, self._host)
        self._out.send(f"{head}{line}".encode("ascii", "replace"))

    def close(self) -> None:
        self._out.close()


def sinks(eve: str | None, syslog: Datagrams | None, interface: str) -> Iterator[EveFile | EveSyslog]:
    """All that a run's options ask for. Raises SaveError."""
    if eve:
        yield EveFile(eve, interface)
    if syslog:
        yield EveSyslog(syslog, interface)


def _priority(alert: Alert) -> int:
    return LOCAL5 * 8 + _LEVELS[alert.severity]


def _local_head(alert: Alert) -> str:
    """As syslog(3) writes it to a local daemon: local time, no host (RFC 3164, section 4.1)."""
    when = datetime.fromtimestamp(alert.detected_ns // SECOND_NS)
    return f"<{_priority(alert)}>{_MONTHS[when.month - 1]} {when.day:2} {when:%H:%M:%S} nettui[{os.getpid()}]: "


def _network_head(alert: Alert, host: str) -> str:
    """RFC 5424, section 6: version, time, host, program, process, kind of message, no structured data."""
    when = timestamp(alert.detected_ns).removesuffix("+0000") + "Z"
    return f"<{_priority(alert)}>1 {when} {host} nettui {os.getpid()} alert - "


def _append(path: Path) -> TextIO:
    """Alerts name people's addresses: a new file is the caller's alone."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "a", encoding="utf-8")
