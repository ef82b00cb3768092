"""DNS: tunnels that hide data in names, and bursts of names that do not exist."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tui.core.alert.alerts import SAMPLES, SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.names import NameEvent, NameKind
from tui.core.text import printable
from tui.detectors.moment import CLOSEST, Detector, Moment
from tui.detectors.tunnels import TunnelThresholds
from tui.detectors.words import amount, bpf, listed, show

ZONES = 4_096
NAMES = 512
"""Different names remembered of each client and zone."""
CLIENTS = 512
ANSWERS = 2_048
"""Names that exist, and names that do not, remembered of each client."""
_ODD_TYPES = frozenset({5, 10, 15, 16, 25, 65_399})  # CNAME, NULL, MX, TXT, KEY, PRIVATE
_REVERSE = (".arpa",)
_LOOKUPS = (
    "spamhaus.org", "spamhaus.net", "cymru.com", "dnsbl.info", "surbl.org", "uribl.com", "barracudacentral.org",
    "sophosxl.net", "mcafee.com", "e5.sk", "sorbs.net", "spamcop.net", "mailspike.net", "abuse.ch", "dnswl.org",
    "senderbase.org", "trendmicro.com", "avast.com", "avcdn.net", "360safe.com", "kaspersky-labs.com",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DnsThresholds:
    """Limits of `dns.nxdomain_burst`, of one client."""

    nxdomain_burst_names: int = 30
    """Different names in `nxdomain_burst_window_s` that do not exist."""
    nxdomain_burst_share: float = 0.5
    """... and this share of all names that were answered."""
    nxdomain_burst_window_s: int = 60


@cache
def _suffixes() -> Any:
    """The public suffix list, where its package is installed."""
    try:
        from publicsuffixlist import PublicSuffixList
    except ImportError:
        return None
    return PublicSuffixList()


def zone_of(name: str) -> str:
    """The registered zone of a name: example.co.uk of a.b.example.co.uk; by its last labels where no list is there."""
    labels = name.rstrip(".").lower().split(".")
    suffixes = _suffixes()
    if suffixes is not None:
        found = suffixes.privatesuffix(".".join(labels))
        if found:
            return str(found)
    short = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3 if short else -2 :])


def entropy(text: str) -> float:
    """Bits per character."""
    total = len(text)
    return -sum(n / total * math.log2(n / total) for n in Counter(text).values()) if total else 0.0


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
            if name.count(".") < 2 or name.endswith(_REVERSE):
                continue
            zone = zone_of(name)
            if zone in _LOOKUPS or name == zone:
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
        names = [n for n in z.names if not _numeric(n)]
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


def _numeric(prefix: str) -> bool:
    """Labels of digits, or single hexadecimal digits, as reversed addresses are written."""
    labels = prefix.split(".")
    plain = [label for label in labels if label.isdigit() or len(label) == 1]
    return len(labels) >= 4 and len(plain) >= 4 and len(plain) >= len(labels) - 2


@dataclass(slots=True)
class _Client:
    """Names that a client has asked for within the window: those that do not exist, and those that do."""

    server: str
    failed: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By name: time and packet number, the oldest first."""
    found: dict[str, tuple[int, int]] = field(default_factory=dict)
    told: int = 0


class NxdomainDetector(Detector):
    """`dns.nxdomain_burst`: a client asks for many different names that do not exist (RFC 1035, response code 3)."""

    rules = ("dns.nxdomain_burst",)

    def __init__(self, limits: DnsThresholds) -> None:
        self._limits = limits
        self._clients: dict[str, _Client] = {}
        self._touched: set[str] = set()

    def named(self, events: Sequence[NameEvent]) -> None:
        for event in events:
            if event.protocol != "DNS" or event.kind is not NameKind.DNS_ANSWER:
                continue
            name = event.name.lower().rstrip(".")
            if "." not in name or name.endswith(_REVERSE) or event.rcode not in (0, 3):
                continue
            if event.rcode == 3:
                zone = zone_of(name)
                if zone in _LOOKUPS or _numeric(name[: -len(zone) - 1]):
                    continue
            if event.client not in self._clients and len(self._clients) >= CLIENTS:
                self._clients.pop(next(iter(self._clients)))
            client = self._clients.setdefault(event.client, _Client(event.server))
            names = client.failed if event.rcode == 3 else client.found
            names.pop(name, None)
            if len(names) >= ANSWERS:
                names.pop(next(iter(names)))
            names[name] = (event.time_ns, event.row)
            if event.rcode == 3:
                self._touched.add(event.client)

    @property
    def idle(self) -> bool:
        return True

    def near(self) -> Iterable[Near]:
        limits = self._limits
        for address, c in heapq.nlargest(CLOSEST, self._clients.items(), key=lambda e: len(e[1].failed)):
            share = len(c.failed) / max(1, len(c.failed) + len(c.found)) / limits.nxdomain_burst_share
            held = f"{len(c.found)} names exist" if share < 1 else ""
            yield Near("dns.nxdomain_burst", len(c.failed), limits.nxdomain_burst_names, "names", address, held, share)

    def decide(self, moment: Moment) -> Iterable[Finding]:
        touched, self._touched = self._touched, set()
        limits = self._limits
        edge = moment.now_ns - limits.nxdomain_burst_window_s * SECOND_NS
        for address in sorted(touched):
            client = self._clients.get(address)
            if client is None:
                continue
            for names in (client.failed, client.found):
                for name in [n for n, (time_ns, _) in names.items() if time_ns < edge]:
                    del names[name]
            if len(client.failed) < limits.nxdomain_burst_names:
                client.told = 0
                continue
            found = set(client.found)
            failed = set(client.failed) - found
            # a name tried under the search domains fails there and is found by itself
            failed = {n for n in failed if not any(n.startswith(f + ".") for f in _heads(n) & found)}
            share = len(failed) / max(1, len(failed) + len(found))
            enough = len(failed) >= limits.nxdomain_burst_names and share >= limits.nxdomain_burst_share
            if enough and len(failed) >= 1.5 * client.told:
                client.told = len(failed)
                yield self._finding(address, client, failed, share)

    def _finding(self, address: str, c: _Client, failed: set[str], share: float) -> Finding:
        limits = self._limits
        return Finding(
            rule="dns.nxdomain_burst",
            severity=Severity.LOW,
            keys=(("dns.nxdomain", address),),
            src=Endpoint(address),
            dst=Endpoint(c.server, 53),
            evidence=Evidence(
                len(failed), limits.nxdomain_burst_names, "names", limits.nxdomain_burst_window_s, share,
                samples=tuple(row for _, row in list(c.failed.values())[:SAMPLES]),
            ),
            text=Explanation(
                f"{amount(len(failed))} different names that do not exist in {limits.nxdomain_burst_window_s} s (limit "
                f"{limits.nxdomain_burst_names}), {share:.0%} of all names (limit {limits.nxdomain_burst_share:.0%}).",
                f"For example {listed((printable(n, 40) for n in sorted(failed)), 3)}.",
                "A resolver asks for many clients; a wrong search domain makes names that do not exist.",
                (f"look on {address} for a program that invents names", "see whether the names look random"),
            ),
            first_ns=min(t for t, _ in c.failed.values()),
            last_ns=max(t for t, _ in c.failed.values()),
            proto="DNS",
            filter_display=show(address, also="dns.flags.rcode == 3"),
            filter_bpf=bpf(address, also="udp port 53"),
            confidence=0.75,
            count=len(failed),
            quiet_s=120,
        )  # fmt: skip


def _heads(name: str) -> set[str]:
    """The name without its last labels, as far as something with a dot remains."""
    labels = name.split(".")
    return {".".join(labels[:n]) for n in range(2, len(labels))}
