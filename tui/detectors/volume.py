"""Volume and packet sizes that leave their usual range: robust statistics of bins, histograms of lengths."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.core.alerts import SAMPLES, SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.baseline import BIN_S, PROVISIONAL_BINS
from tui.core.columns import Mark
from tui.detectors.moment import Detector, Moment
from tui.detectors.part import Part
from tui.detectors.select import ICMP, UDP
from tui.detectors.tables import groups
from tui.detectors.words import amount, bpf, show

HISTORY = 360
"""Bins kept: half an hour."""
RENEWED = 6
"""Bins for which the usual range is good, half a minute: a median of 360 bins costs more than all else here."""
SERVICES = 256
BUCKETS = 8


@dataclass(frozen=True, slots=True)
class VolumeThresholds:
    least_bytes: int = 1_000_000 // 8
    """Bytes/s from which on a link is busy, 1 Mb/s; on a quiet one any download is a rise."""
    least_packets: int = 50
    """The same in packets/s."""
    rise_z: float = 6.0
    """Robust standard deviations of the logarithm."""
    rise_factor: float = 3.0
    fall_z: float = 6.0
    fall_factor: float = 3.0
    fall_silent: float = 0.01
    """Less than this share of the usual is silence: the capture or the link may be down."""
    bins: int = 2
    """In a row."""


@dataclass(slots=True)
class _Measure:
    unit: str
    now: float = 0.0
    history: deque[float] = field(default_factory=lambda: deque(maxlen=HISTORY))
    high: int = 0
    low: int = 0
    middle: float = 0.0
    spread: float = 0.0
    known: int = 0
    """Bins since median and spread were computed."""


class VolumeDetector(Detector):
    rules = ("volume.rise", "volume.fall")

    def __init__(self, limits: VolumeThresholds) -> None:
        self._limits = limits
        self._measures = (_Measure("bytes/s"), _Measure("packets/s"))
        self._bin: int | None = None

    def decide(self, moment: Moment) -> Iterable[Finding]:
        found: list[Finding] = []
        number = moment.second // BIN_S
        if self._bin is None:
            self._bin = number
        while self._bin < number and not moment.ended:
            for measure in self._measures:
                finding = self._close(measure, moment, (self._bin + 1) * BIN_S * SECOND_NS)
                found.extend([finding] if finding else [])
            # a long silence fills the history once, then nothing new can be said
            self._bin = max(self._bin + 1, number - HISTORY)
        self._measures[0].now += moment.bytes
        self._measures[1].now += moment.packets
        return found

    def _close(self, m: _Measure, moment: Moment, end_ns: int) -> Finding | None:
        rate, m.now = m.now / BIN_S, 0.0
        value = float(np.log1p(rate))
        if len(m.history) < PROVISIONAL_BINS:
            m.history.append(value)
            return None
        if m.known % RENEWED == 0:
            past = np.array(m.history)
            m.middle = float(np.median(past))
            # the spread of a constant rate is not zero: a tenth of a natural logarithm is noise
            m.spread = max(1.4826 * float(np.median(np.abs(past - m.middle))), 0.1)
        m.known += 1
        middle, spread = m.middle, m.spread
        usual, z = float(np.expm1(middle)), (value - middle) / spread
        m.history.append(min(max(value, middle - 3 * spread), middle + 3 * spread))
        limits = self._limits
        up = z > limits.rise_z and rate > limits.rise_factor * usual
        down = z < -limits.fall_z and rate < usual / limits.fall_factor
        m.high, m.low = (m.high + 1 if up else 0), (m.low + 1 if down else 0)
        if moment.learning or max(m.high, m.low) < limits.bins:
            return None
        busy = usual >= (limits.least_bytes if m.unit == "bytes/s" else limits.least_packets)
        return self._finding(m, rate, usual, z, moment, end_ns, busy)

    def _finding(
        self, m: _Measure, rate: float, usual: float, z: float, moment: Moment, end_ns: int, busy: bool
    ) -> Finding:
        rule = "volume.rise" if z > 0 else "volume.fall"
        silent = z < 0 and rate < self._limits.fall_silent * usual
        severity = Severity.INFO if moment.known is None or not busy else Severity.HIGH if silent else Severity.LOW
        limit = self._limits.rise_z if z > 0 else self._limits.fall_z
        return Finding(
            rule=rule,
            severity=severity,
            keys=((rule,),),
            src=Endpoint(name="the interface"),
            dst=Endpoint(name="the interface"),
            evidence=Evidence(abs(z), limit, "deviations", BIN_S * self._limits.bins, baseline=usual),
            text=Explanation(
                f"{amount(rate)} {m.unit} where {amount(usual)} are usual: {abs(z):.1f} robust deviations "
                f"(limit {limit}).",
                why="The link or the capture may be down: look at its state and its loss." if silent else
                "Backups and downloads change the volume too.",
                next=("see which talkers changed",),
            ),
            first_ns=end_ns - BIN_S * self._limits.bins * SECOND_NS,
            last_ns=end_ns,
            filter_display="frame",
            filter_bpf="",
            confidence=0.7 if severity > Severity.INFO else 0.4,
            quiet_s=60,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SizeThresholds:
    irregular_packets: int = 500
    irregular_distance: float = 0.3
    """Jensen-Shannon distance of the lengths to what they were before."""
    irregular_icmp_bytes: int = 1_000
    irregular_query_bytes: int = 512
    irregular_fragment_bytes: int = 256
    irregular_odd: int = 5
    """Packets of odd size in one second."""


@dataclass(slots=True)
class _Lengths:
    address: str
    proto: int
    usual: NDArray[np.float64] = field(default_factory=lambda: np.zeros(BUCKETS))
    now: NDArray[np.float64] = field(default_factory=lambda: np.zeros(BUCKETS))
    samples: list[int] = field(default_factory=list)
    last_ns: int = 0


class SizeDetector(Detector):
    rules = ("size.irregular",)

    def __init__(self, limits: SizeThresholds) -> None:
        self._limits = limits
        self._services: dict[int, _Lengths] = {}
        self._odd: dict[str, list[tuple[int, int, str, str]]] = {}

    def observe(self, part: Part) -> None:
        self._absolute(part)
        rows = np.flatnonzero((part.weight > 0) & (part.ip_proto != 0))
        if not len(rows):
            return
        bucket = np.clip(np.log2(np.maximum(part.length[rows], 1)).astype(np.int64) - 5, 0, BUCKETS - 1)
        first, group, count = groups(part.dst[rows] + part.ip_proto[rows])
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
        del first

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
