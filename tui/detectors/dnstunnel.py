"""DNS tunnels: data that is hidden in the names that one client asks for."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tui.core.alert.alerts import SAMPLES, SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.names import NameEvent, NameKind
from tui.core.text import printable
from tui.detectors.moment import CLOSEST, Detector, Moment
from tui.detectors.tunnels import TunnelThresholds
from tui.detectors.words import amount, bpf
from tui.detectors.zones import LOOKUPS, REVERSE, is_reversed, zone_of

ZONES = 4_096
"""Pairs of client and zone that are followed."""
NAMES = 512
"""Different names remembered of each client and zone."""
_ODD_TYPES = frozenset({5, 10, 15, 16, 25, 65_399})  # CNAME, NULL, MX, TXT, KEY, PRIVATE


@dataclass(slots=True)
class _Zone:
    """What one client asked of one zone lately."""

    server: str
    begun_ns: int
    last_ns: int
    queries: int = 0
    odd: int = 0
    bytes: int = 0
    names: dict[str, None] = field(default_factory=dict)
    types: Counter[int] = field(default_factory=Counter)
    samples: list[int] = field(default_factory=list)
    told: int = 0


class TunnelDnsDetector(Detector):
    """`tunnel.dns`: one client asks for many long, random names of one zone; several signs together make an alert."""

    rules = ("tunnel.dns",)

    def __init__(self, limits: TunnelThresholds) -> None:
        self._limits = limits
        self._zones: dict[tuple[str, str], _Zone] = {}
        self._touched: set[tuple[str, str]] = set()

    def named(self, events: Sequence[NameEvent]) -> None:
        for event in events:
            if event.protocol != "DNS" or event.kind not in (NameKind.DNS_QUERY, NameKind.DNS_ANSWER):
                continue
            name = event.name.lower().rstrip(".")
            if name.count(".") < 2 or name.endswith(REVERSE):
                continue
            zone = zone_of(name)
            if zone in LOOKUPS or name == zone:
                continue
            self._count((event.client, zone), event, name[: -len(zone) - 1])

    def _count(self, key: tuple[str, str], event: NameEvent, prefix: str) -> None:
        kept = self._zones.get(key)
        stale = kept is not None and event.time_ns - kept.begun_ns > self._limits.dns_window_s * SECOND_NS
        if kept is None or stale:
            if kept is None and len(self._zones) >= ZONES:
                least = min(list(self._zones)[:64], key=lambda k: len(self._zones[k].names))
                del self._zones[least]
            told = kept.told if kept is not None else 0
            kept = self._zones[key] = _Zone(event.server, event.time_ns, event.time_ns, told=told)
        kept.last_ns = event.time_ns
        kept.bytes += event.bytes
        if len(kept.samples) < SAMPLES:
            kept.samples.append(event.row)
        # a one-sided capture shows the questions in the answers only
        if event.kind is NameKind.DNS_QUERY or kept.queries == 0 or prefix not in kept.names:
            kept.queries += 1
            kept.odd += event.qtype in _ODD_TYPES
            kept.types[event.qtype] += 1
        if len(kept.names) < NAMES:
            kept.names[prefix] = None
        self._touched.add(key)

    def decide(self, moment: Moment) -> Iterable[Finding]:
        touched, self._touched = self._touched, set()
        found = []
        for key in sorted(touched):
            zone = self._zones.get(key)
            limit = self._limits.dns_queries
            if zone is None or zone.queries < max(limit, 2 * zone.told) or len(zone.names) < limit:
                continue
            signs = self._signs(zone)
            if len(signs) >= self._limits.dns_signs:
                zone.told = zone.queries
                found.append(self._finding(key, zone, signs))
        return found

    @property
    def idle(self) -> bool:
        return True

    def near(self) -> Iterable[Near]:
        limits = self._limits
        for (client, zone), z in heapq.nlargest(CLOSEST, self._zones.items(), key=lambda e: len(e[1].names)):
            names, whose = len(z.names), printable(f"{zone} by {client}", 80)
            held = f"{names} of {limits.dns_queries} names" if names < limits.dns_queries else ""
            signs = len(self._signs(z))
            yield Near("tunnel.dns", signs, limits.dns_signs, "signs", whose, held, names / limits.dns_queries)

    def _signs(self, z: _Zone) -> list[str]:
        limits, signs = self._limits, []
        # reversed addresses, as block lists take them, are numbers in single labels: no data
        names = [n for n in z.names if not is_reversed(n)]
        if len(names) < limits.dns_queries:
            return []
        unique = len(z.names) / min(z.queries, NAMES)
        if unique >= limits.dns_unique:
            signs.append(f"{min(unique, 1):.0%} of the names are different")
        length = sum(map(len, names)) / len(names)
        if length >= limits.dns_length:
            signs.append(f"{length:.0f} characters before the zone (limit {limits.dns_length:.0f})")
        if z.odd >= limits.dns_odd_types * z.queries:
            signs.append(f"{z.odd / z.queries:.0%} ask for types that carry data")
        mixed = sum(entropy(n) for n in names) / len(names)
        if mixed >= limits.dns_entropy:
            signs.append(f"{mixed:.1f} bits per character (limit {limits.dns_entropy})")
        if z.bytes / z.queries >= limits.dns_bytes:
            signs.append(f"{z.bytes / z.queries:.0f} bytes per query (limit {limits.dns_bytes:.0f})")
        return signs

    def _finding(self, key: tuple[str, str], z: _Zone, signs: list[str]) -> Finding:
        client, zone = key[0], printable(key[1], 80)
        shown = zone.replace('"', "").replace("\\", "")
        return Finding(
            rule="tunnel.dns",
            severity=Severity.HIGH,
            keys=(("tunnel.dns", zone),),
            src=Endpoint(client),
            dst=Endpoint(z.server, 53),
            evidence=Evidence(
                len(signs), self._limits.dns_signs, "signs", self._limits.dns_window_s, samples=tuple(z.samples)
            ),
            text=Explanation(
                f"{amount(z.queries)} queries under {zone} with {amount(len(z.names))} different names: "
                f"{'; '.join(signs)}.",
                f"{client} asks {z.server}; a resolver asks for others.",
                "Some virus scanners and content networks encode data in names: learn their zones as normal.",
                (
                    f"look up who owns {zone}",
                    f"look on {client} for a tunnel program",
                    "block the zone at the resolver",
                ),
            ),
            first_ns=z.begun_ns,
            last_ns=z.last_ns,
            proto="DNS",
            filter_display=f'dns.qry.name contains "{shown}"',
            filter_bpf=bpf(client, also="udp port 53"),
            confidence=0.9 if len(signs) > 3 else 0.75,
            count=z.queries,
        )


def entropy(text: str) -> float:
    """Bits per character."""
    total = len(text)
    return -sum(n / total * math.log2(n / total) for n in Counter(text).values()) if total else 0.0
