"""How good the detectors are: `python -m tests.benchmarks.detectors [FOLDER...] [--fast]` prints the score table.

Runs every labelled capture through the engine and counts by incident: recall of each kind of attack, incidents per
attack, seconds until the first alert, incidents on harmless files; then what a packet costs, and the memory that
two million forged sources take. FOLDER holds captures of one's own with a `labels.tsv` of the same columns
(file, kind, label, t0), so that a set recorded after the limits were frozen can be scored beside the set they
were tuned on.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.conftest import CAPTURES
from tui.core.alerts import Alert, Event
from tui.core.columns import Columns
from tui.core.decode import decode
from tui.core.frames import Frames
from tui.detectors.registry import DetectorSet
from tui.engine.monitor import Monitor
from tui.engine.offline import OfflineRun
from tui.errors import NettuiError

FAMILIES = {
    "port_scan": ("scan.", "tcp.illegal_flags", "sensitive_port"), "stealth_scan": ("scan.", "tcp.illegal_flags"),
    "udp_scan": ("scan.",), "host_sweep": ("scan.",), "arp_scan": ("scan.",), "icmp_sweep": ("scan.",),
    "syn_flood": ("flood.", "dos."), "udp_flood": ("flood.", "amplification"),
    "icmp_flood": ("flood.", "amplification"), "flood": ("flood.", "mac.flood"),
    "amplification": ("amplification", "flood."), "slow_http": ("dos.",), "dos": ("dos.",), "arp_spoof": ("arp.",),
    "arp": ("arp.",), "mac": ("mac.", "flood."), "dhcp_flood": ("dhcp.",), "dhcp": ("dhcp.",), "ipv6": ("ipv6.",),
    "dns_tunnel": ("tunnel.dns",), "icmp_tunnel": ("tunnel.icmp",), "tunnel": ("tunnel.",),
    "brute_force": ("brute.",), "brute": ("brute.",), "beaconing": ("beacon",), "beacon": ("beacon",),
    "tcp_flags": ("tcp.illegal_flags", "scan."), "cleartext_credentials": ("cleartext",),
    "sensitive_port": ("sensitive_port", "scan."), "dns": ("dns.",), "wifi_deauth": ("wifi.",),
}  # fmt: skip
"""Which of our rules answer which kind of attack."""


@dataclass(frozen=True)
class Case:
    path: Path
    kind: str
    attack: bool
    t0: float = 0.0

    @property
    def rules(self) -> tuple[str, ...]:
        parts = self.kind.replace("+", "|").split("|")
        return tuple(r for p in parts for r in FAMILIES.get(p, FAMILIES.get(p.split(".")[0], ())))


@dataclass
class Score:
    attacks: int = 0
    found: int = 0
    incidents: int = 0
    delays: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def cases(folders: list[Path]) -> Iterator[Case]:
    """The labelled captures whose kind a detector of ours is meant to see."""
    for folder in folders or [CAPTURES / "detection", CAPTURES / "corpus"]:
        labels = folder / "labels.tsv"
        for row in csv.DictReader((labels if labels.exists() else folder / "attacks.tsv").open(), delimiter="\t"):
            attack = "attack" in (row.get("label"), row.get("class"))
            case = Case(
                folder / row["file"], row.get("expected_alert") or row["kind"], attack, float(row.get("t0") or 0)
            )
            if case.rules or not attack:
                yield case


def incidents(path: Path) -> list[Alert]:
    """The first event of severity 2 or more of each incident."""
    monitor = Monitor(detectors=DetectorSet())
    for batch in OfflineRun([str(path)]).batches():
        monitor.watch(batch.columns, batch.frames)
    monitor.finish()
    assert monitor.detectors is not None
    first: dict[str, Alert] = {}
    for alert in monitor.detectors.log.since(0):
        if alert.severity >= 2 and alert.event is not Event.CLOSED:
            first.setdefault(alert.incident_id, alert)
    return list(first.values())


def accuracy(folders: list[Path]) -> None:
    scores: dict[str, Score] = defaultdict(Score)
    harmless = disturbed = right = wrong = others = 0
    for case in cases(folders):
        try:
            found = incidents(case.path)
        except NettuiError as error:
            print(f"  {case.path.name}: {error.message}")
            continue
        if not case.attack:
            harmless, disturbed, wrong = harmless + 1, disturbed + bool(found), wrong + len(found)
            if found:
                print(f"  on harmless {case.path.name}: {', '.join(a.rule for a in found)}")
            continue
        mine = [a for a in found if a.rule.startswith(case.rules)]
        # one attack can show itself in several ways: passwords that are guessed also cross in clear text
        right, others = right + len(mine), others + len(found) - len(mine)
        score = scores[case.kind.split("|")[0].split("+")[0].split(".")[0]]
        score.attacks += 1
        score.found += bool(mine)
        score.incidents += len(mine)
        if mine and case.t0:
            score.delays.append(mine[0].detected_ns / 1e9 - case.t0)
        if not mine:
            score.missed.append(case.path.name)
    print(f"{'kind':24}{'attacks':>8}{'found':>7}{'recall':>8}{'incidents':>11}{'seconds':>9}  missed")
    for kind, s in sorted(scores.items()):
        delay = f"{sorted(s.delays)[len(s.delays) // 2]:.1f}" if s.delays else "-"
        each = s.incidents / s.found if s.found else 0.0
        print(
            f"{kind:24}{s.attacks:8}{s.found:7}{s.found / s.attacks:8.0%}{each:11.2f}{delay:>9}  {', '.join(s.missed)}"
        )
    attacks, hit = sum(s.attacks for s in scores.values()), sum(s.found for s in scores.values())
    print(f"{'all':24}{attacks:8}{hit:7}{hit / max(attacks, 1):8.0%}{right / max(hit, 1):11.2f}")
    precision = right / max(right + wrong, 1)
    print(f"harmless files with an incident: {disturbed} of {harmless}; precision by incident {precision:.2f}")
    print(f"incidents of other kinds in attack files, not counted above: {others}")


def made(kind: str, n: int, seed: int) -> Frames:
    """Frames of one kind: bulk traffic of 4,000 connections, or openings from random sources."""
    chance = np.random.default_rng(seed)
    size = 654 if kind == "bulk" else 54
    b = np.zeros((n, size), np.uint8)
    b[:, 0:12], b[:, 12], b[:, 14], b[:, 22], b[:, 23] = 2, 8, 0x45, 64, 6
    b[:, 16], b[:, 17] = (size - 14) >> 8, (size - 14) & 255
    b[:, 30:34], b[:, 36:38], b[:, 46] = (10, 0, 0, 2), (1, 187), 0x50
    if kind == "bulk":
        flow = chance.integers(0, 4_000, n)
        b[:, 26:30] = np.stack([np.full(n, 10), np.full(n, 9), flow >> 8, flow & 255], 1)
        b[:, 34:36] = np.stack([(30_000 + flow) >> 8, (30_000 + flow) & 255], 1)
        b[:, 38:46], b[:, 47] = chance.integers(0, 255, (n, 8)), 16
        b[:, 54:] = chance.integers(0, 255, (n, size - 54))
    else:
        b[:, 26:30], b[:, 34:36] = chance.integers(1, 255, (n, 4)), chance.integers(4, 255, (n, 2))
        b[:, 38:42], b[:, 47] = chance.integers(0, 255, (n, 4)), 2
    each = np.full(n, size)
    zero = np.zeros(n, np.int64)
    same = (np.broadcast_to(dtype(v), n) for dtype, v in ((np.uint16, 1), (np.uint16, 0), (np.uint8, 0)))
    return Frames(b.reshape(-1), np.arange(n) * size, each, each, zero, *same)


def resident() -> float:
    """Megabytes resident now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def cost(kind: str, rate: int, seconds: int, step: int = 8_192) -> None:
    """Microseconds of processor time per packet, and how memory grows."""
    detectors = DetectorSet(live=True)
    frames = [made(kind, step, seed) for seed in range(8)]
    columns: list[Columns] = [decode(f) for f in frames]
    spent, packets, before = 0.0, 0, resident()
    for second in range(seconds):
        for batch in range(rate // step):
            c, f = columns[batch % 8], frames[batch % 8]
            c.time_ns[:] = (1_000 + second) * 10**9 + batch * step + np.arange(step)
            if kind == "forged":
                c.src_lo[:] = (c.src_lo * np.uint64(2654435761) + np.uint64(packets)) & np.uint64(0xFFFFFFFF)
            begun = time.process_time()
            detectors.observe(c, f, packets)
            spent += time.process_time() - begun
            packets += step
        begun = time.process_time()
        detectors.decide(1_001 + second)
        spent += time.process_time() - begun
    print(
        f"{kind:8}{rate:>10,}/s  {spent / packets * 1e6:.2f} us per packet ({spent / packets * 1e7:.0f} % of a core at "
        f"100,000/s), {packets:,} packets, memory +{resident() - before:.0f} MB, "
        f"incidents: {', '.join(sorted({a.rule for a in detectors.log.since(0)})) or 'none'}"
    )


def main(arguments: list[str]) -> None:
    accuracy([Path(a) for a in arguments if not a.startswith("-")])
    seconds = 2 if "--fast" in arguments else 5
    for kind in ("bulk", "forged"):
        for rate in (100_000, 500_000):
            cost(kind, rate, seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
