"""Nothing that was captured is lost on the way out: real processes and signals, a terminal that dies or stalls."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.conftest import Lab
from tests.terminal.pseudo import PseudoTerminal
from tui.capture.pcapfile import open_capture
from tui.core.decode import decode
from tui.core.protocols import ID
from tui.core.state import State
from tui.engine.leaving.signals import ENDING

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")]
PINGS = 30


@pytest.fixture
def monitor(in_b: Lab, home: Path) -> Iterator[PseudoTerminal]:
    """The screen on vb, after some pings that it has shown."""
    with started(in_b) as terminal:
        yield terminal


def started(lab: Lab, *options: str) -> PseudoTerminal:
    terminal = PseudoTerminal([sys.executable, "-m", "tui", "--iface", lab.vb, *options])
    terminal.wait_for("live", "following")
    lab.run(lab.a, ["ping", "-c", str(PINGS), "-i", "0.01", "-q", "10.77.0.2"])
    terminal.wait_for("10.77.0.1", f"seq={PINGS}")
    return terminal


def echoes(path: Path) -> int:
    """How many ICMP packets a capture holds."""
    source = open_capture(str(path))
    count = 0
    while source.state is not State.ENDED:
        frames = source.read(1.0)
        if frames is not None:
            count += int((decode(frames).protocol == ID["ICMP"]).sum())
    source.close()
    return count


def saved(folder: Path) -> Path:
    (path,) = folder.glob("*.pcapng")
    return path


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_saves_and_gives_the_terminal_back(
    monitor: PseudoTerminal, home: Path, number: signal.Signals
) -> None:
    os.kill(monitor.pid, number)
    assert monitor.wait_for_end() == 0
    assert echoes(saved(home)) == 2 * PINGS
    assert b"\x1b[?1049l" in monitor.raw
    assert b"packets captured, 0 lost (interface 0, kernel 0)" in monitor.raw
    assert not list(home.glob(".cache/nettui/*")), "a spool whose packets are saved is removed"


def test_a_terminal_that_stops_reading_does_not_keep_packets_from_being_saved(
    monitor: PseudoTerminal, in_b: Lab, home: Path
) -> None:
    in_b.run(in_b.a, ["ping", "-c", "200", "-i", "0.002", "-q", "10.77.0.2"])  # drawn into a terminal that nobody reads
    os.kill(monitor.pid, signal.SIGTERM)
    assert monitor.reap() == 0
    assert echoes(saved(home)) == 2 * (PINGS + 200)


def test_a_terminal_that_closes_saves(in_b: Lab, home: Path) -> None:
    terminal = started(in_b)
    os.close(terminal.descriptor)  # what the kernel does when the SSH link dies
    terminal.reap()
    terminal.descriptor = os.open(os.devnull, os.O_RDONLY)
    assert echoes(saved(home)) == 2 * PINGS


def test_what_a_killed_process_left_can_be_recovered(monitor: PseudoTerminal, in_b: Lab, home: Path) -> None:
    os.kill(monitor.pid, signal.SIGKILL)
    monitor.reap()
    done = in_b.run(in_b.b, [sys.executable, "-m", "tui", "recover", "--save", str(home / "back.pcap")])
    assert done.returncode == 0, done.stderr
    assert echoes(home / "back.pcap") == 2 * PINGS


def test_quit_asks_and_control_c_saves(monitor: PseudoTerminal, home: Path) -> None:
    monitor.type("q")
    monitor.wait_for("packets are not saved")
    monitor.type("\x03")
    assert monitor.wait_for_end() == 0
    assert echoes(saved(home)) == 2 * PINGS


def test_no_save_saves_nothing(in_b: Lab, home: Path) -> None:
    with started(in_b, "--no-save") as terminal:
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait_for_end() == 0
    assert not list(home.glob("*.pcap*"))


def test_write_has_everything_when_the_process_is_told_to_go(in_b: Lab, home: Path) -> None:
    with started(in_b, "--write", str(home / "all.pcap")) as terminal:
        os.kill(terminal.pid, signal.SIGHUP)
        assert terminal.wait_for_end() == 0
    assert echoes(home / "all.pcap") == 2 * PINGS


def test_the_running_monitor_has_no_right_left_in_any_thread(monitor: PseudoTerminal) -> None:
    tasks = list(Path(f"/proc/{monitor.pid}/task").iterdir())
    assert len(tasks) > 1
    for task in tasks:
        status = dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines() if ":\t" in line)
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == int(status["CapBnd"], 16) == 0
        assert status["NoNewPrivs"] == "1"
