"""ICMP echoes: sweeps that look for hosts, and tunnels that hide data in pings."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.alerts import SAMPLES, SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.decode.gather import one_of
from tui.core.ipproto import ICMP, ICMPV6
from tui.detectors.moment import CLOSEST, Detector, Moment
from tui.detectors.part import Part, Why
from tui.detectors.scanlimits import ScanThresholds
from tui.detectors.tables import I64
from tui.detectors.tunnels import TunnelThresholds
from tui.detectors.words import amount, bpf, listed, show, size

SWEEPERS = 1_024
HOSTS = 512
"""Hosts remembered for each source."""
CONVERSATIONS = 1_024
BUDGET = 4_000
"""Echoes of a second that are taken one by one; a flood of pings is no tunnel."""


def _echoes(part: Part) -> tuple[I64, NDArray[np.bool_]]:
    """(rows of echo requests and replies, which of them are requests)."""
    kind = part.code >> 8
    four = (part.ip_proto == ICMP) & ((kind == 8) | (kind == 0))
    six = (part.ip_proto == ICMPV6) & ((kind == 128) | (kind == 129))
    rows = np.flatnonzero(four | six)
    return rows, one_of(kind[rows], (8, 128))


@dataclass(slots=True)
class _Sweep:
    """Hosts that one source has pinged in the window: by address, when, and whether it answered."""

    hosts: dict[str, tuple[int, bool]] = field(default_factory=dict)
    samples: list[int] = field(default_factory=list)
    told: int = 0


class SweepDetector(Detector):
    """`scan.icmp_sweep`: one source pings many hosts, of which many are silent."""

    rules = ("scan.icmp_sweep",)

    def __init__(self, limits: ScanThresholds) -> None:
        self._limits = limits
        self._sources: dict[str, _Sweep] = {}
        self._now_ns = 0

    def observe(self, part: Part) -> None:
        rows, asks = _echoes(part)
        new = (part.why[rows] & Why.NEW) != 0
        for row, ask in zip(rows[new][:BUDGET].tolist(), asks[new].tolist(), strict=False):
            src, dst = part.address(row, source=True) or "?", part.address(row, source=False) or "?"
            time_ns = int(part.time_ns[row])
            if ask:
                if src not in self._sources and len(self._sources) >= SWEEPERS:
                    self._sources.pop(next(iter(self._sources)))
                sweep = self._sources.setdefault(src, _Sweep())
                if dst not in sweep.hosts and len(sweep.hosts) < HOSTS:
                    sweep.hosts[dst] = (time_ns, False)
                if len(sweep.samples) < SAMPLES:
                    sweep.samples.append(int(part.number[row]))
            elif dst in self._sources and src in self._sources[dst].hosts:
                self._sources[dst].hosts[src] = (self._sources[dst].hosts[src][0], True)

    def decide(self, moment: Moment) -> Iterable[Finding]:
        self._now_ns = moment.now_ns
        found = []
        for source, sweep in list(self._sources.items()):
            edge = moment.now_ns - (self._limits.icmp_sweep_window_s + self._limits.icmp_sweep_patience_s) * SECOND_NS
            for host in [h for h, (t, _) in sweep.hosts.items() if t < edge]:
                del sweep.hosts[host]
            if not sweep.hosts:
                del self._sources[source]
            elif len(sweep.hosts) >= self._limits.icmp_sweep_hosts and (finding := self._judge(source, sweep, moment)):
                found.append(finding)
        return found

    @property
    def idle(self) -> bool:
        return not self._sources

    def near(self) -> Iterable[Near]:
        limits = self._limits
        due = self._now_ns - limits.icmp_sweep_patience_s * SECOND_NS
        for source, sweep in heapq.nlargest(CLOSEST, self._sources.items(), key=lambda s: len(s[1].hosts)):
            ripe = [answered for t, answered in sweep.hosts.values() if answered or t <= due]
            silent = len(ripe) - sum(ripe)
            share = silent / len(ripe) / limits.icmp_sweep_silent if ripe else 0.0
            held = f"{len(ripe) - silent} of {len(ripe)} answered" if ripe and share < 1 else ""
            yield Near("scan.icmp_sweep", silent, limits.icmp_sweep_hosts, "silent hosts", source, held, share)

    def _judge(self, source: str, sweep: _Sweep, moment: Moment) -> Finding | None:
        limits = self._limits
        due = moment.now_ns - limits.icmp_sweep_patience_s * SECOND_NS
        ripe = [(t, answered) for t, answered in sweep.hosts.values() if answered or t <= due]
        silent = sum(not answered for _, answered in ripe)
        if len(ripe) < limits.icmp_sweep_hosts or len(ripe) < 1.5 * sweep.told:
            return None
        bad = silent >= limits.icmp_sweep_hosts and silent >= limits.icmp_sweep_silent * len(ripe)
        bad |= len(ripe) >= limits.icmp_sweep_many and silent >= limits.icmp_sweep_some * len(ripe)
        if not bad and sweep.told:
            return None
        sweep.told = len(ripe)
        hosts = list(sweep.hosts)
        return Finding(
            rule="scan.icmp_sweep",
            severity=Severity.LOW if bad else Severity.INFO,
            keys=(("scan.icmp", source),),
            src=Endpoint(source),
            dst=Endpoint(name=f"{len(ripe)} hosts"),
            evidence=Evidence(
                silent,
                limits.icmp_sweep_hosts,
                "silent hosts",
                limits.icmp_sweep_window_s,
                silent / len(ripe),
                samples=tuple(sweep.samples),
            ),
            text=Explanation(
                f"{source} pinged {amount(len(ripe))} hosts in a minute, {amount(silent)} of them silent (limit "
                f"{limits.icmp_sweep_hosts} silent and {limits.icmp_sweep_silent:.0%}, or "
                f"{limits.icmp_sweep_some:.0%} of {limits.icmp_sweep_many} or more).",
                f"{listed(hosts, 4)}.",
                "Monitoring that pings hosts which are switched off looks the same.",
                ("is this your monitoring? learn it as normal", f"look on {source} for nmap or fping"),
            ),
            first_ns=min(t for t, _ in ripe),
            last_ns=max(t for t, _ in ripe),
            proto="ICMP",
            filter_display=show(source, also="(icmp || icmpv6)"),
            filter_bpf=bpf(source, also="(icmp or icmp6)"),
            confidence=0.8,
            quiet_s=120,
        )


@dataclass(slots=True)
class _Conversation:
    """The echoes of one identifier between two hosts."""

    src: str
    dst: str
    first_ns: int
    last_ns: int
    requests: int = 0
    replies: int = 0
    matched: int = 0
    odd: int = 0
    volume: int = 0
    sizes: set[int] = field(default_factory=set)
    waiting: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    samples: list[int] = field(default_factory=list)
    told: int = 0


class TunnelIcmpDetector(Detector):
    """`tunnel.icmp`: echoes whose replies are no copies, or whose sizes and numbers are not those of pings."""

    rules = ("tunnel.icmp",)

    def __init__(self, limits: TunnelThresholds) -> None:
        self._limits = limits
        self._conversations: dict[tuple[int, int], _Conversation] = {}
        self._touched: set[tuple[int, int]] = set()
        self._taken = 0

    def observe(self, part: Part) -> None:
        rows, asks = _echoes(part)
        allowed = max(0, BUDGET - self._taken)
        self._taken += len(rows)
        for row, ask in zip(rows[:allowed].tolist(), asks.tolist(), strict=False):
            head = part.head[row].tobytes()
            key = (int(part.src[row]) ^ int(part.dst[row]), int.from_bytes(head[4:6], "big"))
            talk = self._conversations.get(key)
            time_ns, length = int(part.time_ns[row]), int(part.payload_len[row] or part.length[row])
            if talk is None:
                if len(self._conversations) >= CONVERSATIONS:
                    self._conversations.pop(next(iter(self._conversations)))
                ends = part.address(row, source=True) or "?", part.address(row, source=False) or "?"
                talk = self._conversations[key] = _Conversation(*(ends if ask else ends[::-1]), time_ns, time_ns)
            _take(talk, bool(ask), int.from_bytes(head[6:8], "big"), length, head[8:48])
            talk.last_ns = time_ns
            if len(talk.samples) < SAMPLES:
                talk.samples.append(int(part.number[row]))
            self._touched.add(key)

    def decide(self, moment: Moment) -> Iterable[Finding]:
        self._taken = 0
        touched, self._touched = self._touched, set()
        found = []
        for key in sorted(touched):
            talk = self._conversations.get(key)
            if talk and talk.requests + talk.replies >= max(self._limits.icmp_echoes, 1.5 * talk.told):
                signs = self._signs(talk)
                if len(signs) >= self._limits.icmp_signs:
                    talk.told = talk.requests + talk.replies
                    found.append(self._finding(talk, signs))
        return found

    @property
    def idle(self) -> bool:
        return True

    def near(self) -> Iterable[Near]:
        limits = self._limits
        most = heapq.nlargest(CLOSEST, self._conversations.values(), key=lambda t: t.requests + t.replies)
        for talk in most:
            echoes = talk.requests + talk.replies
            held = f"{echoes} of {limits.icmp_echoes} echoes" if echoes < limits.icmp_echoes else ""
            pair, signs = f"{talk.src} > {talk.dst}", len(self._signs(talk))
            yield Near("tunnel.icmp", signs, limits.icmp_signs, "signs", pair, held, echoes / limits.icmp_echoes)

    def _signs(self, t: _Conversation) -> list[str]:
        limits, signs = self._limits, []
        if len(t.sizes) >= limits.icmp_sizes:
            signs.append(f"{len(t.sizes)} different sizes (limit {limits.icmp_sizes})")
        if t.matched and t.odd >= limits.icmp_odd_replies * t.matched:
            signs.append(f"{t.odd / t.matched:.0%} of the replies are no copies (limit {limits.icmp_odd_replies:.0%})")
        total = t.requests + t.replies
        if abs(t.requests - t.replies) >= limits.icmp_imbalance * total:
            signs.append(f"{amount(t.requests)} requests but {amount(t.replies)} replies")
        if t.volume >= limits.icmp_bytes and len(t.sizes) >= 3:
            signs.append(f"{size(t.volume)} in {len(t.sizes)} sizes (limit {size(limits.icmp_bytes)})")
        return signs

    def _finding(self, t: _Conversation, signs: list[str]) -> Finding:
        total = t.requests + t.replies
        return Finding(
            rule="tunnel.icmp",
            severity=Severity.HIGH,
            keys=(("tunnel.icmp", *sorted((t.src, t.dst))),),
            src=Endpoint(t.src),
            dst=Endpoint(t.dst),
            evidence=Evidence(len(signs), self._limits.icmp_signs, "signs", samples=tuple(t.samples)),
            text=Explanation(
                f"{amount(total)} echoes that are no ordinary pings: {'; '.join(signs)}.",
                f"{t.src} and {t.dst} exchanged {size(t.volume)}.",
                "A test of the path's packet size uses many sizes too, but its replies copy the requests.",
                (f"look on {t.src} for a tunnel program", "let only small echoes through the firewall"),
            ),
            first_ns=t.first_ns,
            last_ns=t.last_ns,
            proto="ICMP",
            filter_display=show(t.src, t.dst, also="icmp"),
            filter_bpf=bpf(t.src, t.dst, also="icmp"),
            confidence=0.9 if len(signs) > 2 else 0.75,
            count=total,
        )


def _take(talk: _Conversation, ask: bool, number: int, length: int, content: bytes) -> None:
    talk.volume += length
    if len(talk.sizes) < 64:
        talk.sizes.add(length)
    if ask:
        talk.requests += 1
        if len(talk.waiting) >= 256:
            talk.waiting.pop(next(iter(talk.waiting)))
        talk.waiting[number] = (length, content)
    else:
        talk.replies += 1
        asked = talk.waiting.pop(number, None)
        if asked is not None:
            talk.matched += 1
            talk.odd += asked[0] != length or asked[1] != content
