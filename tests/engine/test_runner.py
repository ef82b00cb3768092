"""An alert runs the caller's command, once each, with the event on its standard input."""

from __future__ import annotations

import http.server
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tui.engine.runner import Runner
from tui.errors import UsageError


def wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_command_gets_the_event_and_no_shell(tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = "import sys; open(sys.argv[1], 'a').write(sys.argv[2] + sys.stdin.read() + '\\n')"
    runner = Runner([sys.executable, "-c", script, str(out), "$(id) "])
    runner.alert({"rule": "scan.vertical"})
    runner.alert({"rule": "flood.syn"})
    wait(lambda: out.exists() and out.read_text().count("\n") == 2)
    runner.close()
    assert out.read_text() == '$(id) {"rule": "scan.vertical"}\n$(id) {"rule": "flood.syn"}\n'


def test_a_command_that_does_not_exist_is_no_harm(tmp_path: Path) -> None:
    out = tmp_path / "out"
    runner = Runner(["/no/such/program"])
    runner.alert({"n": 1})
    runner.alert({"n": 2})
    runner.close()
    assert runner.undone == 0
    assert not out.exists()


def test_a_webhook_gets_the_event_as_json() -> None:
    got: list[object] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        runner = Runner(webhook=f"http://127.0.0.1:{server.server_port}/alerts")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        runner.alert({"rule": "arp.spoof"})
        wait(lambda: bool(got))
        server.shutdown()
        thread.join()
        runner.close()
    assert got == [{"rule": "arp.spoof"}]


def test_only_web_addresses_are_posted_to() -> None:
    with pytest.raises(UsageError, match="file:"):
        Runner(webhook="file:///etc/passwd")
