"""How fast without loss: nettui beside tcpdump, tshark and scapy, on one veth pair in one run. As root, by hand.

    python -m tests.benchmarks.capture --seconds 10 --buffer 256 --folder /var/tmp

Each receiver is tried at rising rates until it loses packets twice; then its CPU time is taken at one rate that all but
scapy can take. The receiver and the sender have a core each. All numbers are of this machine and this moment: compare
within one run only. The counts are the receiver's own; what it does not have of what was sent is lost.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.benchmarks import traffic
from tests.live.conftest import Lab, why_not

RATES = (5_000, 20_000, 50_000, 100_000, 200_000, 300_000, 400_000, 500_000, 600_000, 700_000, 800_000, 1_000_000, 0)
LOST_AT_MOST = 1e-5
MISSES = 2
SETTLE_S = 2.0
CPU_RATE = 100_000
FLOWS, FRAMES = 4_000, 60_000
SMALLEST, LARGEST = 60, 1514
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Receiver:
    """How to run it, what it prints when it listens, and how many packets it says it had."""

    name: str
    command: Callable[[str, Path, int], list[str]]
    ready: str
    count: Callable[[str, str, Path], int]


@dataclass(slots=True)
class Trial:
    """One receiver at one rate."""

    rate: float
    sent: int
    got: int
    cpu_s: float

    @property
    def lost(self) -> float:
        return max(0, self.sent - self.got) / max(1, self.sent)


@dataclass(slots=True)
class Curve:
    """All that was tried with one receiver."""

    name: str
    trials: list[Trial] = field(default_factory=list)
    cpu_percent: float | None = None

    @property
    def lossless(self) -> float:
        return max((trial.rate for trial in self.trials if trial.lost <= LOST_AT_MOST), default=0.0)


def _json_packets(out: str, _: str, __: Path) -> int:
    return int(json.loads(out.strip().splitlines()[-1])["packets"])


def _captured(_: str, err: str, __: Path) -> int:
    found = re.findall(r"(\d+) packets? captured", err) or re.findall(r"received/dropped on interface.*?: (\d+)/", err)
    return int(found[-1]) if found else 0


def _watch(interface: str, file: Path, buffer: int) -> list[str]:
    return [*_python("tui"), "watch", "-i", interface, "-w", str(file), "--buffer", f"{buffer}MB", "--summary"]


def _tcpdump(interface: str, file: Path, buffer: int) -> list[str]:
    return ["tcpdump", "-n", "-Z", "root", "-i", interface, "-B", str(buffer * 1024), "-w", str(file)]


def _tshark(interface: str, file: Path, buffer: int) -> list[str]:
    return ["tshark", "-n", "-q", "-i", interface, "-B", str(buffer), "-w", str(file)]


def _python(module: str) -> list[str]:
    return [sys.executable, "-m", module]


RECEIVERS = (
    Receiver("nettui watch -w", _watch, "", _json_packets),
    Receiver(
        "nettui, not kept",
        lambda interface, _, buffer: [*_python("tests.benchmarks.unkept"), interface, str(buffer)],
        "listening",
        _json_packets,
    ),
    Receiver("tcpdump -w", _tcpdump, "listening", _captured),
    Receiver("tshark -w", _tshark, "Capturing", _captured),
    Receiver(
        "scapy sniffer",
        lambda interface, *_: [*_python("tests.benchmarks.sniffer"), interface],
        "listening",
        _json_packets,
    ),
)


def template(folder: Path) -> Path:
    """Frames of a mix like a server's link: FLOWS flows, some busier than others."""
    pool = traffic.frames("mix", FLOWS)
    weight = 1 / (np.arange(FLOWS) + 10) ** 0.9
    chosen = np.random.default_rng(7).choice(FLOWS, FRAMES, p=weight / weight.sum())
    file = folder / "frames"
    with file.open("wb") as out:
        for index in chosen.tolist():
            data = pool.bytes_of(index)[:LARGEST].ljust(SMALLEST, b"\0")
            out.write(len(data).to_bytes(4, sys.byteorder) + data)
    return file


def build_sender(folder: Path) -> Path:
    subprocess.run(["cc", "-O2", "-o", str(folder / "sender"), str(HERE / "sender.c")], check=True)
    return folder / "sender"


@dataclass(frozen=True, slots=True)
class Bench:
    """The place, the sender and the settings of one run."""

    lab: Lab
    folder: Path
    frames: Path
    sender: Path
    seconds: float
    buffer: int

    def send(self, rate: int) -> tuple[int, float]:
        """(packets sent, packets a second)."""
        words = [str(self.sender), self.lab.va, str(self.frames), str(rate), str(self.seconds)]
        done = self.lab.run(self.lab.a, ["taskset", "-c", "1", *words])
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        return told["sent"], told["rate"]

    def try_at(self, receiver: Receiver, rate: int) -> Trial:
        file = self.folder / "captured.pcap"
        command = ["taskset", "-c", "0", *receiver.command(self.lab.vb, file, self.buffer)]
        out, err = self.folder / "out", self.folder / "err"
        with out.open("w") as to_out, err.open("w") as to_err, self.lab.inside(self.lab.b):
            process = subprocess.Popen(command, stdout=to_out, stderr=to_err)
        try:
            _wait_until_ready(process, receiver, out, err, self.lab)
            sent, real = self.send(rate)
            time.sleep(SETTLE_S)  # what the receiver has queued is its own
            process.send_signal(signal.SIGINT)
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = 0
            got = receiver.count(out.read_text(), err.read_text(), file)
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
            for left in self.folder.glob("captured*"):
                left.unlink()
        return Trial(real, sent, got, usage.ru_utime + usage.ru_stime)

    def curve(self, receiver: Receiver, rates: Sequence[int]) -> Curve:
        """Rising rates until packets are lost twice; then the CPU time at one rate, without that of starting."""
        found, misses = Curve(receiver.name), 0
        for rate in rates:
            trial = self.try_at(receiver, rate)
            found.trials.append(trial)
            say(f"{receiver.name:<18} {trial.rate:>11,.0f}/s  lost {trial.lost:8.3%}")
            misses = misses + 1 if trial.lost > LOST_AT_MOST else 0
            if misses == MISSES:
                break
        if found.lossless >= CPU_RATE * 0.9:
            busy, idle = self.try_at(receiver, CPU_RATE), self.try_at(receiver, 1)
            found.cpu_percent = 100 * (busy.cpu_s - idle.cpu_s) / (busy.sent / busy.rate)
        return found


def _wait_until_ready(process: subprocess.Popen[bytes], receiver: Receiver, out: Path, err: Path, lab: Lab) -> None:
    """Until it says that it listens; for one that says nothing, until it has the interface in promiscuous mode."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, err.read_text()
        told = "" if receiver.ready else lab.run(lab.b, ["ip", "-d", "link", "show", lab.vb]).stdout
        said = receiver.ready and receiver.ready in out.read_text() + err.read_text()
        if said or "promiscuity 1" in told:
            time.sleep(SETTLE_S)  # tshark says so early; nettui imports its modules behind the open socket
            return
        time.sleep(0.05)
    raise AssertionError(f"{receiver.name} does not begin")


def table(curves: Sequence[Curve]) -> list[str]:
    """One line for each receiver."""
    theirs = next((curve.lossless for curve in curves if curve.name == "tcpdump -w"), 0.0)
    lines = [f"{'receiver':<18} {'lossless/s':>12} {'to tcpdump -w':>14} {'CPU at 100,000/s':>17}"]
    for curve in curves:
        ratio = f"{curve.lossless / theirs:.2f}" if theirs else "-"
        cpu = f"{curve.cpu_percent:.1f} %" if curve.cpu_percent is not None else "-"
        lines.append(f"{curve.name:<18} {curve.lossless:>12,.0f} {ratio:>14} {cpu:>17}")
    return lines


def chart(curves: Sequence[Curve]) -> list[str]:
    """Loss by rate, as plotext draws it."""
    import plotext

    figure = plotext.figure
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(100, 24)
    figure.title("lost packets (%) by packets sent (thousands a second)")
    for curve, marker in zip(curves, "#o+x*", strict=False):
        rates = [trial.rate / 1000 for trial in curve.trials]
        lost = [100 * trial.lost for trial in curve.trials]
        figure.draw(figure.signal(rates, lost, marker=marker).lines().label(curve.name))
    return str(figure.build().string(True)).splitlines()


def say(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each trial")
    parser.add_argument("--buffer", type=int, default=256, metavar="MB", help="of every receiver that has one")
    parser.add_argument("--folder", default="/var/tmp", help="where captures are written")
    parser.add_argument("--rates", type=int, nargs="+", default=RATES, help="packets a second; 0: all there is")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="receivers whose names begin so")
    arguments = parser.parse_args()
    if reason := why_not():
        sys.exit(reason)
    lab = Lab("bench")
    lab.remove()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        try:
            lab.make()
            bench = Bench(lab, folder, template(folder), build_sender(folder), arguments.seconds, arguments.buffer)
            wanted = [r for r in RECEIVERS if not arguments.only or r.name.startswith(tuple(arguments.only))]
            curves = [bench.curve(receiver, arguments.rates) for receiver in wanted]
        finally:
            lab.remove()
    cores = os.cpu_count()
    say(
        f"\n{cores} cores, Linux {platform.release()}, Python {platform.python_version()}, {arguments.seconds:g} s each"
    )
    for line in (*table(curves), "", *chart(curves)):
        say(line)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
