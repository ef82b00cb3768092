"""The programs that are compared: how each is run, how it tells that it listens, and how many packets it had."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Receiver:
    """`command` of an interface, a file to write and the megabytes of a buffer; `count` of what it printed."""

    name: str
    command: Callable[[str, Path, int], list[str]]
    ready: str
    """What it prints when it listens; empty for one that says nothing."""
    count: Callable[[str, str], int]


def _json_packets(out: str, _: str) -> int:
    return int(json.loads(out.strip().splitlines()[-1])["packets"])


def _written(out: str, _: str) -> int:
    """Of `nettui watch -w`: what it says that it saw, less what it says that the disk did not take."""
    told = json.loads(out.strip().splitlines()[-1])
    return int(told["packets"] - told["lost"]["unwritten"])


def _captured(_: str, err: str) -> int:
    found = re.findall(r"(\d+) packets? captured", err) or re.findall(r"received/dropped on interface.*?: (\d+)/", err)
    return int(found[-1]) if found else 0


def _watch(interface: str, file: Path, buffer: int) -> list[str]:
    return [*_python("tui"), "watch", "-i", interface, "-w", str(file), "--buffer", f"{buffer}MB", "--summary"]


def _unkept(interface: str, _: Path, buffer: int) -> list[str]:
    return [*_python("tests.benchmarks.unkept"), interface, str(buffer)]


def _tcpdump(interface: str, file: Path, buffer: int) -> list[str]:
    return ["tcpdump", "-n", "-Z", "root", "-i", interface, "-B", str(buffer * 1024), "-w", str(file)]


def _tshark(interface: str, file: Path, buffer: int) -> list[str]:
    return ["tshark", "-n", "-q", "-i", interface, "-B", str(buffer), "-w", str(file)]


def _sniffer(interface: str, _: Path, __: int) -> list[str]:
    return [*_python("tests.benchmarks.sniffer"), interface]


def _python(module: str) -> list[str]:
    return [sys.executable, "-m", module]


KEPT = Receiver("nettui watch -w", _watch, "", _written)
UNKEPT = Receiver("nettui, not kept", _unkept, "listening", _json_packets)
TCPDUMP = Receiver("tcpdump -w", _tcpdump, "listening", _captured)
RECEIVERS = (
    KEPT,
    UNKEPT,
    TCPDUMP,
    Receiver("tshark -w", _tshark, "Capturing", _captured),
    Receiver("scapy sniffer", _sniffer, "listening", _json_packets),
)
MIXED = (KEPT, UNKEPT, TCPDUMP)
"""Those that are tried with every kind of traffic."""
