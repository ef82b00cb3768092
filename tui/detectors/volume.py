"""Volume that leaves its usual range, of the whole link and of its busiest hosts: robust statistics of bins."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.alerts import SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.baseline import BIN_S, PROVISIONAL_BINS
from tui.detectors.moment import Detector, Moment
from tui.detectors.part import Part
from tui.detectors.tables import Groups
from tui.detectors.words import amount, bpf, listed, show, size

HISTORY = 360
"""Bins kept: half an hour."""
RENEWED = 6
"""Bins for which the usual range is good, half a minute: a median of 360 bins costs more than all else here."""
HOSTS = 64
"""Hosts with a history of their own: the busiest."""
CANDIDATES = 1_024
"""Hosts whose bytes are added up within a bin."""
LEAST_BYTES = 1_000
"""Of a host in a part of a second: less makes no host one of the busiest."""
MERGED = 8
"""Hosts whose own hints become part of what the link tells."""
LINK = "the interface"


@dataclass(frozen=True, slots=True)
class VolumeThresholds:
    """Limits of `volume.rise` and `volume.fall`."""

    least_bytes: int = 1_000_000 // 8
    """Bytes/s from which on a link is busy, 1 Mb/s; on a quiet one any download is a rise."""
    least_packets: int = 50
    """The same in packets/s."""
    rise_z: float = 6.0
    """Robust standard deviations (MAD) of the logarithm above its median."""
    rise_factor: float = 3.0
    """... and so many times the median."""
    fall_z: float = 6.0
    """As for a rise."""
    fall_factor: float = 3.0
    fall_silent: float = 0.01
    """Less than this share of the usual is silence: the capture or the link may be down."""
    bins: int = 2
    """So many bins in a row."""


@dataclass(slots=True)
class _Measure:
    """Bins of one rate, and what is usual of it."""

    unit: str
    whose: str = LINK
    now: float = 0.0
    history: deque[float] = field(default_factory=lambda: deque(maxlen=HISTORY))
    high: int = 0
    low: int = 0
    middle: float = 0.0
    spread: float = 0.0
    known: int = 0
    """Bins since median and spread were computed."""
    rate: float = 0.0
    z: float = 0.0
    """Of the last bin."""

    @property
    def usual(self) -> float:
        return float(np.expm1(self.middle))

    def close(self, limits: VolumeThresholds) -> bool:
        """End a bin; whether it is far from what is usual for so many bins in a row."""
        self.rate, self.now = self.now / BIN_S, 0.0
        value = float(np.log1p(self.rate))
        if len(self.history) < PROVISIONAL_BINS:
            self.history.append(value)
            return False
        if self.known % RENEWED == 0:
            past = np.array(self.history)
            self.middle = _median(past)
            # the spread of a constant rate is not zero: a tenth of a natural logarithm is noise
            self.spread = max(1.4826 * _median(np.abs(past - self.middle)), 0.1)
        self.known += 1
        middle, spread = self.middle, self.spread
        self.z = (value - middle) / spread
        self.history.append(min(max(value, middle - 3 * spread), middle + 3 * spread))
        up = self.z > limits.rise_z and self.rate > limits.rise_factor * self.usual
        down = self.z < -limits.fall_z and self.rate < self.usual / limits.fall_factor
        self.high, self.low = (self.high + 1 if up else 0), (self.low + 1 if down else 0)
        return max(self.high, self.low) >= limits.bins


class VolumeDetector(Detector):
    """`volume.rise`, `volume.fall`: the link and its busiest hosts, in bins of BIN_S seconds, against their median."""

    rules = ("volume.rise", "volume.fall")

    def __init__(self, limits: VolumeThresholds) -> None:
        self._limits = limits
        self._measures = (_Measure("bytes/s"), _Measure("packets/s"))
        self._bin: int | None = None
        self._hosts: dict[int, _Measure] = {}
        self._candidates: dict[int, tuple[float, str]] = {}
        self._lost: deque[int] = deque([0], maxlen=limits.bins + 1)
        """Packets that the capture had dropped by the end of each of the last bins."""

    def observe(self, part: Part) -> None:
        """Add up what each host sends and receives, as far as its packets are looked at."""
        rows = np.flatnonzero((part.weight > 0) & (part.ip_proto != 0))
        if not len(rows):
            return
        volume = part.weight[rows].astype(np.float64) * part.length[rows]
        of = Groups.of(np.concatenate([part.src[rows], part.dst[rows]]))
        total = np.add.reduceat(np.concatenate([volume, volume])[of.order], of.starts)
        much = np.flatnonzero(total >= LEAST_BYTES)
        for g in much[np.argsort(-total[much], kind="stable")][: 2 * HOSTS].tolist():
            at = int(of.order[of.starts[g]])
            row, source = int(rows[at % len(rows)]), at < len(rows)
            key = int((part.src if source else part.dst)[row])
            if key in self._hosts:
                self._hosts[key].now += float(total[g])
            elif key in self._candidates or len(self._candidates) < CANDIDATES:
                before, text = self._candidates.get(key, (0.0, ""))
                self._candidates[key] = before + float(total[g]), text or _address(part, row, source)

    def decide(self, moment: Moment) -> Iterable[Finding]:
        found: list[Finding] = []
        number = moment.second // BIN_S
        if self._bin is None:
            self._bin = number
            self._lost.append(moment.link.lost if moment.link else 0)
        if self._bin < number:
            self._lost.append(moment.link.lost if moment.link else 0)
        while self._bin < number and not moment.ended:
            found.extend(self._close(moment, (self._bin + 1) * BIN_S * SECOND_NS))
            # a long silence fills the history once, then nothing new can be said
            self._bin = max(self._bin + 1, number - HISTORY)
        self._measures[0].now += moment.bytes
        self._measures[1].now += moment.packets
        return found

    def near(self) -> Iterable[Near]:
        """Of the last bin."""
        limits = self._limits
        for m in (*self._measures, *self._hosts.values()):
            rise, usual = m.z > 0, max(m.usual, 1e-9)
            limit, factor = (limits.rise_z, limits.rise_factor) if rise else (limits.fall_z, limits.fall_factor)
            times = (m.rate / usual if rise else usual / max(m.rate, 1e-9)) if m.known else 0.0
            held = f"{m.rate / usual:.1f} times the usual" if times < factor else ""
            yield Near("volume.rise" if rise else "volume.fall", abs(m.z), limit, "deviations", m.whose, held,
                       times / factor)  # fmt: skip

    def _close(self, moment: Moment, end_ns: int) -> Iterator[Finding]:
        far = [m for m in self._measures if m.close(self._limits)]
        changed = sorted((m for m in self._hosts.values() if m.close(self._limits)), key=lambda m: -abs(m.z))
        if moment.link and moment.link.down and any(m.z < 0 for m in (*far, *changed)):
            # the interface says so itself: no fall of what is sent, and no alert for each host
            if far and not moment.learning:
                yield _down(moment, end_ns)
        elif not moment.learning:
            for m in far:
                yield self._finding(m, moment, end_ns, [h for h in changed if (h.z > 0) == (m.z > 0)])
            # what the whole link tells is told once
            if not far:
                yield from (self._finding(m, moment, end_ns, []) for m in changed if self._busy(m))
        self._admit()

    def _admit(self) -> None:
        """Hosts that were busier than the least busy of those followed take its place."""
        new, self._candidates = self._candidates, {}
        for key, (total, text) in heapq.nlargest(HOSTS, new.items(), key=lambda c: c[1][0]):
            if len(self._hosts) >= HOSTS:
                least = min(self._hosts, key=lambda k: (self._hosts[k].usual, self._hosts[k].rate))
                if max(self._hosts[least].usual, self._hosts[least].rate) >= total / BIN_S:
                    return
                del self._hosts[least]
            self._hosts[key] = _Measure("bytes/s", text)

    def _busy(self, m: _Measure) -> bool:
        return m.usual >= (self._limits.least_packets if m.unit == "packets/s" else self._limits.least_bytes)

    def _finding(self, m: _Measure, moment: Moment, end_ns: int, hosts: list[_Measure]) -> Finding:
        rule = "volume.rise" if m.z > 0 else "volume.fall"
        limits, link = self._limits, m.whose == LINK
        silent = m.z < 0 and m.rate < limits.fall_silent * m.usual
        lost = self._lost[-1] - self._lost[0] if m.z < 0 else 0
        severity = Severity.INFO
        # one host comes and goes: only the whole link is more than a hint
        if link and moment.known is not None and self._busy(m):
            severity = Severity.HIGH if silent and not lost else Severity.LOW
        limit = limits.rise_z if m.z > 0 else limits.fall_z
        end = Endpoint(name=LINK) if link else Endpoint(m.whose)
        return Finding(
            rule=rule,
            severity=severity,
            keys=(((rule,),) if link else ()) + tuple((rule, h.whose) for h in (hosts[:MERGED] if link else [m])),
            src=end,
            dst=end if link else Endpoint(name="all its peers"),
            evidence=Evidence(abs(m.z), limit, "deviations", BIN_S * limits.bins, baseline=m.usual),
            text=Explanation(
                f"{amount(m.rate)} {m.unit} where {amount(m.usual)} are usual: {abs(m.z):.1f} robust deviations "
                f"(limit {limit}).",
                _made_by(hosts) if link else f"All that {m.whose} sends and receives.",
                _doubt(silent and link, moment.link is not None, lost),
                ("see which talkers changed",) if link else ("see what it talks to now",),
            ),
            first_ns=end_ns - BIN_S * limits.bins * SECOND_NS,
            last_ns=end_ns,
            filter_display="frame" if link else show(m.whose),
            filter_bpf="" if link else bpf(m.whose),
            confidence=0.7 if severity > Severity.INFO else 0.4,
            quiet_s=60,
        )  # fmt: skip


def _doubt(silent: bool, asked: bool, lost: int) -> str:
    """What else it may be."""
    if lost:
        return f"The capture itself fell behind: {lost:,} packets were dropped meanwhile, and are not in this figure."
    if silent and not asked:
        return "The link or the capture may be down: look at its state and its loss."
    if silent:
        return "The link is up and nothing was dropped, as far as the interface tells: look at the network beyond it."
    return "Backups and downloads change the volume too."


def _down(moment: Moment, end_ns: int) -> Finding:
    return Finding(
        rule="nettui.link",
        severity=Severity.LOW,
        keys=(("link",),),
        src=Endpoint(name=LINK),
        dst=Endpoint(name=LINK),
        evidence=Evidence(1, 1, "links down", BIN_S),
        text=Explanation(
            "The interface has no carrier, or is gone: nothing can arrive, whatever is sent.",
            next=("look at cable and switch port", "ip link shows its state"),
        ),
        first_ns=end_ns - BIN_S * SECOND_NS,
        last_ns=end_ns,
        filter_display="frame",
        quiet_s=60,
    )


def _median(values: NDArray[np.float64]) -> float:
    """`np.median`, which takes four times as long on so few."""
    values = np.sort(values)
    half = len(values) // 2
    return float(values[half]) if len(values) % 2 else float((values[half - 1] + values[half]) / 2)


def _made_by(hosts: list[_Measure]) -> str:
    """Which hosts changed most."""
    if not hosts:
        return ""
    return f"Most at {listed((f'{h.whose} ({size(h.rate)}/s, usually {size(h.usual)}/s)' for h in hosts), 3)}."


def _address(part: Part, row: int, source: bool) -> str:
    return part.address(row, source) or "?"
