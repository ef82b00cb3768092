"""`nettui watch` over a file, as a program: its summary, its alerts, its limits, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.captures import packet, pcap, written
from tests.waiting import PATIENCE_S
from tests.webserver import webserver

KEYS = ["packets", "bytes", "duration_s", "packets_per_s", "lost", "protocols", "alerts", "saved", "health"]
LOST = {"interface", "kernel", "evicted", "skipped_names"}


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment whose files are the test's own."""
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "XDG_CONFIG_HOME": str(tmp_path / "config")}


def watch(home: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tui", "watch", "--no-sandbox", *options]
    return subprocess.run(
        command, env=home, cwd=home["HOME"], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def test_the_summary_has_the_keys_of_the_contract_on_one_line(home: dict[str, str], demo: Path) -> None:
    done = watch(home, "-r", str(demo), "--speed", "max", "--summary")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    summary = json.loads(done.stdout)
    assert list(summary) == [*KEYS, "files", "warnings"]
    assert set(summary["lost"]) >= LOST
    assert sum(p["packets"] for p in summary["protocols"].values()) == summary["packets"] > 0
    assert summary["packets_per_s"] == pytest.approx(summary["packets"] / summary["duration_s"], rel=1e-3)
    assert summary["saved"] is None
    assert summary["files"] == summary["warnings"] == []


def test_rotated_files_are_named_by_the_names_they_have(home: dict[str, str], demo: Path, tmp_path: Path) -> None:
    words = ("-r", str(demo), "--speed", "max", "-w", "x.pcap", "--rotate-size", "100KB", "--rotate-files", "3")
    summary = json.loads(watch(home, *words, "--summary").stdout)
    there = sorted(tmp_path.glob("x-*.pcap"))
    assert [Path(name).name for name in summary["files"]] == [path.name for path in there]
    assert Path(summary["saved"]).name == there[-1].name
    for path in there:
        path.unlink()
    told = watch(home, *words).stdout
    assert told.endswith(f"saved to x-{there[0].stem[-5:]}.pcap to {there[-1].name}\n")


def test_a_save_that_fails_leaves_the_packets_and_still_sums_up(home: dict[str, str], demo: Path) -> None:
    done = watch(home, "-r", str(demo), "--speed", "max", "--save", "/proc/x.pcap", "--summary")
    assert done.returncode == 1
    assert "hint:" in done.stderr
    summary = json.loads(done.stdout)
    assert summary["packets"] > 0
    assert summary["saved"] is None


def test_alerts_are_counted_in_the_summary_and_written_as_eve(home: dict[str, str], demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "eve.json"
    done = watch(home, "-r", str(demo), "--speed", "max", "--summary", "--eve", str(out))
    events = [json.loads(line) for line in out.read_text().splitlines()]
    opened = [event["nettui"]["rule"] for event in events if event["nettui"]["event"] == "open"]
    counted = json.loads(done.stdout)["alerts"]
    assert counted
    assert counted == {rule: opened.count(rule) for rule in counted}
    assert len(opened) == sum(counted.values())


def test_eve_on_standard_output_is_alone_there(home: dict[str, str], demo: Path) -> None:
    done = watch(home, "-r", str(demo), "--speed", "max", "--eve", "-")
    assert {json.loads(line)["event_type"] for line in done.stdout.splitlines()} == {"alert"}
    assert "packets" in done.stderr


def test_every_event_reaches_syslog_webhook_and_command(home: dict[str, str], demo: Path, tmp_path: Path) -> None:
    """Those of the end of a file too, which all come at once."""
    eve, out, path = tmp_path / "eve.json", tmp_path / "out", tmp_path / "log"
    script = tmp_path / "take"
    script.write_text(f"#!/bin/sh\ncat >>{out}\n")
    script.chmod(0o755)
    with webserver() as posts, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.bind(str(path))
        daemon.setblocking(False)
        outputs = ("--eve", str(eve), "--syslog", str(path), "--webhook", posts.address, "--on-alert", str(script))
        assert watch(home, "-r", str(demo), "--speed", "max", *outputs).returncode == 0
        wanted = [json.loads(line) for line in eve.read_text().splitlines()]
        assert [json.loads(daemon.recv(65_536).partition(b"]: ")[2]) for _ in wanted] == wanted
    assert [json.loads(body) for body in posts.bodies] == wanted
    assert [json.loads(line) for line in out.read_text().splitlines()] == wanted


def test_what_would_stop_it_stands_in_the_event_when_asked_for(home: dict[str, str], demo: Path) -> None:
    done = watch(home, "-r", str(demo), "--speed", "max", "--eve", "-", "--suggest", "--protect", "10.0.4.66")
    events = [json.loads(line)["nettui"] for line in done.stdout.splitlines()]
    told = {event["rule"]: event["response"] for event in events}
    assert told["scan.vertical"]["suggested"] is None
    assert told["scan.vertical"]["reason"] == "10.0.4.66 is allowed: never blocked"
    assert "limited { 10.0.4.80 . tcp . 443 timeout 10m }" in told["flood.syn"]["suggested"]


def test_a_count_ends_the_run_after_so_many_packets(home: dict[str, str], demo: Path) -> None:
    done = watch(home, "-r", str(demo), "--speed", "max", "-c", "25", "--summary")
    assert done.returncode == 0
    assert json.loads(done.stdout)["packets"] == 25


def test_what_the_display_filter_matches_is_saved(home: dict[str, str], demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "dns.pcapng"
    done = watch(home, "-r", str(demo), "--speed", "max", "-Y", "dns", "--save", str(out), "--summary")
    assert json.loads(done.stdout)["saved"] == str(out)
    again = watch(home, "-r", str(out), "--speed", "max", "--summary")
    assert set(json.loads(again.stdout)["protocols"]) == {"DNS"}


def test_a_damaged_file_is_told_with_its_exit_code(home: dict[str, str], tmp_path: Path) -> None:
    path = written(tmp_path, pcap([packet(i) for i in range(9)])[:-7])
    done = watch(home, "-r", path, "--speed", "max", "--summary")
    assert done.returncode == 5
    assert json.loads(done.stdout)["packets"] == 8
    assert "nettui: " in done.stderr and "hint: " in done.stderr


def test_a_watch_that_cannot_begin_leaves_no_socket(home: dict[str, str], tmp_path: Path) -> None:
    home["RUNTIME_DIRECTORY"] = str(tmp_path / "run")
    assert watch(home, "-r", str(tmp_path / "missing.pcap")).returncode == 4
    assert not any((tmp_path / "run").iterdir())


def test_a_wrong_filter_is_wrong_usage(home: dict[str, str], demo: Path) -> None:
    done = watch(home, "-r", str(demo), "-Y", "tcp.port ==")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_sigterm_ends_a_replay_with_its_summary(home: dict[str, str], demo: Path, tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    os.mkfifo(feed)
    command = [sys.executable, "-m", "tui", "watch", "--no-sandbox", "--speed", "max", "-r", str(feed), "--summary"]
    running = subprocess.Popen(command, env=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with feed.open("wb") as pipe:  # the pipe stays open: only the signal can end the run
        pipe.write(pcap([packet(i) for i in range(4)]))
        pipe.flush()
        wait_for_handler(running, signal.SIGTERM)
        running.send_signal(signal.SIGTERM)
        out, _ = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 0
    assert list(json.loads(out))[: len(KEYS)] == KEYS


def wait_for_handler(running: subprocess.Popen[str], number: int) -> None:
    """Until the process catches the signal, as the kernel tells."""
    while True:
        assert running.poll() is None
        status = Path(f"/proc/{running.pid}/status").read_text()
        caught = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigCgt"))
        if caught >> (number - 1) & 1:
            return
