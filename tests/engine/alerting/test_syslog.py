"""Messages to real sockets: a local daemon's, and one behind UDP."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.export.test_eve import alert
from tui.core.alert.alerts import Severity
from tui.engine.alerting.syslog import Syslog
from tui.errors import NoSuchFile, UsageError
from tui.export.alertsink import EveSyslog


@contextmanager
def daemon(where: Path | None) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX if where else socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.settimeout(10)
        made.bind(str(where) if where else ("127.0.0.1", 0))
        yield made


@pytest.mark.parametrize(
    ("severity", "priority"), [(Severity.CRITICAL, 170), (Severity.HIGH, 172), (Severity.INFO, 174)]
)
def test_a_local_daemon_gets_a_line_as_syslog_writes_it(tmp_path: Path, severity: Severity, priority: int) -> None:
    path = tmp_path / "log"
    with daemon(path) as server:
        sink = EveSyslog(Syslog(str(path)), "eth0")
        sink.write(alert(severity=severity))
        head, brace, body = server.recv(65_536).decode("ascii").partition("{")
        sink.close()
    assert re.fullmatch(rf"<{priority}>[A-Z][a-z]{{2}} [ 123]\d \d\d:\d\d:\d\d nettui\[\d+\]: ", head)
    assert json.loads(brace + body)["in_iface"] == "eth0"


def test_a_host_gets_a_message_of_rfc_5424() -> None:
    with daemon(None) as server:
        sink = EveSyslog(Syslog(server.getsockname()), "eth0")
        sink.write(alert())
        version, when, _, program, _, kind, _, body = server.recv(65_536).decode("ascii").split(" ", 7)
        sink.close()
    assert (version[-2:], program, kind) == (">1", "nettui", "alert")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", when)
    assert json.loads(body)["event_type"] == "alert"


def test_a_daemon_that_is_started_again_gets_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with daemon(path):
        sink = EveSyslog(Syslog(str(path)), "")
    path.unlink()
    with pytest.raises(OSError):
        sink.write(alert())
    with daemon(path) as server:
        sink.write(alert())
        assert b"nettui" in server.recv(65_536)
    sink.close()


def test_a_daemon_that_does_not_read_keeps_nobody(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with daemon(path):
        syslog = Syslog(str(path))
        syslog._socket.settimeout(0.01)
        with pytest.raises(OSError):
            for _ in range(100_000):
                syslog.send(b"x" * 100)
        syslog.close()


def test_what_is_no_daemon_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("none", "file"):
        with pytest.raises(NoSuchFile, match="no syslog socket"):
            Syslog(str(tmp_path / name))
    with pytest.raises(UsageError):
        Syslog(("no host of this name", 514))
