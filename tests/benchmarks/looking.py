"""What looking costs: packets lost, and memory held, with a screen or with terminals attached to a watch. As root.

    python -m tests.benchmarks.looking [RATE [SECONDS]]

Packets of a mix (4,000 flows) come at RATE a second (100,000) for SECONDS (10) each time: to a screen whose list
follows, to a watch at which nobody looks, and to a watch with one and with three terminals attached and following. The
sender has a core; all else shares the other ones with it. For memory over time: `looking 50000 1800`.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.benchmarks.bench import MIX, Bench, say
from tests.live.conftest import Lab, why_not
from tests.terminal.pseudo import PseudoTerminal
from tests.waiting import until

NETTUI = [sys.executable, "-m", "tui"]
LAST_LINE = re.compile(r"([\d,]+) packets captured, ([\d,]+) lost")


def resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def send(bench: Bench, rate: int, terminals: Sequence[PseudoTerminal], pid: int) -> tuple[int, list[float]]:
    """Packets sent, and the resident megabytes of a process meanwhile; the terminals are read all the time."""
    sent: list[int] = []
    sizes: list[float] = []
    sender = threading.Thread(target=lambda: sent.append(bench._send(rate)[0]))
    sender.start()
    while sender.is_alive():
        sizes.append(resident_mb(pid))
        for terminal in terminals:
            terminal.read(0.05)
        sender.join(0.05)
    return sent[0], sizes


def told(name: str, captured: int, lost: int, sent: int, sizes: list[float]) -> None:
    half = sizes[len(sizes) // 2]
    memory = f"{half:.0f} MB half way, {sizes[-1]:.0f} MB at the end"
    say(f"{name:<22} {captured:>11,} captured, {lost:,} lost of {sent:,}   {memory}")


def on_a_screen(bench: Bench, rate: int) -> None:
    lab = bench.lab
    with lab.inside(lab.b):
        terminal = PseudoTerminal([*NETTUI, "--iface", lab.vb, "--no-save"])
    with terminal:
        terminal.wait_for("waiting for packets")
        sent, sizes = send(bench, rate, [terminal], terminal.pid)
        terminal.type("q")
        assert terminal.wait_for_end() == 0
        line = LAST_LINE.search(bytes(terminal.raw).decode(errors="replace"))
        assert line, "no line at the end"
        told("a screen", *(int(number.replace(",", "")) for number in line.groups()), sent, sizes)


@contextmanager
def watching(bench: Bench, home: Path) -> Iterator[subprocess.Popen[str]]:
    lab = bench.lab
    words = [*NETTUI, "watch", "--iface", lab.vb, "--summary"]
    environment = os.environ | {"RUNTIME_DIRECTORY": str(home)}
    with lab.inside(lab.b):
        watch = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        until(lambda: list(home.glob("*.sock")))
        yield watch
    finally:
        watch.kill()
        watch.wait()


def attached(bench: Bench, rate: int, home: Path, count: int) -> None:
    with watching(bench, home) as watch, ExitStack() as stack:
        words = ["env", f"RUNTIME_DIRECTORY={home}", *NETTUI, "attach"]
        terminals = [stack.enter_context(PseudoTerminal(words)) for _ in range(count)]
        for terminal in terminals:
            terminal.wait_for("attached")
        sent, sizes = send(bench, rate, terminals, watch.pid)
        watch.send_signal(signal.SIGINT)
        assert watch.stdout is not None
        summary = json.loads(watch.stdout.read())
        lost = sum(summary["lost"][name] or 0 for name in ("interface", "kernel", "unwritten"))
        told(f"a watch, {count} attached", summary["packets"], lost, sent, sizes)


def main() -> None:
    if reason := why_not():
        sys.exit(reason)
    rate = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
    lab = Lab(f"look{os.getpid() % 1000}")
    with tempfile.TemporaryDirectory() as name:
        lab.make()
        try:
            bench = Bench(lab, Path(name), seconds, 256, 1.0)
            bench.load(MIX)
            say(f"{rate:,} packets/s for {seconds:g} s, {os.cpu_count()} cores")
            on_a_screen(bench, rate)
            for count in (0, 1, 3):
                home = Path(name) / f"watched-{count}"
                home.mkdir(mode=0o700)
                attached(bench, rate, home, count)
        finally:
            lab.remove()


if __name__ == "__main__":
    main()
