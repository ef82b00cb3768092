"""One veth pair, one sender with frames of a kind, and receivers tried at rising rates until they lose packets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.benchmarks import traffic
from tests.benchmarks.receivers import Receiver
from tests.live.conftest import Lab, ip

LOST_AT_MOST = 1e-5
MISSES = 2
CPU_RATE = 100_000
FLOWS, FRAMES = 4_000, 60_000
SMALLEST, MTU = 60, 9_100
SOURCE_ADDRESS = 26
"""Where an IPv4 packet in an Ethernet frame has it."""
START_S = 30.0
LONGEST_S = 60.0
"""The sender's own bound (sender.c)."""
HERE = Path(__file__).parent


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

    @property
    def told(self) -> str:
        """That rate; ">" where nothing was lost at any, so that the sender is what bounds it."""
        bounded = any(trial.lost > LOST_AT_MOST for trial in self.trials)
        return f"{'' if bounded else '> '}{self.lossless:,.0f}"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of traffic."""

    name: str
    pool: str
    """Its name in `traffic.TRAFFIC`."""
    fresh: int = 0
    """Where in each frame a number stands that no other packet has; 0 for none."""
    frames: int = FRAMES


MIX = Kind("mix", "mix")
KINDS = (
    Kind("random-source flood", "syn flood", SOURCE_ADDRESS),
    Kind("all with options", "ip options"),
    Kind("all fragments", "fragments"),
    Kind("all tiny", "tiny tcp"),
    Kind("all jumbo", "jumbo", frames=4_000),
)


class Bench:
    """The place, the sender and the settings of one run."""

    def __init__(self, lab: Lab, folder: Path, seconds: float, buffer: int, settle_s: float) -> None:
        """`buffer` in megabytes; `settle_s` is what a receiver has before and after the packets."""
        self.lab = lab
        self.seconds = seconds
        self._folder = folder
        self._buffer = buffer
        self._settle_s = settle_s
        for namespace, interface in ((lab.a, lab.va), (lab.b, lab.vb)):
            ip("-n", namespace, "link", "set", interface, "mtu", str(MTU))
        self._sender = folder / "sender"
        subprocess.run(["cc", "-O2", "-o", str(self._sender), str(HERE / "sender.c")], check=True)
        self._kind = MIX

    def load(self, kind: Kind) -> None:
        """From now on this is what is sent: frames drawn from a pool, for the mix some flows busier than others."""
        pool = traffic.frames(kind.pool, min(FLOWS, kind.frames))
        weight = 1 / (np.arange(len(pool)) + 10) ** (0.9 if kind is MIX else 0.0)
        chosen = np.random.default_rng(7).choice(len(pool), kind.frames, p=weight / weight.sum())
        with (self._folder / "frames").open("wb") as out:
            for index in chosen.tolist():
                data = pool.bytes_of(index).ljust(SMALLEST, b"\0")
                out.write(len(data).to_bytes(4, sys.byteorder) + data)
        self._kind = kind

    def curve(self, receiver: Receiver, rates: Sequence[int]) -> Curve:
        """Rising rates until packets are lost twice."""
        found, misses = Curve(receiver.name), 0
        for rate in rates:
            trial = self.try_at(receiver, rate)
            found.trials.append(trial)
            say(f"{self._kind.name:<20} {receiver.name:<18} {trial.rate:>11,.0f}/s  lost {trial.lost:8.3%}")
            misses = misses + 1 if trial.lost > LOST_AT_MOST else 0
            if misses == MISSES:
                break
        return found

    def measure_cpu(self, receiver: Receiver, rate: int) -> float:
        """Percent of a core for CPU_RATE packets a second, measured at this rate, without what starting takes."""
        busy, idle = self.try_at(receiver, rate), self.try_at(receiver, 1)
        return 100 * (busy.cpu_s - idle.cpu_s) / (busy.sent / busy.rate) * CPU_RATE / busy.rate

    def try_at(self, receiver: Receiver, rate: int) -> Trial:
        file = self._folder / "captured.pcap"
        command = ["taskset", "-c", "0", *receiver.command(self.lab.vb, file, self._buffer)]
        out, err = self._folder / "out", self._folder / "err"
        with out.open("w") as to_out, err.open("w") as to_err, self.lab.inside(self.lab.b):
            process = subprocess.Popen(command, stdout=to_out, stderr=to_err)
        try:
            self._wait_until_ready(process, receiver, out, err)
            sent, real = self._send(rate)
            time.sleep(self._settle_s)  # what the receiver has queued is its own
            assert process.poll() is None, f"{receiver.name} left by itself: {err.read_text()}{out.read_text()}"
            process.send_signal(signal.SIGINT)
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = 0
            got = receiver.count(out.read_text(), err.read_text())
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
            for left in self._folder.glob("captured*"):
                left.unlink()
        return Trial(real, sent, got, usage.ru_utime + usage.ru_stime)

    def _send(self, rate: int) -> tuple[int, float]:
        """(packets sent, packets a second); the sender ends by itself after LONGEST_S, and is started again."""
        began, sent = time.monotonic(), 0
        while True:
            seconds = min(LONGEST_S, self.seconds - (time.monotonic() - began))
            words = [str(self._sender), self.lab.va, str(self._folder / "frames"), str(rate), str(seconds)]
            words += [str(self._kind.fresh)] if self._kind.fresh else []
            done = self.lab.run(self.lab.a, ["taskset", "-c", "1", *words], timeout=2 * LONGEST_S)
            assert done.returncode == 0, done.stderr
            told = json.loads(done.stdout)
            sent += told["sent"]
            if time.monotonic() - began > self.seconds - 1:
                return sent, told["rate"]

    def _wait_until_ready(self, process: subprocess.Popen[bytes], receiver: Receiver, out: Path, err: Path) -> None:
        """Until it says that it listens; for one that says nothing, until it has the interface in promiscuous mode."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert process.poll() is None, err.read_text()
            link = ["ip", "-d", "link", "show", self.lab.vb]
            told = "" if receiver.ready else self.lab.run(self.lab.b, link).stdout
            said = receiver.ready and receiver.ready in out.read_text() + err.read_text()
            if said or "promiscuity 1" in told:
                time.sleep(self._settle_s)  # tshark says so early; nettui imports its modules behind the open socket
                return
            time.sleep(0.05)
        raise AssertionError(f"{receiver.name} does not begin")


def say(line: str) -> None:
    print(line, flush=True)
