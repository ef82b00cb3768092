"""Exfiltration: large uploads to one outside host."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from tui.core.alert.alerts import SAMPLES, SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.detectors.bounded import remember
from tui.detectors.moment import Detector, Moment
from tui.detectors.part import Part
from tui.detectors.tables import groups
from tui.detectors.words import bpf, is_local, show, size, span


@dataclass(frozen=True, slots=True)
class ExfilThresholds:
    volume_bytes: int = 500_000_000
    volume_window_s: int = 3_600
    volume_ratio: float = 10.0
    """Sent, of received."""


@dataclass(slots=True)
class _Upload:
    src: str
    dst: str
    seconds: deque[tuple[int, float, float]] = field(default_factory=lambda: deque(maxlen=3_600))
    up: float = 0.0
    down: float = 0.0
    samples: list[int] = field(default_factory=list)
    told: float = 0.0


class ExfilDetector(Detector):
    rules = ("exfil.volume",)
    LEAST = 50_000
    """Bytes of a second from which on a pair is followed: less than the limit divided by its window."""

    def __init__(self, limits: ExfilThresholds) -> None:
        self._limits = limits
        self._pairs: dict[tuple[int, int], _Upload] = {}
        self._now: dict[tuple[int, int], list[float]] = {}

    def observe(self, part: Part) -> None:
        rows = np.flatnonzero((part.weight > 0) & (part.ip_proto != 0) & (part.length > 0))
        if not len(rows):
            return
        volume = part.weight[rows].astype(np.float64) * part.length[rows]
        first, group, _ = groups(part.src[rows] ^ (part.dst[rows] << np.uint64(1)))
        total = np.bincount(group, volume)
        for g in np.flatnonzero(total >= self.LEAST)[:256].tolist():
            row = int(rows[first[g]])
            key = (int(part.src[row]), int(part.dst[row]))
            src, dst = part.address(row, source=True), part.address(row, source=False)
            if key not in self._pairs and is_local(src) and not is_local(dst):
                remember(self._pairs, key, _Upload(src or "?", dst or "?"))
            for pair, index in ((key, 0), (key[::-1], 1)):
                upload = self._pairs.get(pair)
                if upload is not None:
                    self._now.setdefault(pair, [0.0, 0.0])[index] += float(total[g])
                    if index == 0 and len(upload.samples) < SAMPLES:
                        upload.samples.append(int(part.number[row]))

    def decide(self, moment: Moment) -> Iterable[Finding]:
        now, self._now = self._now, {}
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
            limits = self._limits
            large = upload.up >= limits.volume_bytes and upload.up >= limits.volume_ratio * upload.down
            if large and upload.up >= 1.5 * upload.told:
                upload.told = upload.up
                yield self._finding(upload, moment)

    def near(self) -> Iterable[Near]:
        limits = self._limits
        for u in self._pairs.values():
            share = u.up / limits.volume_ratio / u.down if u.down else 1.0
            held = f"{size(u.down)} came back" if share < 1 else ""
            yield Near("exfil.volume", u.up, limits.volume_bytes, "bytes", f"{u.src} > {u.dst}", held, share)

    def _finding(self, u: _Upload, moment: Moment) -> Finding:
        limits = self._limits
        return Finding(
            rule="exfil.volume",
            severity=Severity.LOW,
            keys=(("exfil", u.src, u.dst),),
            src=Endpoint(u.src),
            dst=Endpoint(u.dst),
            evidence=Evidence(u.up, limits.volume_bytes, "bytes", limits.volume_window_s, samples=tuple(u.samples)),
            text=Explanation(
                f"{u.src} sent {size(u.up)} to {u.dst} within {span(limits.volume_window_s)} "
                f"(limit {size(limits.volume_bytes)}) and received {size(u.down)}.",
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
