"""Floods of ICMP, UDP, ACK and RST: packets per second to one host that does not answer, or never asked."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.alerts import SAMPLES, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.columns import AddressKind, Mark
from tui.core.ipproto import ICMP, ICMPV6, TCP, UDP
from tui.detectors.attempts import ACK, FIN, RST, SYN, Attempts
from tui.detectors.entries import State
from tui.detectors.moment import CLOSEST, Detector, Moment
from tui.detectors.part import Part, Why
from tui.detectors.synflood import FloodThresholds
from tui.detectors.tables import I64, Groups
from tui.detectors.words import amount, bpf, family

TARGETS = 512
"""Hosts followed for each kind of flood."""
STREAM_BYTES = 500
"""A one-way stream with one source, one port and such a mean size is media or a test, up to STREAM_RATE a second."""
STREAM_RATE = 20_000
_DISPLAY = {
    "flood.icmp": "(icmp.type == 8 || icmp.type == 0 || icmpv6.type == 128)",
    "flood.udp": "udp",
    "flood.ack": "tcp.flags == 0x010",
    "flood.rst": "tcp.flags.reset == 1",
}
_BPF = {"flood.icmp": "icmp or icmp6", "flood.udp": "udp", "flood.ack": "tcp[13] = 16", "flood.rst": "tcp[13] & 4 != 0"}
_UNIT = {"flood.icmp": "echoes", "flood.udp": "datagrams", "flood.ack": "stray ACKs", "flood.rst": "stray RSTs"}


@dataclass(slots=True)
class _Target:
    """Packets of one kind to one host, in the second at hand, and how long it has been flooded."""

    address: str
    key: int
    packets: float = 0.0
    bytes: float = 0.0
    back: float = 0.0
    sources: set[int] = field(default_factory=set)
    tuples: set[int] = field(default_factory=set)
    one_source: str = ""
    one_port: int = 0
    samples: list[int] = field(default_factory=list)
    first_ns: int = 0
    last_ns: int = 0
    seconds: int = 0
    peak: float = 0.0
    peak_sources: int = 0
    talking: bool = False


class FloodDetector(Detector):
    """`flood.icmp`, `.udp`, `.ack`, `.rst`: more packets per second to one host than the limit, hardly any answered."""

    rules = ("flood.icmp", "flood.udp", "flood.ack", "flood.rst")

    def __init__(self, limits: FloodThresholds, attempts: Attempts) -> None:
        self._limits = limits
        self._attempts = attempts
        self._rates = {
            "flood.icmp": limits.icmp_rate,
            "flood.udp": limits.udp_rate,
            "flood.ack": limits.ack_rate,
            "flood.rst": limits.rst_rate,
        }
        self._targets: dict[tuple[str, int], _Target] = {}
        self._nearest: tuple[Near, ...] = ()

    def observe(self, part: Part) -> None:
        proto, weight = part.ip_proto, part.weight.astype(np.float64)
        icmp = (proto == ICMP) | (proto == ICMPV6)
        if icmp.any():
            kind = part.code >> 8
            echo = icmp & np.where(proto == ICMP, (kind == 8) | (kind == 0), (kind == 128) | (kind == 129))
            asked = echo & ((kind == 8) | (kind == 128))
            self._add("flood.icmp", part, np.flatnonzero(asked | (echo & ~self._answers(part, asked))), weight)
        udp = (proto == UDP) & ~_group(part) & ((part.marks & Mark.LATER_FRAGMENT) == 0)
        if udp.any():
            self._add("flood.udp", part, np.flatnonzero(udp), weight)
            self._back("flood.udp", part, np.flatnonzero(udp), weight)
        tcp = (proto == TCP) & (part.tuple != 0)
        new = tcp & ((part.why & Why.NEW) != 0)
        if new.any():
            self._stray(part, new, weight)

    def _answers(self, part: Part, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Packets between hosts of which one has asked the other."""
        pair = part.src + part.dst
        return np.isin(pair, pair[asked])

    def _stray(self, part: Part, new: NDArray[np.bool_], weight: NDArray[np.float64]) -> None:
        """Segments of connections that nobody opened."""
        flags = part.tcp_flags & 0x3F
        ack = np.flatnonzero(new & ((flags & (SYN | FIN | RST | ACK)) == ACK) & (part.payload_len == 0))
        if len(ack):
            slots = self._attempts.table.find(part.tuple[ack])
            unknown = (slots < 0) | (self._attempts.table["state"][slots] == State.BARE)
            ack = ack[unknown]
            # a conversation that began before the capture is heard from both sides
            others = np.flatnonzero((part.ip_proto == TCP) & ((flags & RST) == 0))
            two_way = others[np.isin(part.tuple[others], part.tuple[ack])]
            sides, count = np.unique(
                np.unique(np.stack([part.tuple[two_way], part.src[two_way]]), axis=1)[0], return_counts=True
            )
            ack = ack[~np.isin(part.tuple[ack], sides[count > 1])]
            self._add("flood.ack", part, ack, np.ones(len(part)))
        # the answer to a SYN for a closed port carries ACK and sequence number 0: backscatter, not a flood
        rst = np.flatnonzero(new & ((flags & RST) != 0) & ~(((flags & ACK) != 0) & (part.seq == 0)))
        if len(rst):
            rst = rst[self._attempts.table.find(part.tuple[rst]) < 0]
            self._add("flood.rst", part, rst, np.ones(len(part)))

    def _add(self, rule: str, part: Part, rows: I64, weight: NDArray[np.float64]) -> None:
        rows = rows[weight[rows] > 0]
        if not len(rows):
            return
        of = Groups.of(part.dst[rows])
        rows = rows[of.order]
        total = np.add.reduceat(weight[rows], of.starts)
        size = np.add.reduceat(weight[rows] * part.length[rows], of.starts)
        least = self._rates[rule] / 8
        for g in np.flatnonzero(total >= least)[:TARGETS].tolist():
            mine = rows[of.starts[g] : of.stops[g]]
            row = int(mine[0])
            target = self._target(rule, part, row)
            if target is None:
                continue
            target.packets += float(total[g])
            target.bytes += float(size[g])
            target.last_ns = int(part.time_ns[mine].max())
            target.sources.update(np.unique(part.src[mine])[: max(0, 4_096 - len(target.sources))].tolist())
            target.tuples.update(np.unique(part.tuple[mine])[: max(0, 64 - len(target.tuples))].tolist())
            target.one_source = part.address(row, source=True) or "?"
            target.one_port = int(part.dport[row])
            target.samples.extend(part.number[mine][: SAMPLES - len(target.samples)].tolist())

    def _target(self, rule: str, part: Part, row: int) -> _Target | None:
        key = (rule, int(part.dst[row]))
        if key not in self._targets:
            if len(self._targets) >= TARGETS * 4:
                return None
            address = part.address(row, source=False) or "?"
            self._targets[key] = _Target(address, key[1], first_ns=int(part.time_ns[row]))
        return self._targets[key]

    def _back(self, rule: str, part: Part, rows: I64, weight: NDArray[np.float64]) -> None:
        """What the hosts that are followed have sent themselves."""
        for (name, key), target in self._targets.items():
            if name == rule:
                mine = rows[part.src[rows] == np.uint64(key)]
                target.back += float(weight[mine].sum())

    @property
    def idle(self) -> bool:
        return not self._targets

    def near(self) -> Iterable[Near]:
        """Of the last second."""
        return self._nearest

    def _measure(self, rule: str, target: _Target) -> Near:
        held = "" if self._one_way(rule, target) else "answered"
        return Near(rule, target.packets, self._rates[rule], f"{_UNIT[rule]}/s", target.address, held, 0.5)

    def decide(self, moment: Moment) -> Iterable[Finding]:
        found = []
        fullest = heapq.nlargest(CLOSEST, self._targets.items(), key=lambda t: t[1].packets)
        self._nearest = tuple(self._measure(key[0], target) for key, target in fullest if target.packets)
        for key, target in list(self._targets.items()):
            rule, limit = key[0], self._rates[key[0]]
            if target.packets >= limit and self._one_way(rule, target):
                target.seconds += 1
                if target.packets > target.peak:
                    target.peak, target.peak_sources = target.packets, len(target.sources)
                lasting = target.seconds >= self._limits.seconds or target.packets >= self._limits.burst * limit
                if lasting and not (rule == "flood.ack" and moment.age_s <= 1):
                    found.append(self._finding(rule, target, moment))
            elif moment.ended and target.seconds and _brief(target, moment) and target.peak >= 2 * limit:
                found.append(self._finding(rule, target, moment))
            elif moment.now_ns - target.last_ns > 10 * 10**9 or not target.seconds:
                del self._targets[key]
                continue
            target.packets = target.bytes = target.back = 0.0
            target.sources, target.tuples, target.samples = set(), set(), []
        return found

    def _one_way(self, rule: str, target: _Target) -> bool:
        if rule != "flood.udp":
            return True
        if target.back >= self._limits.answered * target.packets:
            return False
        return len(target.sources) > 1 or not self._connected(target)

    def _connected(self, target: _Target) -> bool:
        """The two hosts also have a TCP connection open: a measurement (iperf3) or a call, not a flood."""
        table, (source,) = self._attempts.table, target.sources
        live = table["state"] == State.OPEN
        ends = (table["client"] == np.uint64(source)) & (table["server"] == np.uint64(target.key))
        ends |= (table["server"] == np.uint64(source)) & (table["client"] == np.uint64(target.key))
        return bool(np.any(live & ends))

    def _finding(self, rule: str, t: _Target, moment: Moment) -> Finding:
        limit = self._rates[rule]
        many = t.peak_sources > 1
        rate = max(t.packets, t.peak)
        severity, doubt = Severity.HIGH, "The source addresses may be forged."
        mean = t.bytes / t.packets if t.packets else 0.0
        if rule == "flood.udp" and len(t.tuples) == 1 and mean >= STREAM_BYTES and rate < STREAM_RATE:
            severity, doubt = (
                Severity.INFO,
                "One source, one port, large packets: a media stream or a measurement looks like this.",
            )
        origin = f"{amount(t.peak_sources)} sources in one second" if many else f"one source, {t.one_source}"
        fam = family(t.address)
        return Finding(
            rule=rule,
            severity=severity,
            keys=((rule, t.address),),
            src=Endpoint(name="many") if many else Endpoint(t.one_source, spoofable=True),
            dst=Endpoint(t.address, t.one_port if rule != "flood.icmp" and len(t.tuples) == 1 else None),
            evidence=Evidence(rate, limit, f"{_UNIT[rule]}/s", 1.0, samples=tuple(t.samples)),
            text=Explanation(
                f"{amount(rate)} {_UNIT[rule]}/s to {t.address} (limit {limit}), for {t.seconds} s.",
                origin + ".",
                doubt,
                ("is this a measurement of yours?", "limit this traffic upstream: the link itself may be full"),
            ),
            first_ns=t.first_ns,
            last_ns=t.last_ns,
            proto=rule.removeprefix("flood.").upper() if rule in ("flood.icmp", "flood.udp") else "TCP",
            filter_display=f"{fam}.dst == {t.address} && {_DISPLAY[rule]}",
            filter_bpf=bpf(also=f"dst host {t.address} and ({_BPF[rule]})"),
            confidence=0.85,
            count=int(t.packets),
            sources=max(t.peak_sources, 1),
            sampled=moment.sampled,
            hold_s=0,
            quiet_s=60,
        )


def _brief(target: _Target, moment: Moment) -> bool:
    return target.last_ns - moment.first_ns < 2 * 10**9


def _group(part: Part) -> NDArray[np.bool_]:
    """Sent to a group, or to all."""
    four = (part.kind == AddressKind.IPV4) & ((part.dst_lo >> np.uint64(28) == 0xE) | (part.dst_lo == 0xFFFFFFFF))
    six = (part.kind == AddressKind.IPV6) & (part.dst_hi >> np.uint64(56) == 0xFF)
    return np.asarray(four | six | ((part.dst_mac >> np.uint64(40)) & np.uint64(1) == 1))
