"""An alert runs the caller's command and is posted to the webhook, once each, and nobody waits for either."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.webserver import webserver
from tui.engine.alerting import runner as module
from tui.engine.alerting.runner import PER_MINUTE, Act, Runner, command, webhook

LONG_S = 30.0


@contextmanager
def running(act: Act, **more: object) -> Iterator[Runner]:
    made = Runner("--x", act, **more)  # a clock, in the tests that need one
    try:
        yield made
    finally:
        made.close()


def test_the_command_gets_the_event_and_no_shell(tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = "import sys; open(sys.argv[1], 'a').write(sys.argv[2] + sys.stdin.read())"
    with running(command([sys.executable, "-c", script, str(out), "$(id) "])) as runner:
        runner.alert({"rule": "scan.vertical"})
        runner.alert({"rule": "flood.syn"})
        assert runner.close(LONG_S) == ""
    assert out.read_text() == '$(id) {"rule": "scan.vertical"}\n$(id) {"rule": "flood.syn"}\n'


@pytest.mark.parametrize(("words", "said"), [(["/no/such/program"], "No such file"), (["false"], "code 1")])
def test_a_command_that_fails_is_told_and_no_harm(words: list[str], said: str) -> None:
    with running(command(words)) as runner:
        assert runner.alert({"n": 1}) == ""
        assert runner.alert({"n": 2}) in ("", runner.close(LONG_S))
        assert said in runner.close(LONG_S)
        assert runner.undone == 0


def test_a_command_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMMAND_S", 0.05)
    assert "took longer" in command(["sleep", "1000"])(b"")


def test_what_waits_when_the_run_ends_is_still_done(tmp_path: Path) -> None:
    """Once only the first of the events that come at the end of a file was."""
    gate = tmp_path / "gate"
    out = tmp_path / "out"
    script = 'while [ ! -e "$0" ]; do sleep 0.01; done; cat >>"$1"'
    runner = Runner("--x", command(["sh", "-c", script, str(gate), str(out)]))
    for n in range(3):
        runner.alert({"n": n})
    runner.close()  # the first has not ended
    gate.touch()
    os.waitpid(runner._helper.pid, 0)
    assert out.read_text() == '{"n": 0}\n{"n": 1}\n{"n": 2}\n'


def test_only_so_many_are_passed_on_in_a_minute() -> None:
    now = [0.0]
    with running(lambda _: "", clock=lambda: now[0]) as runner:
        undone = []
        for n in range(PER_MINUTE + 5):
            runner._helper.drain(LONG_S)
            assert runner.alert({"n": n}) == ""
            undone.append(runner.undone)
        assert undone == [0] * PER_MINUTE + [1, 2, 3, 4, 5]
        now[0] = 60.0
        runner.alert({"n": 0})
        assert runner.undone == 5


def test_a_webhook_gets_the_event_as_json() -> None:
    with webserver() as posts, running(webhook(posts.address)) as runner:
        runner.alert({"rule": "arp.spoof"})
        assert runner.close(LONG_S) == ""
        assert [json.loads(body) for body in posts.bodies] == [{"rule": "arp.spoof"}]


def test_a_webhook_that_refuses_is_told() -> None:
    with webserver(status=503) as posts:
        assert "503" in webhook(posts.address)(b"{}")


def test_a_webhook_does_not_follow_redirects() -> None:
    with webserver() as other, webserver(status=307, headers={"Location": other.address}) as posts:
        assert "307" in webhook(posts.address)(b"{}")
        assert other.bodies == []


def test_a_webhook_that_nobody_serves_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "refused" in webhook(f"http://127.0.0.1:{port}/")(b"{}")


def test_a_webhook_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WEBHOOK_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "timed out" in webhook(f"http://127.0.0.1:{silent.getsockname()[1]}/")(b"{}")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_nothing_but_the_web_has_a_handler(address: str) -> None:
    """Even if such an address came past the settings, which refuse it."""
    assert "unknown url type" in webhook(address)(b"{}")
