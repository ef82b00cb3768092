"""What an attacker does who knows the rules: slowness, decoys, successes among failures, a flood to hide in."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from tests.benchmarks.detection.score import first_events
from tests.detectors.wire import ACK, RST, SYN, A, B, Timed, connection, monitor, tcp

Scan = Iterable[Timed]


def refused(at: float, src: str, dst: str, sport: int, dport: int) -> list[Timed]:
    """An opening that is refused."""
    return [(at, tcp(src, dst, sport, dport, SYN, 5)), (at + 0.001, tcp(dst, src, dport, sport, RST | ACK, 0, 6))]


def runs() -> Iterator[tuple[str, Scan, tuple[str, ...], bool]]:
    """(name, packets, rules that answer it, whether it should be found: else it is harmless and must be silent)."""
    scan = ("scan.",)
    for gap in (5, 60, 300):
        probes = [p for i in range(40) for p in refused(i * gap, A, B, 40_000 + i, 100 + i)]
        yield f"one probe in {gap} s", probes, scan, True
    decoys = [p for i in range(30) for d in range(12) for p in refused(
        i * 0.3 + d * 0.02, f"10.0.7.{d + 1}" if d else A, B, 40_000 + i, 200 + i)]  # fmt: skip
    yield "12 decoys", decoys, scan, True
    shared = [p for i in range(48) for p in refused(i * 1.5, f"10.0.8.{i % 6 + 1}", B, 40_000 + i, 200 + i)]
    yield "6 sources, 8 ports each", shared, scan, True
    for share in (0.5, 1.5, 3.0):
        probes = [p for i in range(60) for p in refused(i * 0.5, A, B, 40_000 + i, 100 + i)]
        honest = [
            p for i in range(int(60 * share)) for p in connection(i * 0.5 / share, A, B, 20_000 + i, 80, b"GET", b"ok")
        ]
        yield f"{share:g} successes at one port for each failure", probes + honest, scan, True
    chance = random.Random(5)
    flood = [(i / 2_000, tcp(f"{chance.randrange(1, 220)}.{chance.randrange(250)}.{chance.randrange(250)}.9", B,
              chance.randrange(1_024, 60_000), 443, SYN, i)) for i in range(40_000)]  # fmt: skip
    hidden = [p for i in range(40) for p in refused(2 + i * 0.4, "198.51.100.7", B, 40_000 + i, 100 + i)]
    yield "hidden in a SYN flood of 2,000/s", flood + hidden, scan, True
    jitter = [p for i in range(40) for p in connection(
        i * 60 + chance.uniform(-9, 9) + 10, A, "93.184.216.34", 30_000 + i, 8443, b"q", b"a")]  # fmt: skip
    yield "a beacon with 15 % jitter", jitter, ("beacon",), True
    people = [p for i in range(60) for p in connection(
        i * 40 + chance.expovariate(1 / 40), A, "93.184.216.34", 30_000 + i, 8443, b"q", b"a")]  # fmt: skip
    yield "a person at one site (harmless)", people, ("beacon",), False
    poller = [p for r in range(6) for h in range(30) for p in (
        refused(r * 60 + h, A, f"10.0.9.{h}", 30_000 + h + r * 30, 9_100) if h % 4 == 0 else
        connection(r * 60 + h, A, f"10.0.9.{h}", 30_000 + h + r * 30, 9_100, b"q", b"a"))]  # fmt: skip
    yield "a poller with a quarter of dead targets (harmless)", poller, scan, False


def evasion() -> None:
    """Print what is found of each."""
    print("\n== evasion")
    for name, packets, rules, wanted in runs():
        found = first_events(monitor(packets).log.since(0))
        mine = [a for a in found if a.rule.startswith(rules)]
        said = f"{mine[0].rule} after {mine[0].detected_ns / 1e9 - mine[0].first_ns / 1e9:,.0f} s" if mine else "-"
        sources = (
            f", real source named: {'yes' if any(a.src.ip == '198.51.100.7' for a in mine) else 'no'}"
            if "hidden" in name
            else ""
        )
        word = "found" if mine and wanted else "silent" if not mine and not wanted else "MISSED" if wanted else "FALSE"
        print(f"{name:52}{word:8}{said}, incidents {len(mine)}{sources}")
