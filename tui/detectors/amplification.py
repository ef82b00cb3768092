"""Reflected amplification: large answers of well-known services to a host that has not asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.alerts import SAMPLES, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.columns import Mark
from tui.core.ipproto import ICMP, UDP
from tui.detectors.moment import Detector, Moment
from tui.detectors.part import Part
from tui.detectors.tables import I64, U64, Groups
from tui.detectors.words import amount, bpf, family, size

TARGETS = 256
PORT_UNREACHABLE = 0x0303
REFUSALS = 3
"""So many "port unreachable" show that the victim did not wait for the answers; hosts limit how many they send."""
_TOOLS = {19: "chargen", 53: "DNS", 111: "portmap", 123: "NTP", 137: "NetBIOS", 161: "SNMP", 389: "CLDAP"}
_TOOLS |= {500: "ISAKMP", 1900: "SSDP", 3702: "WS-Discovery", 4500: "ISAKMP", 5353: "mDNS", 11211: "memcached"}


@dataclass(frozen=True, slots=True)
class AmplificationThresholds:
    """Limits of `amplification`, of one victim."""

    answers: int = 50
    """In `window_s`, to one host."""
    mean_bytes: int = 1_000
    """Of an answer with its fragments."""
    asked: float = 0.1
    """A victim has asked for a smaller share of the answers."""
    reflectors: int = 200
    """So many servers that answer one host unasked are reflectors, however small their answers."""
    window_s: int = 10
    ports: tuple[int, ...] = (19, 53, 111, 123, 137, 161, 389, 500, 1900, 3702, 4500, 5353, 11211)


@dataclass(slots=True)
class _Second:
    """What a victim got and sent in one second, sampled packets weighted up."""

    second: int
    answers: float = 0.0
    bytes: float = 0.0
    asked: float = 0.0
    forged: float = 0.0
    unreachable: float = 0.0
    sources: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Victim:
    """A host that gets answers from ports of `AmplificationThresholds.ports`."""

    address: str
    key: int
    port: int
    seconds: deque[_Second] = field(default_factory=deque)
    samples: list[int] = field(default_factory=list)
    first_ns: int = 0
    last_ns: int = 0
    reflector: str = ""
    mac: int = 0
    """Where the answers are delivered: a request from another MAC is not the victim's."""


class AmplificationDetector(Detector):
    """`amplification`: compares the answers that a host gets with the requests that it has sent itself."""

    rules = ("amplification",)

    def __init__(self, limits: AmplificationThresholds) -> None:
        self._limits = limits
        self._ports = np.zeros(65_536, np.bool_)
        self._ports[list(limits.ports)] = True
        self._victims: dict[int, _Victim] = {}
        self._second = 0

    def observe(self, part: Part) -> None:
        udp = (part.ip_proto == UDP) & (part.weight > 0)
        if not udp.any():
            return
        later = udp & ((part.marks & Mark.LATER_FRAGMENT) != 0)
        answers = udp & ~later & self._ports[part.sport] & ((part.dport >= 1_024) | (part.dport == part.sport))
        rows = np.flatnonzero(answers)
        weight = part.weight.astype(np.float64)
        self._second = int(part.time_ns.max()) // 10**9
        if len(rows):
            of = Groups.of(part.dst[rows])
            rows = rows[of.order]
            count = np.add.reduceat(weight[rows], of.starts)
            known = np.isin(part.dst[rows[of.starts]], np.fromiter(self._victims, np.uint64, len(self._victims)))
            for g in np.flatnonzero((count >= 2) | known)[:TARGETS].tolist():
                mine = rows[of.starts[g] : of.stops[g]]
                self._answered(part, mine, float(count[g]), float((part.length[mine] * weight[mine]).sum()))
        if not self._victims:
            return
        victims = np.sort(np.fromiter(self._victims, np.uint64, len(self._victims)))
        fragments, of_fragment = _among(victims, part.dst, later)
        asks, of_ask = _among(victims, part.src, udp & self._ports[part.dport] & ~answers)
        _, of_refusal = _among(victims, part.src, (part.ip_proto == ICMP) & (part.code == PORT_UNREACHABLE))
        n = len(victims)
        # a request that comes from another MAC than the answers go to is not the victim's own
        mac = np.array([self._victims[key].mac for key in victims.tolist()], np.uint64)
        other = (part.src_mac[asks] != 0) & (part.src_mac[asks] != mac[of_ask]) & (mac[of_ask] != 0)
        volume = np.bincount(of_fragment, weight[fragments] * part.length[fragments], minlength=n)
        asked = np.bincount(of_ask, weight[asks] * ~other, minlength=n)
        forged = np.bincount(of_ask, weight[asks] * other, minlength=n)
        refused = np.bincount(of_refusal, minlength=n)
        for i in np.flatnonzero((volume > 0) | (asked > 0) | (forged > 0) | (refused > 0)).tolist():
            now = self._now(self._victims[int(victims[i])])
            now.bytes += float(volume[i])
            now.asked += float(asked[i])
            now.forged += float(forged[i])
            now.unreachable += float(refused[i])

    def _answered(self, part: Part, mine: np.ndarray, count: float, total: float) -> None:
        row = int(mine[0])
        key = int(part.dst[row])
        if key not in self._victims:
            if len(self._victims) >= TARGETS:
                return
            address = part.address(row, source=False) or "?"
            self._victims[key] = _Victim(address, key, int(part.sport[row]), first_ns=int(part.time_ns[row]))
        victim = self._victims[key]
        now = self._now(victim)
        now.answers += count
        now.bytes += total
        now.sources.update(np.unique(part.src[mine])[: max(0, 4_096 - len(now.sources))].tolist())
        victim.mac = int(part.dst_mac[row])
        victim.last_ns = int(part.time_ns[mine].max())
        victim.port = int(np.bincount(part.sport[mine]).argmax())
        victim.reflector = part.address(row, source=True) or "?"
        victim.samples.extend(part.number[mine][: SAMPLES - len(victim.samples)].tolist())

    def _now(self, victim: _Victim) -> _Second:
        if not victim.seconds or victim.seconds[-1].second != self._second:
            victim.seconds.append(_Second(self._second))
        return victim.seconds[-1]

    def decide(self, moment: Moment) -> Iterable[Finding]:
        found = []
        for key, victim in list(self._victims.items()):
            while victim.seconds and victim.seconds[0].second <= moment.second - self._limits.window_s:
                victim.seconds.popleft()
            if not victim.seconds:
                del self._victims[key]
            elif victim.seconds[-1].second == moment.second and (finding := self._judge(victim)):
                found.append(finding)
        return found

    @property
    def idle(self) -> bool:
        return not self._victims

    def near(self) -> Iterable[Near]:
        limits = self._limits
        for v in self._victims.values():
            answers, total = sum(s.answers for s in v.seconds), sum(s.bytes for s in v.seconds)
            asked = sum(s.asked for s in v.seconds)
            mean = total / answers if answers else 0.0
            shares = {
                f"{amount(asked)} were asked for": limits.asked * answers / asked if asked else 1.0,
                f"{size(mean)} each": mean / limits.mean_bytes,
            }
            held = min(shares, key=lambda words: shares[words])
            yield Near("amplification", answers, limits.answers, "answers", v.address, held, min(1.0, shares[held]))

    def _judge(self, v: _Victim) -> Finding | None:
        """Whether the answers are too many, too large, and not asked for."""
        limits = self._limits
        answers = sum(s.answers for s in v.seconds)
        asked = sum(s.asked for s in v.seconds)
        total = sum(s.bytes for s in v.seconds)
        sources = len(set().union(*(s.sources for s in v.seconds)))
        mean = total / answers if answers else 0.0
        large = answers >= limits.answers and mean >= limits.mean_bytes
        if asked >= limits.asked * answers or not (large or sources >= limits.reflectors):
            return None
        return self._finding(v, answers, mean, asked, sources)

    def _finding(self, v: _Victim, answers: float, mean: float, asked: float, sources: int) -> Finding:
        """`mean`: bytes of an answer; `asked`: requests of the victim itself; `sources`: servers that answer."""
        limits = self._limits
        forged = sum(s.forged for s in v.seconds)
        refused = sum(s.unreachable for s in v.seconds)
        doubt = "If this capture does not see what the victim sends, its own requests are missing here."
        severity = Severity.CRITICAL
        if forged >= limits.asked * answers:
            doubt = f"{amount(forged)} requests in the victim's name came from another MAC address: they are forged."
            # two routers in one network can also send and receive by different MACs
            severity = Severity.CRITICAL if refused >= REFUSALS else Severity.LOW
        service = _TOOLS.get(v.port, f"port {v.port}")
        what = (
            f"{amount(answers)} {service} answers in {limits.window_s} s (limit {limits.answers}) of {size(mean)} each "
            f"(limit {size(limits.mean_bytes)}), for {amount(asked)} requests, from {amount(sources)} servers."
        )
        fam = family(v.address)
        return Finding(
            rule="amplification",
            severity=severity,
            keys=(("amplification", v.address), ("flood.udp", v.address)),
            src=Endpoint(v.reflector, v.port) if sources == 1 else Endpoint(name="many", port=v.port),
            dst=Endpoint(v.address),
            evidence=Evidence(answers, limits.answers, "answers", limits.window_s, samples=tuple(v.samples)),
            text=Explanation(
                what,
                "The servers are tools: somebody sends them requests with the victim's address as source.",
                doubt,
                (
                    f"drop udp source port {v.port} to the victim upstream",
                    "if the servers are yours, close them to strangers",
                ),
            ),
            first_ns=v.first_ns,
            last_ns=v.last_ns,
            proto="UDP",
            filter_display=f"{fam}.dst == {v.address} && (udp.srcport == {v.port} || {fam}.frag_offset > 0)"
            if fam == "ip"
            else f"{fam}.dst == {v.address} && udp.srcport == {v.port}",
            filter_bpf=bpf(also=f"dst host {v.address} and udp"),
            confidence=0.9,
            count=int(v.seconds[-1].answers),
            sources=sources,
            rank=5,
            hold_s=0,
            quiet_s=60,
        )


def _among(keys: U64, values: U64, mask: NDArray[np.bool_]) -> tuple[I64, I64]:
    """The rows of `mask` whose value is one of the sorted keys, and the index of that key."""
    rows = np.flatnonzero(mask)
    at = np.minimum(np.searchsorted(keys, values[rows]), len(keys) - 1)
    there = keys[at] == values[rows]
    return rows[there], at[there]
