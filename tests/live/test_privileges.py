"""A running monitor has no right left in any thread, and packets still arrive."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.conftest import Lab, repository
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.live


def statuses(pid: int) -> list[dict[str, str]]:
    """/proc/PID/task/*/status of all threads."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        found.append(dict(line.split(":\t", 1) for line in lines if ":\t" in line))
    return found


@pytest.mark.parametrize("more", [[], ["-Y", "icmp"]], ids=["plain", "display filter"])
def test_while_it_captures_no_thread_may_do_anything(lab: Lab, tmp_path: Path, more: list[str]) -> None:
    bounds = ["-c", "20", "-a", "30"]  # the threads are looked at while packets arrive, the last of them end it
    command = [
        sys.executable,
        "-m",
        "tui",
        "watch",
        "-i",
        lab.vb,
        "--summary",
        "--spool",
        str(tmp_path),
        *bounds,
        *more,
    ]
    with lab.inside(lab.b):
        watch = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=repository())
    try:
        until(lambda: watch.poll() is not None or len(statuses(watch.pid)) >= 2, "it starts no worker")
        assert watch.poll() is None, watch.stderr.read() if watch.stderr else ""
        lab.run(lab.a, ["ping", "-c", "5", "-i", "0.05", "-q", "10.77.0.2"])
        threads = statuses(watch.pid)
        lab.run(lab.a, ["ping", "-c", "7", "-i", "0.05", "-q", "10.77.0.2"])
        out, err = watch.communicate(timeout=PATIENCE_S)
    finally:
        watch.kill()
        watch.wait()
    for name in ("CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd"):
        assert {int(thread[name], 16) for thread in threads} == {0}, name
    assert {thread["NoNewPrivs"] for thread in threads} == {"1"}
    summary = json.loads(out.strip().splitlines()[-1])
    assert summary["packets"] == 20, err
