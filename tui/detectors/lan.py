"""The local network: floods of MAC addresses, and 802.11 deauthentication."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tui.core.alert.alerts import SAMPLES, SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.detectors.moment import Detector, Moment
from tui.detectors.part import Part, mac_text
from tui.detectors.words import amount

_LOCAL = np.uint64(1 << 41)
"""The bit of a MAC address that says: not given by a maker."""
_DEAUTH = (0xC0, 0xA0)
_BROADCAST = 0xFFFFFFFFFFFF
STATIONS = 1_024
"""Base stations that are followed."""


@dataclass(frozen=True, slots=True)
class MacThresholds:
    """Limits of `mac.flood`, of the whole link."""

    flood_addresses: int = 500
    """New source MACs in `flood_window_s`."""
    flood_window_s: int = 10
    flood_local: float = 0.15
    """Random addresses have the "locally administered" bit as often as not; cards of makers do not."""


class MacDetector(Detector):
    """`mac.flood`: so many new source MAC addresses, many of them random, that a switch's table fills up."""

    rules = ("mac.flood",)

    def __init__(self, limits: MacThresholds) -> None:
        self._limits = limits
        self._seconds: deque[tuple[int, int, int]] = deque()
        self._new = self._local = 0
        self._samples: list[int] = []

    def observe(self, part: Part) -> None:
        rows = np.flatnonzero(part.new_mac)
        if len(rows):
            self._new += len(rows)
            self._local += int(np.count_nonzero(part.src_mac[rows] & _LOCAL))
            self._samples.extend(part.number[rows][: SAMPLES - len(self._samples)].tolist())

    @property
    def idle(self) -> bool:
        return not self._seconds

    def near(self) -> Iterable[Near]:
        total, local = sum(s[1] for s in self._seconds), sum(s[2] for s in self._seconds)
        share = local / total / self._limits.flood_local if total else 0.0
        held = "given by makers" if share < 1 else ""
        yield Near("mac.flood", total, self._limits.flood_addresses, "new MACs", "the local network", held, share)

    def decide(self, moment: Moment) -> Iterable[Finding]:
        if self._new:
            self._seconds.append((moment.second, self._new, self._local))
        while self._seconds and self._seconds[0][0] <= moment.second - self._limits.flood_window_s:
            self._seconds.popleft()
        new, self._new, self._local = self._new, 0, 0
        samples, self._samples = tuple(self._samples), []
        total = sum(s[1] for s in self._seconds)
        local = sum(s[2] for s in self._seconds)
        limit = self._limits.flood_addresses
        if not new or total < limit or local < self._limits.flood_local * total or moment.learning:
            return []
        return [
            Finding(
                rule="mac.flood",
                severity=Severity.CRITICAL,
                keys=(("mac.flood",),),
                src=Endpoint(name=f"{total} MAC addresses", spoofable=True),
                dst=Endpoint(name="the local network"),
                evidence=Evidence(total, limit, "new MAC addresses", self._limits.flood_window_s, samples=samples),
                text=Explanation(
                    f"{amount(total)} new source MAC addresses in {self._limits.flood_window_s} s (limit {limit}).",
                    "The addresses are random: the sender is behind one switch port.",
                    "A switch whose table is full sends every frame to every port.",
                    ("find the switch port that learns these addresses", "switch port security on"),
                ),
                first_ns=self._seconds[0][0] * SECOND_NS,
                last_ns=moment.now_ns,
                proto="Ethernet",
                filter_display="eth.src.lg == 1",
                filter_bpf="ether[6] & 2 != 0",
                count=new,
                sources=total,
                quiet_s=60,
            )
        ]


@dataclass(frozen=True, slots=True)
class WifiThresholds:
    """Limits of `wifi.deauth`, of one access point."""

    deauth_frames: int = 30
    """Frames in `deauth_window_s`, whoever they are for."""
    deauth_broadcast: int = 10
    """The same, of those for all stations."""
    deauth_window_s: int = 10


class WifiDetector(Detector):
    """`wifi.deauth`: 802.11 deauthentication or disassociation frames in numbers that no access point needs."""

    rules = ("wifi.deauth",)

    def __init__(self, limits: WifiThresholds) -> None:
        self._limits = limits
        self._frames: dict[int, deque[tuple[int, int, bool]]] = {}

    def observe(self, part: Part) -> None:
        rows = np.flatnonzero((part.linktype != 1) & np.isin(part.head[:, 0], _DEAUTH) & (part.ip_proto == 0))
        for row in rows[:4_096].tolist():
            head = part.head[row].tobytes()
            receiver, station = int.from_bytes(head[4:10], "big"), int.from_bytes(head[16:22], "big")
            if station not in self._frames and len(self._frames) >= STATIONS:
                self._frames.pop(next(iter(self._frames)))
            kept = self._frames.setdefault(station, deque(maxlen=4_096))
            kept.append((int(part.time_ns[row]), int(part.number[row]), receiver == _BROADCAST))

    @property
    def idle(self) -> bool:
        return not self._frames

    def near(self) -> Iterable[Near]:
        for station, frames in self._frames.items():
            yield Near("wifi.deauth", len(frames), self._limits.deauth_frames, "frames", mac_text(station) or "?")

    def decide(self, moment: Moment) -> Iterable[Finding]:
        found = []
        for station, frames in list(self._frames.items()):
            while frames and frames[0][0] < moment.now_ns - self._limits.deauth_window_s * SECOND_NS:
                frames.popleft()
            if not frames:
                del self._frames[station]
                continue
            to_all = sum(f[2] for f in frames)
            fresh = frames[-1][0] >= moment.second * SECOND_NS
            if fresh and (len(frames) >= self._limits.deauth_frames or to_all >= self._limits.deauth_broadcast):
                found.append(self._finding(station, frames, to_all))
        return found

    def _finding(self, station: int, frames: deque[tuple[int, int, bool]], to_all: int) -> Finding:
        limits, bssid = self._limits, mac_text(station) or "?"
        return Finding(
            rule="wifi.deauth",
            severity=Severity.HIGH,
            keys=(("wifi.deauth", bssid),),
            src=Endpoint(mac=bssid, spoofable=True),
            dst=Endpoint(name="all stations" if to_all else "stations"),
            evidence=Evidence(
                len(frames), limits.deauth_frames, "frames", limits.deauth_window_s,
                samples=tuple(f[1] for f in list(frames)[:SAMPLES]),
            ),
            text=Explanation(
                f"{amount(len(frames))} deauthentication frames for {bssid} in {limits.deauth_window_s} s (limit "
                f"{limits.deauth_frames}), {amount(to_all)} of them to all stations (limit {limits.deauth_broadcast}).",
                "The sender's address is easily forged: it names the base station, not the attacker.",
                "An access point that restarts sends a few.",
                ("switch protected management frames (802.11w) on", "look for a sender near by"),
            ),
            first_ns=frames[0][0],
            last_ns=frames[-1][0],
            proto="802.11",
            filter_display="wlan",
            filter_bpf=f"wlan host {bssid} and (type mgt subtype deauth or type mgt subtype disassoc)",
            count=len(frames),
            quiet_s=60,
        )  # fmt: skip
