"""TCP flags that no program sets: NULL, FIN without ACK, SYN with FIN or RST; and openings to oneself (LAND)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from tui.core.alert.alerts import SAMPLES, SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.columns import Mark
from tui.core.ipproto import TCP
from tui.detectors.attempts import ACK, FIN, RST, SYN
from tui.detectors.moment import Detector, Moment
from tui.detectors.part import Part
from tui.detectors.tables import groups
from tui.detectors.words import amount, bpf, listed, show

SOURCES = 1_024


@dataclass(frozen=True, slots=True)
class TcpThresholds:
    """Limits of `tcp.illegal_flags`, of one source."""

    illegal_flags_packets: int = 5
    """Segments in `illegal_flags_window_s`."""
    illegal_flags_window_s: int = 60


@dataclass(slots=True)
class _Source:
    """Illegal segments of one source: for each second the times of the first and the last (ns), and how many."""

    address: str
    target: str = ""
    port: int = 0
    seconds: deque[tuple[int, int, int]] = field(default_factory=lambda: deque(maxlen=64))
    kinds: set[str] = field(default_factory=set)
    samples: list[int] = field(default_factory=list)
    told: int = 0


class FlagsDetector(Detector):
    """`tcp.illegal_flags`: combinations of flags that no program sends (RFC 9293, section 3.1), and LAND."""

    rules = ("tcp.illegal_flags",)

    def __init__(self, limits: TcpThresholds) -> None:
        self._limits = limits
        self._sources: dict[int, _Source] = {}
        self._land: list[tuple[str, int, int, int]] = []
        self._selves = False

    def observe(self, part: Part) -> None:
        tcp = (part.ip_proto == TCP) & (part.tuple != 0) & ((part.marks & Mark.MALFORMED) == 0)
        if not tcp.any():
            return
        flags = part.tcp_flags & 0x3F
        bad = tcp & (
            ((flags & (SYN | FIN)) == SYN | FIN)
            | ((flags & (SYN | RST)) == SYN | RST)
            | ((flags & (FIN | ACK | RST)) == FIN)
            | ((flags & (FIN | SYN | RST | ACK)) == 0)
        )
        rows = np.flatnonzero(bad)
        if len(rows):
            self._count(part, rows, flags)
        self._itself(part, tcp & (part.src == part.dst) & (part.sport == part.dport), flags)

    def _count(self, part: Part, rows: np.ndarray, flags: np.ndarray) -> None:
        _, group, count = groups(part.src[rows])
        for g in np.argsort(-count, kind="stable")[:256].tolist():
            mine = rows[group == g]
            key = int(part.src[mine[0]])
            if key not in self._sources:
                if len(self._sources) >= SOURCES:
                    self._sources.pop(next(iter(self._sources)))
                self._sources[key] = _Source(part.address(int(mine[0]), source=True) or "?")
            source = self._sources[key]
            source.target = part.address(int(mine[0]), source=False) or "?"
            source.port = int(part.dport[mine[0]])
            source.seconds.append((int(part.time_ns[mine[0]]), int(part.time_ns[mine[-1]]), len(mine)))
            source.kinds.update(_name(int(f)) for f in np.unique(flags[mine]).tolist())
            source.samples.extend(part.number[mine][: SAMPLES - len(source.samples)].tolist())

    def _itself(self, part: Part, own: np.ndarray, flags: np.ndarray) -> None:
        """LAND: a SYN from a host to itself. Anonymised traces have other packets of that kind as well."""
        rows = np.flatnonzero(own)
        if not len(rows):
            return
        openings = rows[(flags[rows] & (SYN | ACK)) == SYN]
        self._selves |= len(openings) < len(rows)
        for row in openings[:SAMPLES].tolist():
            address = part.address(row, source=True) or "?"
            if not address.startswith("127.") and address != "::1" and len(self._land) < SAMPLES:
                self._land.append((address, int(part.dport[row]), int(part.time_ns[row]), int(part.number[row])))

    @property
    def idle(self) -> bool:
        return not self._sources

    def near(self) -> Iterable[Near]:
        limit = self._limits.illegal_flags_packets
        for source in self._sources.values():
            yield Near("tcp.illegal_flags", sum(s[2] for s in source.seconds), limit, "packets", source.address)

    def decide(self, moment: Moment) -> Iterable[Finding]:
        edge = moment.now_ns - self._limits.illegal_flags_window_s * SECOND_NS
        for key, source in list(self._sources.items()):
            while source.seconds and source.seconds[0][1] < edge:
                source.seconds.popleft()
            if not source.seconds:
                del self._sources[key]
                continue
            total = sum(s[2] for s in source.seconds)
            if total >= max(self._limits.illegal_flags_packets, 1.5 * source.told):
                source.told = total
                yield self._finding(source, total)
        land, self._land = self._land, []
        if land and not self._selves:
            yield self._landed(land)

    def _finding(self, s: _Source, total: int) -> Finding:
        limit = self._limits.illegal_flags_packets
        return Finding(
            rule="tcp.illegal_flags",
            severity=Severity.LOW,
            keys=(("scan", s.address),),
            src=Endpoint(s.address, spoofable=True),
            dst=Endpoint(s.target, s.port),
            evidence=Evidence(total, limit, "packets", self._limits.illegal_flags_window_s, samples=tuple(s.samples)),
            text=Explanation(
                f"{amount(total)} segments with {listed(sorted(s.kinds), 4)} in "
                f"{self._limits.illegal_flags_window_s} s (limit {limit}).",
                f"{s.address}; such segments are sent by scanners that hide, or to tell an operating system.",
                "A broken middlebox or a faulty mirror port sends a few.",
                (f"look on {s.address} for nmap or hping3",),
            ),
            first_ns=s.seconds[0][0],
            last_ns=s.seconds[-1][1],
            proto="TCP",
            filter_display=show(s.address, also="(tcp.flags & 0x17) in {0x00, 0x01, 0x03, 0x06}"),
            filter_bpf=bpf(also=f"src host {s.address} and (tcp[13] & 3 = 3 or tcp[13] & 6 = 6 or tcp[13] & 22 = 0)"),
            confidence=0.85,
            count=s.seconds[-1][2],
            quiet_s=120,
        )

    def _landed(self, land: list[tuple[str, int, int, int]]) -> Finding:
        address, port, time_ns, _ = land[0]
        return Finding(
            rule="tcp.illegal_flags",
            severity=Severity.HIGH,
            keys=(("land", address),),
            src=Endpoint(address, port, spoofable=True),
            dst=Endpoint(address, port),
            evidence=Evidence(len(land), 1, "packets", samples=tuple(n for *_, n in land)),
            text=Explanation(
                f"{len(land)} openings of port {port} from {address} to itself (LAND).",
                "The sender's address is forged.",
                "Anonymised captures can map two hosts to one address.",
                ("drop packets from outside that carry an inside source",),
            ),
            first_ns=time_ns,
            last_ns=land[-1][2],
            proto="TCP",
            filter_display=f"ip.src == {address} && ip.dst == {address}",
            filter_bpf=f"src {address} and dst {address}",
            confidence=0.8,
            quiet_s=120,
        )


def _name(flags: int) -> str:
    names = [n for bit, n in ((1, "FIN"), (2, "SYN"), (4, "RST"), (8, "PSH"), (16, "ACK"), (32, "URG")) if flags & bit]
    return "+".join(names) or "no flags"
