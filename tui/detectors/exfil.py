"""Exfiltration: large uploads to one outside host."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tui.core.alert.alerts import SAMPLES, SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.inside import is_local
from tui.detectors.bounded import remember
from tui.detectors.moment import Detector, Moment
from tui.detectors.part import Part
from tui.detectors.tables import groups
from tui.detectors.words import bpf, show, size, span


@dataclass(frozen=True, slots=True)
class ExfilThresholds:
    """Limits of `exfil.volume`: one local host, one outside host."""

    volume_bytes: int = 500_000_000
    """Sent within `volume_window_s`."""
    volume_window_s: int = 3_600
    volume_usual: float = 2.0
    """... or so many times the most that the host sent to one outside host in an hour while a baseline was learned:
    of few hours the highest is all there is of a 99.9 %."""
    volume_ratio: float = 10.0
    """Sent, of received."""


@dataclass(slots=True)
class _Upload:
    """What one host sent to another and got back: by second within the window, in bytes."""

    src: str
    dst: str
    seconds: deque[tuple[int, float, float]] = field(default_factory=lambda: deque(maxlen=3_600))
    up: float = 0.0
    down: float = 0.0
    samples: list[int] = field(default_factory=list)
    told: float = 0.0


LEAST = 50_000
"""Bytes of a second from which on a pair is followed: less than the limit divided by its window."""
PER_SECOND = 256
"""Pairs of a second."""


class Sent(NamedTuple):
    """What one host sent to another in a part of a second."""

    src: str
    dst: str
    bytes: float


def _totals(part: Part) -> Iterable[tuple[int, float]]:
    """(row, bytes) of the pairs that exchange most: the first packet of each in one direction."""
    rows = np.flatnonzero((part.weight > 0) & (part.ip_proto != 0) & (part.length > 0))
    if not len(rows):
        return
    volume = part.weight[rows].astype(np.float64) * part.length[rows]
    first, group, _ = groups(part.src[rows] ^ (part.dst[rows] << np.uint64(1)))
    total = np.bincount(group, volume)
    for g in np.flatnonzero(total >= LEAST)[:PER_SECOND].tolist():
        yield int(rows[first[g]]), float(total[g])


def sent(part: Part) -> Iterable[Sent]:
    """What hosts sent to each other, as far as it is much."""
    for row, total in _totals(part):
        src, dst = part.address(row, source=True), part.address(row, source=False)
        if src and dst:
            yield Sent(src, dst, total)


class ExfilDetector(Detector):
    """`exfil.volume`: a local host sends very much to one outside host, and far more than it gets."""

    rules = ("exfil.volume",)

    def __init__(self, limits: ExfilThresholds) -> None:
        self._limits = limits
        self._pairs: dict[tuple[int, int], _Upload] = {}
        self._now: dict[tuple[int, int], list[float]] = {}
        self._usual: Mapping[str, float] = {}

    def observe(self, part: Part) -> None:
        for row, total in _totals(part):
            key = (int(part.src[row]), int(part.dst[row]))
            src, dst = part.address(row, source=True), part.address(row, source=False)
            if key not in self._pairs and is_local(src) and not is_local(dst):
                remember(self._pairs, key, _Upload(src or "?", dst or "?"))
            for pair, index in ((key, 0), (key[::-1], 1)):
                upload = self._pairs.get(pair)
                if upload is not None:
                    self._now.setdefault(pair, [0.0, 0.0])[index] += total
                    if index == 0 and len(upload.samples) < SAMPLES:
                        upload.samples.append(int(part.number[row]))

    def decide(self, moment: Moment) -> Iterable[Finding]:
        now, self._now = self._now, {}
        self._usual = moment.known.uploads if moment.known else {}
        for pair, (up, down) in now.items():
            upload = self._pairs.get(pair)
            if upload is None:
                continue
            upload.seconds.append((moment.second, up, down))
            upload.up += up
            upload.down += down
            while upload.seconds[0][0] <= moment.second - self._limits.volume_window_s:
                _, old_up, old_down = upload.seconds.popleft()
                upload.up -= old_up
                upload.down -= old_down
            large = upload.up >= max(self._limit(upload), self._limits.volume_ratio * upload.down)
            if large and upload.up >= 1.5 * upload.told:
                upload.told = upload.up
                yield self._finding(upload, moment)

    @property
    def idle(self) -> bool:
        return True

    def near(self) -> Iterable[Near]:
        limits = self._limits
        for u in self._pairs.values():
            share = u.up / limits.volume_ratio / u.down if u.down else 1.0
            held = f"{size(u.down)} came back" if share < 1 else ""
            yield Near("exfil.volume", u.up, self._limit(u), "bytes", f"{u.src} > {u.dst}", held, share)

    def _limit(self, u: _Upload) -> float:
        return max(self._limits.volume_bytes, self._limits.volume_usual * self._usual.get(u.src, 0.0))

    def _finding(self, u: _Upload, moment: Moment) -> Finding:
        limits, limit, usual = self._limits, self._limit(u), self._usual.get(u.src, 0.0)
        past = f" In an hour of the baseline it sent {size(usual)} at most to one outside host." if usual else ""
        return Finding(
            rule="exfil.volume",
            severity=Severity.LOW,
            keys=(("exfil", u.src, u.dst),),
            src=Endpoint(u.src),
            dst=Endpoint(u.dst),
            evidence=Evidence(
                u.up, limit, "bytes", limits.volume_window_s, baseline=usual or None, samples=tuple(u.samples)
            ),
            text=Explanation(
                f"{u.src} sent {size(u.up)} to {u.dst} within {span(limits.volume_window_s)} "
                f"(limit {size(limit)}) and received {size(u.down)}.{past}",
                why="Backups and uploads of videos look the same.",
                next=("if it is a backup, learn it as normal", f"find the program on {u.src} that sends this"),
            ),
            first_ns=u.seconds[0][0] * SECOND_NS,
            last_ns=moment.now_ns,
            filter_display=show(u.src, u.dst),
            filter_bpf=bpf(u.src, u.dst),
            confidence=0.6,
            sampled=moment.sampled,
        )
