"""Packet sizes that leave their usual range: histograms of lengths, and lengths that are seldom needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.alerts import SAMPLES, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.columns import Mark
from tui.core.ipproto import ICMP, UDP
from tui.detectors.bounded import remember
from tui.detectors.moment import Detector, Moment
from tui.detectors.part import Part
from tui.detectors.tables import groups
from tui.detectors.words import amount, bpf, show

SERVICES = 256
BUCKETS = 8


@dataclass(frozen=True, slots=True)
class SizeThresholds:
    """Limits of `size.irregular`."""

    irregular_packets: int = 500
    """Packets of a histogram that is compared."""
    irregular_distance: float = 0.3
    """Jensen-Shannon distance of the lengths to what they were before."""
    irregular_icmp_bytes: int = 1_000
    """An ICMP packet is longer than this, in bytes on the wire."""
    irregular_query_bytes: int = 512
    """A DNS query is longer than this (RFC 1035, section 4.2.1)."""
    irregular_fragment_bytes: int = 256
    """A fragment that is not the last one is shorter than this."""
    irregular_odd: int = 5
    """Packets of odd size in one second."""


@dataclass(slots=True)
class _Lengths:
    """Histograms of the lengths of packets to one host by one protocol, in BUCKETS powers of two."""

    address: str
    proto: int
    usual: NDArray[np.float64] = field(default_factory=lambda: np.zeros(BUCKETS))
    now: NDArray[np.float64] = field(default_factory=lambda: np.zeros(BUCKETS))
    samples: list[int] = field(default_factory=list)
    last_ns: int = 0


class SizeDetector(Detector):
    """`size.irregular`: lengths unlike those before, large ICMP packets or DNS queries, tiny fragments."""

    rules = ("size.irregular",)

    def __init__(self, limits: SizeThresholds) -> None:
        self._limits = limits
        self._nearest: dict[str, Near] = {}
        self._services: dict[int, _Lengths] = {}
        self._odd: dict[str, list[tuple[int, int, str, str]]] = {}

    def observe(self, part: Part) -> None:
        self._absolute(part)
        rows = np.flatnonzero((part.weight > 0) & (part.ip_proto != 0))
        if not len(rows):
            return
        bucket = np.clip(np.log2(np.maximum(part.length[rows], 1)).astype(np.int64) - 5, 0, BUCKETS - 1)
        _, group, count = groups(part.dst[rows] + part.ip_proto[rows])
        for g in np.argsort(-count, kind="stable")[:32].tolist():
            mine = rows[group == g]
            row = int(mine[0])
            key = int(part.dst[row]) ^ int(part.ip_proto[row])
            if key not in self._services:
                if count[g] < 20:
                    continue
                if len(self._services) >= SERVICES:
                    self._services.pop(next(iter(self._services)))
                address = part.address(row, source=False) or "?"
                self._services[key] = _Lengths(address, int(part.ip_proto[row]))
            lengths = self._services[key]
            lengths.now += np.bincount(bucket[group == g], part.weight[mine], BUCKETS)
            lengths.last_ns = int(part.time_ns[mine[-1]])
            lengths.samples.extend(part.number[mine][: SAMPLES - len(lengths.samples)].tolist())

    def _absolute(self, part: Part) -> None:
        limits = self._limits
        icmp = (part.ip_proto == ICMP) & (part.length > limits.irregular_icmp_bytes)
        query = (part.ip_proto == UDP) & (part.dport == 53) & (part.payload_len > limits.irregular_query_bytes)
        small = ((part.marks & Mark.MORE_FRAGMENTS) != 0) & (part.length < limits.irregular_fragment_bytes)
        for name, mask in (("ICMP packets", icmp), ("DNS queries", query), ("fragments", small)):
            for row in np.flatnonzero(mask)[:64].tolist():
                ends = part.address(row, source=True) or "?", part.address(row, source=False) or "?"
                self._odd.setdefault(name, []).append((int(part.time_ns[row]), int(part.number[row]), *ends))

    def decide(self, moment: Moment) -> Iterable[Finding]:
        odd, self._odd = self._odd, {}
        for name, packets in odd.items():
            if len(packets) >= self._limits.irregular_odd:
                time_ns, _, src, dst = packets[0]
                what = f"{amount(len(packets))} {name} of a size that is seldom needed, in one second."
                samples = tuple(p[1] for p in packets[:SAMPLES])
                evidence = Evidence(len(packets), self._limits.irregular_odd, "packets", 1.0, samples=samples)
                yield self._finding(src, dst, what, evidence, time_ns, ("size.odd", name, src, dst))
        for lengths in self._services.values():
            total = float(lengths.now.sum())
            if total < self._limits.irregular_packets:
                continue
            if lengths.usual.sum() >= self._limits.irregular_packets:
                distance = jensen_shannon(lengths.now, lengths.usual)
                self._note(lengths.address, distance)
                if distance > self._limits.irregular_distance:
                    what = (
                        f"The lengths of {amount(total)} packets to {lengths.address} are not what they were: "
                        f"distance {distance:.2f}."
                    )
                    evidence = Evidence(
                        distance, self._limits.irregular_distance, "distance", samples=tuple(lengths.samples)
                    )
                    key = ("size", lengths.address, lengths.proto)
                    yield self._finding(None, lengths.address, what, evidence, lengths.last_ns, key)
            lengths.usual = 0.9 * lengths.usual + lengths.now
            lengths.now = np.zeros(BUCKETS)
            lengths.samples.clear()

    def _note(self, address: str, distance: float) -> None:
        near = Near("size.irregular", distance, self._limits.irregular_distance, "distance", address)
        remember(self._nearest, address, near, SERVICES)

    @property
    def idle(self) -> bool:
        return True

    def near(self) -> Iterable[Near]:
        """As it was when each was compared last."""
        return tuple(self._nearest.values())

    def _finding(
        self, src: str | None, dst: str, what: str, evidence: Evidence, time_ns: int, key: tuple[object, ...]
    ) -> Finding:
        return Finding(
            rule="size.irregular",
            severity=Severity.INFO,
            keys=(key,),
            src=Endpoint(src) if src else Endpoint(name="many"),
            dst=Endpoint(dst),
            evidence=evidence,
            text=Explanation(
                what,
                why="By itself this is only a hint: tests of the path and new services do this.",
                next=("see whether another alert names these hosts",),
            ),
            first_ns=time_ns,
            last_ns=time_ns,
            filter_display=show(src, dst),
            filter_bpf=bpf(src, dst),
            confidence=0.3,
        )


def jensen_shannon(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Distance of two histograms, 0 to 1 (square root of the divergence in bits)."""
    p, q = one / one.sum(), other / other.sum()
    middle = (p + q) / 2

    def against(x: NDArray[np.float64]) -> float:
        some = x > 0
        return float((x[some] * np.log2(x[some] / middle[some])).sum())

    return float(np.sqrt(max(0.0, (against(p) + against(q)) / 2)))
