"""Bursts of names that do not exist: what programs that invent names leave behind."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tui.core.alert.alerts import SAMPLES, SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.names import NameEvent, NameKind
from tui.core.text import printable
from tui.detectors.moment import CLOSEST, Detector, Moment
from tui.detectors.words import amount, bpf, listed, show
from tui.detectors.zones import LOOKUPS, REVERSE, is_reversed, zone_of

CLIENTS = 512
"""Clients that are followed."""
ANSWERS = 2_048
"""Names that exist, and names that do not, remembered of each client."""


@dataclass(frozen=True, slots=True)
class DnsThresholds:
    """Limits of `dns.nxdomain_burst`, of one client."""

    nxdomain_burst_names: int = 30
    """Different names in `nxdomain_burst_window_s` that do not exist."""
    nxdomain_burst_share: float = 0.5
    """... and this share of all names that were answered."""
    nxdomain_burst_window_s: int = 60


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
            if "." not in name or name.endswith(REVERSE) or event.rcode not in (0, 3):
                continue
            if event.rcode == 3:
                zone = zone_of(name)
                if zone in LOOKUPS or is_reversed(name[: -len(zone) - 1]):
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
