"""Port scans: distinct attempts that failed, by pair, port, source and target, gated by the share that failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from tui.core.alert.alerts import Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.columns import address_text
from tui.core.inside import is_local
from tui.core.ipproto import TCP
from tui.detectors.moment import Detector, Moment
from tui.detectors.nearscan import near_scans
from tui.detectors.scanlimits import ScanThresholds
from tui.detectors.scanstate import ScanState
from tui.detectors.tables import I64, Table
from tui.detectors.words import amount, bpf, listed, show, span

MOST_FINDINGS = 64
"""Findings of one kind in a second: those with most failures."""
AGAIN = 1.5
"""A scan is reported again when it has grown so much."""


class ScanDetector(Detector):
    """The five rules of port scans; what counts is distinct (target, port) attempts that failed."""

    rules = ("scan.vertical", "scan.horizontal", "scan.random", "scan.slow_trw", "scan.distributed")

    def __init__(self, limits: ScanThresholds) -> None:
        self._limits = limits
        self.state = ScanState(limits.idle_s, limits.trw_theta)
        self._decoys: dict[int, dict[str, int]] = {}

    def decide(self, moment: Moment) -> Iterable[Finding]:
        self.state.advance(moment.second)
        if not len(moment.results.outcomes):
            return []
        touched = self.state.add(moment.results.outcomes, self._limits.trw_floor)
        if touched is None:
            return []
        return [
            *self._vertical(touched.pairs, moment),
            *self._horizontal(touched.ports),
            *self._sources(touched.sources),
            *self._distributed(touched.targets),
        ]

    def near(self) -> Iterable[Near]:
        return near_scans(self.state, self._limits)

    def _ready(self, table: Table, slots: I64, least: float) -> Iterator[int]:
        """The slots beyond a limit that have grown since they were told, those with most failures first."""
        failed = table["failed"][slots]
        good = (failed >= least) & (failed >= self._limits.ratio * (failed + table["ok"][slots]))
        good &= failed >= AGAIN * table["told"][slots]
        chosen = slots[good]
        order = np.lexsort((table["first_ns"][chosen], -table["failed"][chosen]))
        chosen = chosen[order][:MOST_FINDINGS]
        table["told"][chosen] = table["failed"][chosen]
        yield from chosen.tolist()

    def _vertical(self, slots: I64, moment: Moment) -> Iterator[Finding]:
        table = self.state.pairs
        for slot in self._ready(table, slots, self._limits.vertical_ports):
            entry = _Entry(table, slot)
            source, target = entry.source, entry.peer
            together = self._together(target, source, moment.second)
            keys: list[tuple[object, ...]] = [("scan", source)]
            if len(together) >= self._limits.distributed_sources:
                keys = [("scan.of", target), *(("scan", s) for s in together)]
            answered = f"; {amount(entry.answered)} answered, such as {listed(entry.ports)}" if entry.ports else ""
            what = (
                f"{amount(entry.failed)} of {amount(entry.tried)} {entry.proto} ports failed in {span(entry.seconds)} "
                f"(limit {self._limits.vertical_ports}, ratio {entry.ratio:.2f} >= {self._limits.ratio})"
            )
            if len(keys) > 1:
                what += f"; {len(together)} sources at once, decoys likely"
            yield Finding(
                rule="scan.distributed" if len(keys) > 1 else "scan.vertical",
                severity=Severity.HIGH,
                keys=tuple(keys),
                src=Endpoint(source, spoofable=len(keys) > 1),
                dst=Endpoint(target),
                evidence=entry.evidence(self._limits.vertical_ports, "ports", self._limits.idle_s),
                text=Explanation(
                    what + answered + ".",
                    _who(source),
                    _doubt(entry, decoys=len(keys) > 1),
                    (
                        "is this your scanner? learn it as normal",
                        "check the ports that answered" if entry.ports else "see whether the target answers elsewhere",
                        f"look on {source} for what runs there",
                    ),
                ),
                first_ns=entry.first_ns,
                last_ns=entry.last_ns,
                proto=entry.proto,
                filter_display=show(source, target, also=_refused(entry.proto)),
                filter_bpf=bpf(source, target, also=entry.proto.lower()),
                confidence=0.95 if entry.silent < entry.failed else 0.85,
                sources=max(1, len(together)) if len(keys) > 1 else 1,
                rank=5 if len(keys) > 1 else 4,
                quiet_s=self._limits.idle_s,
            )

    def _together(self, target: str, source: str, second: int) -> list[str]:
        """The sources that began to scan this target within the last `decoy_s`."""
        key = hash(target)
        recent = {s: t for s, t in self._decoys.get(key, {}).items() if second - t <= self._limits.decoy_s}
        recent.setdefault(source, second)
        if key not in self._decoys and len(self._decoys) >= 1_024:
            self._decoys.pop(next(iter(self._decoys)))
        self._decoys[key] = dict(list(recent.items())[-256:])
        return sorted(recent)

    def _horizontal(self, slots: I64) -> Iterator[Finding]:
        table = self.state.ports
        for slot in self._ready(table, slots, self._limits.horizontal_hosts):
            entry = _Entry(table, slot)
            what = (
                f"{amount(entry.failed)} of {amount(entry.tried)} hosts did not open {entry.proto} port {entry.port} "
                f"in {span(entry.seconds)} (limit {self._limits.horizontal_hosts}, ratio {entry.ratio:.2f} >= "
                f"{self._limits.ratio})."
            )
            yield Finding(
                rule="scan.horizontal",
                severity=Severity.HIGH,
                keys=(("scan", entry.source),),
                src=Endpoint(entry.source),
                dst=Endpoint(entry.peer, entry.port),
                evidence=entry.evidence(self._limits.horizontal_hosts, "hosts", self._limits.idle_s),
                text=Explanation(
                    what,
                    _who(entry.source),
                    _doubt(entry),
                    (
                        "is this your scanner or crawler? learn it as normal",
                        f"look on {entry.source} for what runs there: worms spread like this",
                    ),
                ),
                first_ns=entry.first_ns,
                last_ns=entry.last_ns,
                proto=entry.proto,
                filter_display=show(entry.source, also=f"{entry.proto.lower()}.dstport == {entry.port}"),
                filter_bpf=bpf(also=f"src host {entry.source} and {entry.proto.lower()} dst port {entry.port}"),
                confidence=0.95 if entry.silent < entry.failed else 0.85,
                rank=3,
                quiet_s=self._limits.idle_s,
            )

    def _sources(self, slots: I64) -> Iterator[Finding]:
        """A source that fails at many hosts and ports, fast or slowly."""
        table, limits = self.state.sources, self._limits
        firm = table["firm"][slots]
        slow = (table["llr"][slots] >= limits.trw_score) & (firm >= limits.trw_failures)
        wide = firm >= limits.random_attempts
        for slot in self._ready(table, slots[slow | wide], limits.trw_failures):
            entry = _Entry(table, slot)
            failed = float(table["firm"][slot])
            if failed >= limits.ratio * (failed + entry.ok):
                yield self._of_source(entry, failed, float(table["llr"][slot]), self._like_peers(slot))

    def _like_peers(self, slot: int) -> bool:
        """Whether the failures of a source are at different, high ports of different hosts."""
        table = self.state.sources
        most = self._limits.peer_share * table["firm"][slot]
        return bool(table["high"][slot] >= most and table["distinct"][slot] >= most)

    def _of_source(self, entry: _Entry, failed: float, walk: float, peers: bool) -> Finding:
        """`failed`: services that failed for sure; `walk`: how far the random walk has come."""
        limits = self._limits
        many = failed >= limits.random_attempts
        limit = limits.random_attempts if many else limits.trw_failures
        tried = failed + entry.ok
        what = (
            f"{amount(failed)} of {amount(tried)} different services failed "
            f"in {span(entry.seconds)} (limit {limit}, ratio {failed / tried:.2f} >= {limits.ratio})"
        )
        if not many:
            what += f"; random walk at {walk:.1f} (limit {limits.trw_score})"
        severity = Severity.INFO if peers else Severity.HIGH if many else Severity.LOW
        doubt = "Different high ports of different hosts: peer-to-peer programs look like this." if peers else ""
        return Finding(
            rule="scan.random" if many else "scan.slow_trw",
            severity=severity,
            keys=(("scan", entry.source),),
            src=Endpoint(entry.source),
            dst=Endpoint(entry.peer),
            evidence=entry.evidence(limit, "services", limits.idle_s),
            text=Explanation(
                what + ".",
                _who(entry.source),
                doubt or _doubt(entry),
                ("is this your scanner or poller? learn it as normal", f"look on {entry.source} for what runs there"),
            ),
            first_ns=entry.first_ns,
            last_ns=entry.last_ns,
            proto=entry.proto,
            filter_display=show(entry.source, also="tcp.flags.syn == 1 || tcp.flags.reset == 1 || icmp"),
            filter_bpf=bpf(entry.source),
            confidence=0.8 if many else 0.7,
            rank=2 if many else 1,
            quiet_s=limits.idle_s,
        )

    def _distributed(self, slots: I64) -> Iterator[Finding]:
        """Many ports of one target, shared among sources that each stay below the limit."""
        table, limits = self.state.targets, self._limits
        shared = (table["several"][slots] >= limits.distributed_sources) & (
            table["largest"][slots] < limits.distributed_share * table["failed"][slots]
        )
        for slot in self._ready(table, slots[shared], limits.distributed_ports):
            entry = _Entry(table, slot)
            pairs = self.state.pairs
            own = np.flatnonzero(
                (pairs["target"] == table["target"][slot]) & (pairs.keys != 0) & (pairs["failed"] >= 3)
            )
            sources = sorted({_Entry(pairs, int(p)).source for p in own[:256]})
            if len(sources) < limits.distributed_sources:
                continue
            target = entry.source
            yield Finding(
                rule="scan.distributed",
                severity=Severity.HIGH,
                keys=(("scan.of", target), *(("scan", s) for s in sources)),
                src=Endpoint(sources[0], spoofable=True),
                dst=Endpoint(target),
                evidence=entry.evidence(limits.distributed_ports, "ports", limits.idle_s),
                text=Explanation(
                    f"{amount(entry.failed)} different ports failed for {len(sources)} sources "
                    f"in {span(entry.seconds)} (limit {limits.distributed_ports} ports, "
                    f"{limits.distributed_sources} sources).",
                    f"{listed(sources, 6)}.",
                    "Some of the sources may be forged (decoys).",
                    ("look for what the sources have in common", "check the ports of the target that answer"),
                ),
                first_ns=entry.first_ns,
                last_ns=entry.last_ns,
                proto=entry.proto,
                filter_display=show(target, also="tcp.flags.reset == 1 || icmp"),
                filter_bpf=bpf(target),
                confidence=0.85,
                sources=len(sources),
                rank=5,
                quiet_s=limits.idle_s,
            )


class _Entry:
    """One slot of a table of counts, in words."""

    def __init__(self, table: Table, slot: int) -> None:
        self.failed = float(table["failed"][slot])
        self.ok = float(table["ok"][slot])
        self.answered = float(table["answered"][slot])
        self.silent = float(table["silent"][slot])
        self.first_ns = int(table["first_ns"][slot])
        self.last_ns = int(table["last_ns"][slot])
        kind = int(table["kind"][slot])
        self.source = address_text(kind, int(table["hi"][slot]), int(table["lo"][slot])) or "?"
        self.peer = address_text(kind, int(table["peer_hi"][slot]), int(table["peer_lo"][slot])) or "?"
        self.proto = "TCP" if int(table["proto"][slot]) == TCP else "UDP"
        self.port = int(table["port"][slot])
        self.ports = sorted(int(p) for p in np.asarray(table["ports"][slot]).tolist() if p)
        self.samples = tuple(int(s) - 1 for s in np.asarray(table["samples"][slot]).tolist() if s)
        self.tried = self.failed + self.ok
        self.ratio = self.failed / self.tried if self.tried else 0.0
        self.seconds = max(0, self.last_ns - self.first_ns) / 1e9

    def evidence(self, limit: float, unit: str, window_s: float) -> Evidence:
        return Evidence(self.failed, limit, unit, window_s, self.ratio, samples=self.samples)


def _who(source: str) -> str:
    return "A host of a private network." if is_local(source) else "A host in the internet."


def _doubt(entry: _Entry, decoys: bool = False) -> str:
    if decoys:
        return "All sources but one may be forged; only one of them needs to see the answers."
    if entry.silent >= entry.failed:
        return (
            "No attempt was answered at all: dead hosts, a filter, or a capture that sees one direction look the same."
        )
    return ""


def _refused(proto: str) -> str:
    return "(tcp.flags.reset == 1 || tcp.flags.syn == 1)" if proto == "TCP" else "(udp || icmp)"
