"""What learning costs a live capture: packets lost and how long a key takes to show, with and without. As root.

    python -m tests.benchmarks.fitting [RATE [SECONDS]]

Packets of a mix (4,000 flows) come at RATE a second (100,000) for SECONDS (12) each time, while keys are typed: while
nobody learns, while a model labels the flows, while the anomalies screen has a forest fitted and the flows scored, and
while `nettui train` runs beside it. The sender has a core; all else shares the other ones with it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.bench import MIX, Bench, say
from tests.live.conftest import Lab, why_not
from tests.terminal.pseudo import PseudoTerminal

NETTUI = [sys.executable, "-m", "tui"]
DEMO = str(Path(__file__).resolve().parents[2] / "tui/data/demo.pcap")
SIGN = "\u00a7"
"""A sign that no packet shows: once typed into the filter, it is on the screen."""
SECONDS_OF_START = 2.0


def pump(terminal: PseudoTerminal, seconds: float, until: bytes = b"", anything: bool = False) -> float:
    """Read for so long, or until the bytes (or any) have come; how long that took."""
    began = time.monotonic()
    while (left := seconds - (time.monotonic() - began)) > 0:
        terminal.read(min(left, 0.05))
        if (until and until in terminal.raw) or (anything and terminal.raw):
            break
    return time.monotonic() - began


def typed(terminal: PseudoTerminal, seconds: float, keys: str) -> list[float]:
    """How long each key took to show. `keys`: what is typed first, and now and then; a filter shows the sign, a list
    moves."""
    terminal.type(keys[0])
    pump(terminal, 2.0)
    found, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        if len(found) % 8 == 0 and len(keys) > 1:
            terminal.type(keys[1:])  # a look at the anomalies, and back: each look has them worked out once more
            pump(terminal, 0.7)
        terminal.raw.clear()
        if keys == "/":
            terminal.type(SIGN)
            found.append(pump(terminal, 2.0, until=SIGN.encode()))
            terminal.type("\x7f")
        else:
            terminal.type("j")
            found.append(pump(terminal, 2.0, anything=True))
        pump(terminal, 0.2)
    return sorted(found)


def trial(bench: Bench, name: str, rate: int, keys: str, *options: str) -> None:
    lab = bench.lab
    words = [*NETTUI, "--iface", lab.vb, "--no-save", "--buffer", "256MB", *options]
    with lab.inside(lab.b):
        terminal = PseudoTerminal(words)
    with terminal:
        terminal.wait_for("waiting for packets")
        pump(terminal, SECONDS_OF_START)
        sent: list[int] = []
        sender = threading.Thread(target=lambda: sent.append(bench._send(rate)[0]))
        sender.start()
        taken = typed(terminal, bench.seconds - 2.0, keys)
        while sender.is_alive():
            pump(terminal, 0.2)
        pump(terminal, 2.0)
        shown = terminal.text
        if len(keys) > 1:
            terminal.type(keys[1])
            shown = terminal.wait_for("fitted on")
        terminal.type("\x1b")
        pump(terminal, 0.5)
        terminal.raw.clear()
        terminal.type("q")
        while terminal.read(5.0):
            pass
        tail = bytes(terminal.raw).decode(errors="replace")
        terminal.reap()
    line = re.search(r"([\d,]+) packets captured, ([\d,]+) lost", tail)
    told = f"{line[1]} captured, {line[2]} lost of {sent[0]:,}" if line else "no line at the end"
    middle, most = taken[len(taken) // 2], taken[int(len(taken) * 0.9)]
    say(f"{name:<38} {told:<48} key to screen: median {1000 * middle:4.0f} ms, p90 {1000 * most:4.0f} ms")
    for words_of in re.findall(r"anomalies: (.*?) ─|bytes  (\S+ \S+%)", shown):
        say(f"{'':<38} {' '.join(words_of).strip()}")


@contextmanager
def training(folder: Path) -> Iterator[None]:
    """`nettui train`, again and again."""
    stop = threading.Event()

    def again() -> None:
        while not stop.is_set():
            with (folder / "said").open("w") as said:
                words = [*NETTUI, "train", *[DEMO] * 6, "-o", str(folder / "x.skops")]
                subprocess.run(words, stdout=said, stderr=said, check=False)

    thread = threading.Thread(target=again)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def main() -> None:
    if reason := why_not():
        sys.exit(reason)
    rate = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 12.0
    lab = Lab(f"fit{os.getpid() % 1000}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = folder / "m.skops"
        subprocess.run([*NETTUI, "train", DEMO, "-o", str(model)], check=True, capture_output=True)
        lab.make()
        try:
            bench = Bench(lab, folder, seconds, 256, 1.0)
            bench.load(MIX)
            say(f"{rate:,} packets/s for {seconds:g} s, {os.cpu_count()} cores")
            trial(bench, "nobody learns", rate, "/")
            trial(bench, "a model labels the flows", rate, "/", "--model", str(model))
            trial(bench, "the flows, listed", rate, "2")
            trial(bench, "a forest is fitted, flows are scored", rate, "252")
            with training(folder):
                trial(bench, "nettui train beside it", rate, "/")
        finally:
            lab.remove()


if __name__ == "__main__":
    main()
