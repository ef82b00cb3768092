"""Bytes a second that monitors write to a terminal of 120x40 on the same traffic (-m tests.benchmarks.terminal_bytes).

Needs root. A veth pair between two namespaces; the traffic is pings, whose number a second can be chosen.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time

from tests.live.conftest import Lab
from tests.terminal.pseudo import PseudoTerminal

SECONDS = 10.0
WARM_S = 4.0
PROGRAMS = {
    "nettui": [sys.executable, "-m", "tui", "--no-save", "--iface", "{interface}"],
    "iftop": ["iftop", "-n", "-i", "{interface}"],
    "iptraf-ng": ["iptraf-ng", "-i", "{interface}"],
    "termshark": ["termshark", "-i", "{interface}"],
    "tcpdump": ["tcpdump", "-ln", "-i", "{interface}"],
}


def bytes_per_s(lab: Lab, command: list[str], packets_per_s: int) -> float:
    """What the program draws in a second, the screen once drawn."""
    in_there = ["ip", "netns", "exec", lab.b, *(word.format(interface=lab.vb) for word in command)]
    every_s = f"{2 / packets_per_s:.6f}" if packets_per_s else "3600"
    pings = ["ip", "netns", "exec", lab.a, "ping", "-q", "-i", every_s, "10.77.0.2"]
    with subprocess.Popen(pings, stdout=subprocess.DEVNULL) as traffic:
        try:
            with PseudoTerminal(in_there, 120, 40) as terminal:
                read_for(terminal, WARM_S)
                before = len(terminal.raw)
                read_for(terminal, SECONDS)
                return (len(terminal.raw) - before) / SECONDS
        finally:
            traffic.terminate()


def read_for(terminal: PseudoTerminal, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and terminal.read():
        pass


def main() -> None:
    rates = [int(word) for word in sys.argv[1:]] or [0, 1_000]
    lab = Lab("ntbytes")
    lab.remove()
    lab.make()
    try:
        for rate in rates:
            found = {
                name: round(bytes_per_s(lab, command, rate))
                for name, command in PROGRAMS.items()
                if shutil.which(command[0])
            }
            ours = found["nettui"]
            ratios = {name: round(ours / value, 2) for name, value in found.items() if value}
            print(json.dumps({"packets_per_s": rate, "bytes_per_s": found, "nettui is so many times": ratios}))
    finally:
        lab.remove()


if __name__ == "__main__":
    main()
