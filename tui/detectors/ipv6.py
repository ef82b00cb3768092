"""IPv6 routers and neighbours: router advertisements nobody expects, and neighbours that override others."""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from tui.core.alert.alerts import SAMPLES, SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.ipproto import ICMPV6
from tui.detectors.moment import Detector, Moment
from tui.detectors.part import Part, mac_text
from tui.detectors.words import amount, listed, span

ROUTERS = 1_024
NEIGHBOURS = 4_096
BUDGET = 1_000
"""Advertisements of a second that are taken one by one; the others are counted."""
SOLICITATION, ADVERTISEMENT, NEIGHBOUR = 133, 134, 136
_OVERRIDE, _SOLICITED = 0x20, 0x40


@dataclass(frozen=True, slots=True)
class Ipv6Thresholds:
    """Limits of `ipv6.ra_new`, of routers and of neighbours."""

    ra_new_routers: int = 10
    """More than so many new routers are a flood."""
    ra_new_unasked: int = 3
    """Advertisements of one router in a minute that no solicitation asked for; routers send one in 3 to 30 minutes."""
    na_overrides: int = 3
    """Unasked overrides of one neighbour in a minute."""


@dataclass(slots=True)
class _Router:
    """What one router advertises (RFC 4861, section 4.2)."""

    address: str
    mac: str
    first_ns: int
    last_ns: int
    lifetime: int
    high: bool
    prefixes: set[str] = field(default_factory=set)
    unasked: deque[int] = field(default_factory=lambda: deque(maxlen=64))
    samples: list[int] = field(default_factory=list)


class Ipv6Detector(Detector):
    """`ipv6.ra_new`: router advertisements of a stranger, too many of them, or neighbours that override others."""

    rules = ("ipv6.ra_new",)

    def __init__(self, limits: Ipv6Thresholds) -> None:
        self._limits = limits
        self._routers: dict[str, _Router] = {}
        self._beyond = 0
        self._asked_ns = -(10**18)
        self._owners: dict[str, dict[str, int]] = {}
        self._overrides: dict[tuple[str, str], deque[tuple[int, int]]] = {}
        self._news: set[str] = set()
        self._claims: set[tuple[str, str]] = set()
        self._known: set[str] = set()
        self._now_ns = 0
        self._taken = 0

    def observe(self, part: Part) -> None:
        kind = part.code >> 8
        rows = np.flatnonzero(
            (part.ip_proto == ICMPV6) & (kind >= SOLICITATION) & (kind <= NEIGHBOUR) & (part.ttl == 255)
        )
        self._beyond += max(0, self._taken + len(rows) - BUDGET)
        for row in rows[: max(0, BUDGET - self._taken)].tolist():
            self._taken += 1
            which, time_ns, number = int(kind[row]), int(part.time_ns[row]), int(part.number[row])
            data = part.detail.get(number, b"")
            mac = mac_text(int(part.src_mac[row])) or "?"
            if which == SOLICITATION:
                self._asked_ns = time_ns
            elif which == ADVERTISEMENT and len(data) >= 16:
                self._advertised(data, part.address(row, source=True) or "?", mac, time_ns, number)
            elif which == NEIGHBOUR and len(data) >= 24:
                self._neighbour(data, mac, time_ns, number)

    def _advertised(self, data: bytes, address: str, mac: str, time_ns: int, number: int) -> None:
        key = f"{address} {mac}"
        router = self._routers.get(key)
        if router is None:
            if len(self._routers) >= ROUTERS:
                self._beyond += 1
                return
            router = self._routers[key] = _Router(address, mac, time_ns, time_ns, 0, False)
        router.last_ns = time_ns
        router.lifetime = int.from_bytes(data[6:8], "big")
        router.high = data[5] >> 3 & 3 == 1
        router.prefixes.update(list(_prefixes(data))[: 16 - len(router.prefixes)])
        if time_ns - self._asked_ns > 3 * SECOND_NS:
            router.unasked.append(time_ns)
        if len(router.samples) < SAMPLES:
            router.samples.append(number)
        self._news.add(key)

    def _neighbour(self, data: bytes, mac: str, time_ns: int, number: int) -> None:
        target = str(ipaddress.IPv6Address(data[8:24]))
        claimed = mac
        if len(data) >= 32 and data[24] == 2 and data[25] == 1:
            claimed = data[26:32].hex(":")
        if target not in self._owners and len(self._owners) >= NEIGHBOURS:
            self._owners.pop(next(iter(self._owners)))
        owners = self._owners.setdefault(target, {})
        if len(owners) < 8 or claimed in owners:
            owners[claimed] = time_ns
        if data[4] & _OVERRIDE and not data[4] & _SOLICITED:
            if (target, claimed) not in self._overrides and len(self._overrides) >= NEIGHBOURS:
                self._overrides.pop(next(iter(self._overrides)))
            self._overrides.setdefault((target, claimed), deque(maxlen=SAMPLES)).append((time_ns, number))
            self._claims.add((target, claimed))

    def decide(self, moment: Moment) -> Iterable[Finding]:
        self._taken, self._now_ns = 0, moment.now_ns
        self._known = moment.known.routers if moment.known else set()
        news, self._news = self._news, set()
        claims, self._claims = self._claims, set()
        if moment.learning:
            return []
        found = [f for key in sorted(news) if (f := self._router(self._routers[key], moment))]
        if len(self._routers) + self._beyond > self._limits.ra_new_routers and news:
            found = [self._flood(moment)]
        found.extend(f for c in sorted(claims) if (f := self._override(c, moment)))
        return found

    def near(self) -> Iterable[Near]:
        for router in self._routers.values():
            recent = sum(self._now_ns - t <= 60 * SECOND_NS for t in router.unasked)
            known = "it is known" if f"{router.address} {router.mac}" in self._known else ""
            yield Near("ipv6.ra_new", recent, self._limits.ra_new_unasked, "adverts", router.address, known, 0.0)

    # ------------------------------------------------------------------ routers

    def _router(self, r: _Router, moment: Moment) -> Finding | None:
        """How suspicious a router is: by what is known, by how often it speaks unasked, by who else is there."""
        known = moment.known.routers if moment.known else set()
        if f"{r.address} {r.mac}" in known:
            return None
        recent = [t for t in r.unasked if moment.now_ns - t <= 60 * SECOND_NS]
        others = [o for o in self._routers.values() if o is not r and o.lifetime > 0]
        often = len(recent) >= self._limits.ra_new_unasked
        if known:
            return self._finding(r, moment, Severity.HIGH, "it was not there while the network was learned", "")
        doubt = "Nothing is known of this network: a router that was set up to speak often looks the same."
        if often:
            why = f"{len(recent)} unasked advertisements in a minute (limit {self._limits.ra_new_unasked})"
            if others:
                why += f", beside {listed((o.address for o in others), 2)}"
            return self._finding(r, moment, Severity.HIGH if others else Severity.LOW, why, doubt)
        return self._finding(r, moment, Severity.INFO, "the first of it in this capture", doubt)

    def _finding(self, r: _Router, moment: Moment, severity: Severity, why: str, doubt: str) -> Finding:
        prefixes = f", prefix {listed(sorted(r.prefixes), 3)}" if r.prefixes else ""
        return Finding(
            rule="ipv6.ra_new",
            severity=severity,
            keys=(("ipv6.ra_new",),),
            src=Endpoint(r.address, mac=r.mac),
            dst=Endpoint("ff02::1"),
            evidence=Evidence(
                len(r.unasked), self._limits.ra_new_unasked, "advertisements", 60.0, samples=tuple(r.samples)
            ),
            text=Explanation(
                f"{r.address} ({r.mac}) advertises itself as a router{prefixes}, lifetime {span(r.lifetime)}: {why}.",
                "All hosts that use automatic configuration send their traffic through it.",
                doubt,
                ("is this your router? learn it as normal", "switch RA guard on at the switch"),
            ),
            first_ns=r.first_ns,
            last_ns=r.last_ns,
            proto="ICMPv6",
            filter_display="icmpv6.type == 134",
            filter_bpf="icmp6 and ip6[40] == 134",
            confidence=0.9 if severity is Severity.HIGH else 0.5,
        )

    def _flood(self, moment: Moment) -> Finding:
        count = len(self._routers) + self._beyond
        some = list(self._routers.values())
        return Finding(
            rule="ipv6.ra_new",
            severity=Severity.CRITICAL,
            keys=(("ipv6.ra_new",), ("mac.flood",)),
            src=Endpoint(name=f"{count} routers", spoofable=True),
            dst=Endpoint("ff02::1"),
            evidence=Evidence(
                count, self._limits.ra_new_routers, "routers", samples=tuple(r.samples[0] for r in some[:SAMPLES])
            ),
            text=Explanation(
                f"{amount(count)} new routers advertise themselves (limit {self._limits.ra_new_routers}): a flood.",
                "The senders are forged: they are behind one switch port.",
                "Hosts spend their time and memory on addresses for each of them.",
                ("find the switch port", "switch RA guard on"),
            ),
            first_ns=min(r.first_ns for r in some),
            last_ns=max(r.last_ns for r in some),
            proto="ICMPv6",
            filter_display="icmpv6.type == 134",
            filter_bpf="icmp6 and ip6[40] == 134",
            sources=count,
            rank=5,
        )

    # ------------------------------------------------------------------ neighbours

    def _override(self, claim: tuple[str, str], moment: Moment) -> Finding | None:
        target, mac = claim
        owners = self._owners.get(target, {})
        recent = [(t, n) for t, n in self._overrides[claim] if moment.now_ns - t <= 60 * SECOND_NS]
        others = {o: t for o, t in owners.items() if o != mac}
        if len(recent) < self._limits.na_overrides or not others:
            return None
        return Finding(
            rule="ipv6.ra_new",
            severity=Severity.HIGH,
            keys=(("ipv6.na", mac),),
            src=Endpoint(mac=mac),
            dst=Endpoint(target),
            evidence=Evidence(
                len(recent), self._limits.na_overrides, "overrides", 60.0, samples=tuple(n for _, n in recent)
            ),
            text=Explanation(
                f"{mac} overrides {target}, which {listed(sorted(others), 2)} has: {len(recent)} unasked neighbour "
                f"advertisements in a minute (limit {self._limits.na_overrides}).",
                why="A fail-over sends a few as well.",
                next=("find the switch port of that MAC address",),
            ),
            first_ns=recent[0][0],
            last_ns=recent[-1][0],
            proto="ICMPv6",
            filter_display=f"icmpv6.type == 136 && icmpv6.nd.na.target_address == {target}",
            filter_bpf="icmp6 and ip6[40] == 136",
            confidence=0.8,
        )


def _prefixes(data: bytes) -> Iterable[str]:
    """The prefixes that an advertisement announces (RFC 4861, option 3)."""
    at = 16
    while at + 2 <= len(data) and data[at + 1]:
        if data[at] == 3 and at + 32 <= len(data):
            yield f"{ipaddress.IPv6Address(data[at + 16 : at + 32])}/{data[at + 2]}"
        at += 8 * data[at + 1]
