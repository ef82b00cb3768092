"""Labelled captures through the engine, counted by incident."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tui.core.alert.alerts import Alert, Event
from tui.detectors.registry import DetectorSet
from tui.engine.files.offline import OfflineRun
from tui.engine.monitor import Monitor
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
FLOODS = ("syn_flood", "udp_flood", "icmp_flood", "flood", "amplification")


@dataclass(frozen=True)
class Case:
    path: Path
    kind: str
    attack: bool
    t0: float = 0.0
    obvious: bool = True

    @property
    def rules(self) -> tuple[str, ...]:
        parts = self.kind.replace("+", "|").split("|")
        return tuple(r for p in parts for r in FAMILIES.get(p, FAMILIES.get(p.split(".")[0], ())))

    @property
    def family(self) -> str:
        return self.kind.split("|")[0].split("+")[0].split(".")[0]


def cases(folders: Iterable[Path]) -> Iterator[Case]:
    """The labelled captures whose kind a detector of ours is meant to see."""
    for folder in folders:
        labels = folder / "labels.tsv"
        for row in csv.DictReader((labels if labels.exists() else folder / "attacks.tsv").open(), delimiter="\t"):
            attack = "attack" in (row.get("label"), row.get("class"))
            subtle = row.get("obvious") == "no" or row.get("need") in ("should", "optional")
            kind = row.get("expected_alert") or row["kind"]
            case = Case(folder / row["file"], kind, attack, float(row.get("t0") or 0), not subtle)
            if case.path.exists() and (case.rules or not attack):
                yield case


def incidents(path: Path) -> list[Alert]:
    """The first event of severity 2 or more of each incident."""
    monitor = Monitor(detectors=DetectorSet())
    for batch in OfflineRun([str(path)]).batches():
        monitor.watch(batch.columns, batch.frames)
    monitor.finish()
    assert monitor.detectors is not None
    return first_events(monitor.detectors.log.since(0))


def first_events(events: Iterable[Alert]) -> list[Alert]:
    """Of each incident the first event of severity 2 or more."""
    first: dict[str, Alert] = {}
    for alert in events:
        if alert.severity >= 2 and alert.event is not Event.CLOSED:
            first.setdefault(alert.incident_id, alert)
    return list(first.values())


@dataclass
class Score:
    attacks: int = 0
    found: int = 0
    incidents: int = 0
    delays: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, case: Case, mine: list[Alert]) -> None:
        self.attacks += 1
        self.found += bool(mine)
        self.incidents += len(mine)
        if mine and case.t0:
            self.delays.append(min(a.detected_ns for a in mine) / 1e9 - case.t0)
        if not mine:
            self.missed.append(case.path.name)

    def line(self, name: str) -> str:
        middle = f"{sorted(self.delays)[len(self.delays) // 2]:.1f}" if self.delays else "-"
        worst = f"{max(self.delays):.1f}" if self.delays else "-"
        each = self.incidents / self.found if self.found else 0.0
        share = self.found / self.attacks if self.attacks else 0.0
        return (
            f"{name:24}{self.attacks:8}{self.found:7}{share:8.0%}{each:11.2f}{middle:>9}{worst:>7}  "
            f"{', '.join(self.missed)}"
        )


def accuracy(name: str, folders: Iterable[Path]) -> None:
    """Print the table of one set."""
    by_kind: dict[str, Score] = defaultdict(Score)
    whole, obvious, subtle, floods = Score(), Score(), Score(), Score()
    harmless = disturbed = wrong = others = 0
    print(f"\n== {name}")
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
        others += len(found) - len(mine)
        scores = [by_kind[case.family], whole, obvious if case.obvious else subtle]
        for score in [*scores, floods] if case.family in FLOODS else scores:
            score.add(case, mine)
    print(f"{'kind':24}{'attacks':>8}{'found':>7}{'recall':>8}{'incidents':>11}{'seconds':>9}{'worst':>7}  missed")
    for kind, score in sorted(by_kind.items()):
        print(score.line(kind))
    for title, score in (("all", whole), ("obvious", obvious), ("subtle", subtle), ("floods", floods)):
        score.missed.clear()
        print(score.line(title))
    precision = whole.incidents / max(whole.incidents + wrong, 1)
    print(f"harmless files with an incident: {disturbed} of {harmless}; precision by incident {precision:.2f}")
    print(f"incidents of other kinds in attack files, not counted above: {others}")
