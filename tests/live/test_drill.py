"""The failure drill with real processes, while packets arrive at tens of thousands a second."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.captures import read_all
from tests.live.conftest import Lab
from tests.live.drill import Sender, Watch, capturing, complete, numbers, rights, send, spooled
from tests.live.sender import HEAD
from tests.terminal.pseudo import PseudoTerminal
from tests.waiting import until
from tui.capture.pcapfile import open_capture
from tui.cli import main
from tui.engine.leaving.signals import ENDING

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")]
NO_RIGHT = {("0000000000000000",) * 4 + ("1",)}
RATE = 50_000
LATE_S = 1.0
"""What a machine under load adds to the second between a packet and the disk."""


def screen(lab: Lab) -> list[str]:
    """The live screen on vb."""
    return [sys.executable, "-m", "tui", "--iface", lab.vb, "--spool", "spool"]


@pytest.mark.parametrize("after_s", [0.0, 0.7, 1.3, 2.0, 3.1])
def test_after_a_kill_at_any_moment_all_but_the_last_second_is_recovered(in_b: Lab, home: Path, after_s: float) -> None:
    """From the first packet on, whatever is still being imported: those waited in the kernel's ring."""
    with Watch(in_b) as watch:
        sender = Sender(in_b, RATE, 10 * RATE)
        until(lambda: spooled(home))
        time.sleep(after_s + random.Random(after_s).uniform(0, 0.3))
        killed = time.monotonic()
        watch.process.kill()
    certain = max((n for n, at in sender.stop() if at < killed - 1 - LATE_S), default=0)
    assert main(["recover", "--spool", str(home / "spool"), "--save", str(home / "back.pcap")]) == 0
    got = numbers(home / "back.pcap")
    assert got == list(range(len(got)))
    assert len(got) >= certain


@pytest.mark.parametrize("after_s", [0.0, 0.9])
def test_a_screen_that_is_killed_while_it_begins_leaves_all_but_the_last_second(
    in_b: Lab, home: Path, after_s: float
) -> None:
    with PseudoTerminal(screen(in_b)) as terminal:
        until(capturing)
        sender = Sender(in_b, RATE, 10 * RATE)
        until(lambda: terminal.read(0) and spooled(home))
        time.sleep(after_s)
        killed = time.monotonic()
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.reap()
    certain = max((n for n, at in sender.stop() if at < killed - 1 - LATE_S), default=0)
    assert main(["recover", "--spool", str(home / "spool"), "--save", str(home / "back.pcap")]) == 0
    got = numbers(home / "back.pcap")
    assert got == list(range(len(got)))
    assert len(got) >= certain


def test_a_terminal_of_one_cell_costs_no_packet(in_b: Lab, home: Path) -> None:
    with PseudoTerminal(screen(in_b), 1, 1) as terminal:
        until(capturing)
        Sender(in_b, 20_000, 20_000).wait()
        until(lambda: terminal.read(0) and spooled(home))
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait_for_end() == 0
    (saved,) = home.glob("*.pcapng")
    assert complete(saved, 20_000)


def test_a_screen_whose_spool_is_removed_still_saves_what_it_has(in_b: Lab, home: Path) -> None:
    with PseudoTerminal(screen(in_b)) as terminal:
        terminal.wait_for("live", "following")
        send(in_b, 500)
        until(lambda: terminal.read(0) and spooled(home))
        shutil.rmtree(home / "spool")
        send(in_b, 500, first=500)
        terminal.wait_for("1,000")
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait_for_end() == 0
        assert b"was deleted" in terminal.raw
    (saved,) = home.glob("*.pcapng")
    assert complete(saved, 1_000)


def test_a_terminal_that_stops_reading_costs_no_packet(in_b: Lab, home: Path) -> None:
    with PseudoTerminal(screen(in_b)) as terminal:
        terminal.wait_for("live", "following")
        Sender(in_b, RATE, 60_000).wait()  # nobody reads the terminal meanwhile
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.reap() == 0
    (saved,) = home.glob("*.pcapng")
    assert complete(saved, 60_000)


def test_a_full_disk_stops_the_file_and_nothing_else_and_is_told(in_b: Lab, home: Path, disk: Path) -> None:
    with Watch(in_b, "--write", str(disk / "out.pcap")) as watch:
        Sender(in_b, 20_000, 20_000, 1000).wait()
        code, summary, err = watch.end()
    kept = numbers(disk / "out.pcap")
    assert code == 1
    assert "packets are not in" in err and "No space left" in err and "hint:" in err
    assert kept == list(range(len(kept)))
    assert summary["packets"] == 20_000 == len(kept) + summary["lost"]["unwritten"]
    assert len(kept) > 5_000
    with contextlib.closing(open_capture(str(disk / "out.pcap"))) as source:
        assert len(read_all(source)) == len(kept), "the file ends with a whole record"


def test_a_spool_that_is_removed_does_not_end_the_capture(in_b: Lab, home: Path) -> None:
    with Watch(in_b, "--keep", "8MB") as watch:
        sender = Sender(in_b, 20_000, 30_000, 600)
        until(lambda: spooled(home))
        shutil.rmtree(home / "spool")
        sender.wait()
        code, summary, err = watch.end()
    assert (code, summary["packets"], err) == (0, 30_000, "")
    assert summary["warnings"]
    assert summary["lost"]["kernel"] == summary["lost"]["interface"] == 0


@pytest.mark.parametrize("number", [*ENDING, signal.SIGINT])
def test_a_signal_while_watch_begins_loses_nothing(in_b: Lab, home: Path, number: signal.Signals) -> None:
    with Watch(in_b, "--write", str(home / "all.pcap")) as watch:
        send(in_b, 300)
        code, summary, _ = watch.end(number)
    assert (code, summary["packets"]) == (0, 300)
    assert complete(home / "all.pcap", 300)


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_before_the_screen_is_up_saves_and_leaves_nothing(
    in_b: Lab, home: Path, number: signal.Signals
) -> None:
    with PseudoTerminal(screen(in_b)) as terminal:
        until(capturing)
        send(in_b, 300)
        os.kill(terminal.pid, number)
        assert terminal.wait_for_end() == 0
    (saved,) = home.glob("*.pcapng")
    assert complete(saved, 300)
    assert not list(home.glob("spool/*")), "the spool of packets that are saved is removed"


def test_no_thread_of_watch_has_a_right_while_packets_arrive(in_b: Lab, home: Path) -> None:
    with Watch(in_b, "--metrics", "9") as watch:
        sender = Sender(in_b, 20_000, 20_000)
        until(lambda: spooled(home))
        during = rights(watch.process.pid)
        sender.wait()
        assert rights(watch.process.pid) == during == NO_RIGHT
        assert watch.end()[1]["packets"] == 20_000


def test_no_thread_of_the_screen_has_a_right_while_packets_arrive(in_b: Lab, home: Path) -> None:
    with PseudoTerminal([*screen(in_b), "--no-save"]) as terminal:
        terminal.wait_for("live", "following")
        sender = Sender(in_b, 20_000, 20_000)
        until(lambda: terminal.read() and spooled(home))
        assert rights(terminal.pid) == NO_RIGHT
        sender.wait()
        terminal.wait_for("20,000")
        assert rights(terminal.pid) == NO_RIGHT


BROKEN = """
import sys
from tui import cli
from tui.commands import watch

def begin_then_break(*words, begin=watch.begin, **options):
    begun = begin(*words, **options)  # what breaks imports NumPy, so it comes after the rights are gone
    from tui.detectors.arp import ArpDetector

    def observe(self, part):
        raise ZeroDivisionError("a fault")

    ArpDetector.observe = observe
    return begun

watch.begin = begin_then_break
sys.exit(cli.main(sys.argv[1:]))
"""


def test_a_detector_that_fails_is_switched_off_with_an_alert_and_the_rest_goes_on(in_b: Lab, home: Path) -> None:
    with Watch(in_b, "--eve", str(home / "eve.json"), program=("-c", BROKEN)) as watch:
        scan(in_b)
        until(lambda: "scan.vertical" in text(home / "eve.json"))
        code, summary, err = watch.end()
    assert (code, err) == (0, "")
    events = [json.loads(line) for line in text(home / "eve.json").splitlines()]
    (failed,) = [e for e in events if e["nettui"]["rule"] == "nettui.detector" and e["nettui"]["event"] == "open"]
    assert "arp.spoof" in failed["nettui"]["text"]["what"]
    assert summary["alerts"]["scan.vertical"] == 1


TURNED = """
import sys, time
from tui import cli
from tui.commands import watch

def begin_then_turn(*words, begin=watch.begin, **options):
    begun = begin(*words, **options)
    import dataclasses
    from tui.capture import ring

    def turned(*words, frames_of=ring.frames_of, start=time.monotonic()):
        # an hour back after a second, and a year ahead of that after another: the kernel's own clock is not ours to set
        since = time.monotonic() - start
        seconds = 0 if since < 1 else -3600 if since < 2 else 31_536_000
        frames = frames_of(*words)
        return dataclasses.replace(frames, time_ns=frames.time_ns + seconds * 10**9)

    ring.frames_of = turned
    return begun

watch.begin = begin_then_turn
sys.exit(cli.main(sys.argv[1:]))
"""


def test_a_clock_that_is_set_back_and_ahead_costs_no_packet_and_no_alert(in_b: Lab, home: Path) -> None:
    """After a step back no second ended any more, so that no detector decided anything."""
    with Watch(in_b, "--eve", str(home / "eve.json"), program=("-c", TURNED)) as watch:
        Sender(in_b, 5_000, 5_000).wait()
        scan(in_b)
        until(lambda: "scan.vertical" in text(home / "eve.json"))
        Sender(in_b, 5_000, 15_000).wait()
        code, summary, err = watch.end()
    assert (code, err) == (0, "")
    assert summary["alerts"]["scan.vertical"] == 1
    assert summary["packets"] > 20_000
    assert summary["lost"]["kernel"] == summary["lost"]["unwritten"] == 0


def scan(lab: Lab) -> None:
    """Forty refused ports."""
    done = lab.run(lab.a, [sys.executable, "-c", CONNECT])
    assert done.returncode == 0, done.stderr


CONNECT = """
import socket
for port in range(1, 41):
    with socket.socket() as probe:
        probe.connect_ex(("10.77.0.2", port))
"""


def text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_packet_times_that_go_back_break_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = bytearray(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for number in range(4_000):
        at = 1_700_000_000 + number // 100 - (100_000 if number > 2_000 else 0) + (10**8 if number == 3_000 else 0)
        frame = HEAD + struct.pack("!I", number) + bytes(40)
        data += struct.pack("<IIII", at, number % 100 * 10_000, len(frame), len(frame)) + frame
    (home / "back.pcap").write_bytes(data)
    words = ["-m", "tui", "watch", "-r", str(home / "back.pcap"), "--speed", "max", "--summary"]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["packets"] == 4_000
