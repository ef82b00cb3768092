"""Captures on another machine: a real sshd in one namespace, nettui in the other."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.conftest import Lab, repository
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.live
SSHD = "/usr/sbin/sshd"
RUN = Path("/run/sshd")
"""Must be there for each connection; it stays, for tests that run beside each other share it."""


@pytest.fixture
def sshd(lab: Lab, tmp_path: Path) -> Iterator[Path]:
    """Listens in `a` with keys of its own; yields the folder of them."""
    if not (os.access(SSHD, os.X_OK) and shutil.which("ssh") and shutil.which("tcpdump")):
        pytest.skip("needs ssh, sshd and tcpdump")
    RUN.mkdir(mode=0o755, exist_ok=True)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    shutil.copy(tmp_path / "user.pub", tmp_path / "authorized")
    options = {
        "ListenAddress": "10.77.0.1", "HostKey": tmp_path / "host", "AuthorizedKeysFile": tmp_path / "authorized",
        "StrictModes": "no", "PermitRootLogin": "yes", "UsePAM": "no", "PidFile": "none",
    }  # fmt: skip
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    command = ["ip", "netns", "exec", lab.a, SSHD, "-D", "-e", "-f", "/dev/null", *words]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert server.stderr
    assert "listening" in server.stderr.readline()
    (tmp_path / "known").write_text("10.77.0.1 " + (tmp_path / "host.pub").read_text())
    yield tmp_path
    server.terminate()
    server.communicate()


class Watch:
    """A `nettui watch` in `b` that looks at `a`."""

    def __init__(self, lab: Lab, keys: Path, *options: str, remote: str = "", known: str = "known") -> None:
        self.keys = keys
        ssh = f"ssh -F /dev/null -i {keys}/user -o UserKnownHostsFile={keys}/{known}"
        command = [sys.executable, "-m", "tui", "watch", "--remote", remote or f"10.77.0.1:{lab.va}", "--ssh", ssh]
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", lab.b, *command, "--summary", "--log-file", str(keys / "log"), *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, cwd=keys,
            env={**os.environ, "PYTHONPATH": str(repository()), "HOME": str(keys)},
        )  # fmt: skip

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def end(self) -> tuple[dict[str, object], str]:
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return (json.loads(out) if out else {}), err


def ping_until(lab: Lab, watch: Watch) -> None:
    """Pings go over the link until the run has seen enough of them."""
    deadline = time.monotonic() + PATIENCE_S
    while watch.process.poll() is None:
        assert time.monotonic() < deadline, "the remote's packets do not come"
        lab.run(lab.b, ["ping", "-c", "5", "-i", "0.01", "-q", "10.77.0.1"])


def test_packets_of_there_are_seen_here_without_the_connection_itself(lab: Lab, sshd: Path) -> None:
    with Watch(lab, sshd, "-c", "40") as watch:
        ping_until(lab, watch)
        summary, err = watch.end()
    assert watch.process.returncode == 0, err
    assert summary["packets"] == 40
    assert set(summary["protocols"]) <= {"ICMP", "ARP"}


def test_two_captures_of_one_host_do_not_feed_each_other(lab: Lab, sshd: Path) -> None:
    with Watch(lab, sshd, "--remote", "10.77.0.1", "-c", "60") as watch:
        ping_until(lab, watch)
        summary, err = watch.end()
    assert watch.process.returncode == 0, err
    assert set(summary["protocols"]) <= {"ICMP", "ARP"}


def test_the_capture_filter_holds_there(lab: Lab, sshd: Path) -> None:
    with Watch(lab, sshd, "-c", "10", "-f", "icmp[0] == 8 or icmp[0] == 99") as watch:
        ping_until(lab, watch)
        summary, err = watch.end()
    assert watch.process.returncode == 0, err
    assert set(summary["protocols"]) == {"ICMP"}


def test_a_connection_that_breaks_is_made_again(lab: Lab, sshd: Path) -> None:
    saved = sshd / "all.pcapng"
    with Watch(lab, sshd, "--save", str(saved), "--metrics", "19741") as watch:
        wait_for_packets(lab, 1)
        for pid in sessions(lab):
            os.kill(pid, signal.SIGKILL)
        before = wait_for_packets(lab, 1)
        wait_for_packets(lab, before + 1)
        watch.process.send_signal(signal.SIGTERM)
        summary, err = watch.end()
    assert watch.process.returncode == 0, err
    assert saved.exists()
    assert summary["packets"] > before
    assert not tcpdumps(lab), "tcpdump is left behind"


def sessions(lab: Lab) -> list[int]:
    """The processes of sshd that serve a connection."""
    return [pid for pid, words in processes(lab) if words.startswith("sshd") and "listener" not in words]


def tcpdumps(lab: Lab) -> list[int]:
    """Those still there after a moment's grace."""
    deadline = time.monotonic() + PATIENCE_S
    while found := [pid for pid, words in processes(lab) if words.startswith("tcpdump")]:
        if time.monotonic() > deadline:
            break
    return found


def processes(lab: Lab) -> list[tuple[int, str]]:
    found = []
    for pid in lab_pids(lab):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if words.startswith(("sshd:", "tcpdump")):
            found.append((pid, words))
    return found


def lab_pids(lab: Lab) -> list[int]:
    done = subprocess.run(["ip", "netns", "pids", lab.a], capture_output=True, text=True, check=True)
    return [int(pid) for pid in done.stdout.split()]


def wait_for_packets(lab: Lab, wanted: int) -> int:
    """Pings until the metrics tell of so many packets."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        assert time.monotonic() < deadline, "no packets are counted"
        lab.run(lab.b, ["ping", "-c", "2", "-i", "0.02", "-q", "10.77.0.1"])
        got = lab.run(lab.b, ["curl", "-s", "http://127.0.0.1:19741/metrics"]).stdout
        for line in got.splitlines():
            if line.startswith("nettui_packets_total ") and float(line.split()[1]) >= wanted:
                return int(float(line.split()[1]))


@pytest.mark.parametrize(
    ("remote", "known", "code", "told"),
    [
        ("10.77.0.1:nosuch0", "known", 4, "10.77.0.1 has no interface 'nosuch0'"),
        ("10.77.0.1", "unknown", 1, "the host key of 10.77.0.1 is not known"),
        ("nobody@10.77.0.1", "known", 3, "nobody@10.77.0.1 may not log in by ssh"),
    ],
)
def test_what_goes_wrong_is_told_with_a_hint(
    lab: Lab, sshd: Path, remote: str, known: str, code: int, told: str
) -> None:
    with Watch(lab, sshd, remote=remote, known=known) as watch:
        _, err = watch.end()
    first, second = err.splitlines()
    assert first == f"nettui: {told}"
    assert second.startswith("hint: ")
    assert watch.process.returncode == code
