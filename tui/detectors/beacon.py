"""Beacons: contacts at regular intervals to one outside service, scored as RITA does."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.alerts import SAMPLES, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.columns import AddressKind, address_text
from tui.detectors.moment import CLOSEST, Detector, Moment
from tui.detectors.outcomes import Connections
from tui.detectors.tables import I64
from tui.detectors.words import amount, bpf, show, size, span

TRIPLES = 4_096
STARTS = 64
MOST = 4_096
"""Contacts of a second that are looked at."""


@dataclass(frozen=True, slots=True)
class BeaconThresholds:
    """Limits of `beacon`: one client, one server, one port."""

    contacts: int = 20
    """Contacts from which on intervals are judged."""
    score: float = 0.9
    """Mean of how symmetric and how narrow the intervals are spread (RITA)."""
    variation: float = 0.3
    """Standard deviation of the intervals divided by their mean must be below this."""
    size_raise: float = 0.05
    """What contacts that all send the same number of bytes add to the score; others less."""
    least_s: float = 1.0
    """Faster contacts are a busy program, not a beacon."""
    prevalence: int = 3
    """A service that so many hosts contact regularly is an ordinary one."""
    usual_ports: tuple[int, ...] = (53, 123, 853)


@dataclass(slots=True)
class _Triple:
    """Contacts of one client with one port of one server: the last STARTS, as (time in ns, packet number)."""

    client: str
    server: str
    port: int
    starts: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=STARTS))
    sizes: deque[int] = field(default_factory=lambda: deque(maxlen=STARTS))
    """Bytes that the client sent, of contacts that have ended."""
    told: int = 0
    total: int = 0


class BeaconDetector(Detector):
    """`beacon`: TCP connections from one host to one outside service that begin at regular intervals."""

    rules = ("beacon",)

    def __init__(self, limits: BeaconThresholds) -> None:
        self._limits = limits
        self._triples: dict[tuple[int, int, int], _Triple] = {}
        self._clients: dict[tuple[int, int], set[int]] = {}
        self._usual = np.zeros(65_536, np.bool_)
        self._usual[list(limits.usual_ports)] = True

    def decide(self, moment: Moment) -> Iterable[Finding]:
        self._note_sizes(moment.results.ends)
        c = moment.results.starts
        if not len(c):
            return []
        found = []
        for key in self._take(c):
            triple = self._triples.get(key)
            if triple is None or len(triple.starts) < self._limits.contacts or triple.total < 2 * triple.told:
                continue
            users = len(self._clients.get(key[1:], ()))
            known = moment.known and f"{triple.client} {triple.server}:{triple.port}/TCP" in moment.known.contacts
            if users >= self._limits.prevalence or known or moment.learning:
                continue
            finding = self._judge(triple)
            if finding:
                triple.told = triple.total
                found.append(finding)
        return found

    @property
    def idle(self) -> bool:
        return True

    def near(self) -> Iterable[Near]:
        limits = self._limits
        for t in heapq.nlargest(4 * CLOSEST, self._triples.values(), key=lambda t: len(t.starts)):
            gaps = np.diff(np.array([s for s, _ in t.starts], np.float64)) / 1e9
            regular = self._score(t, gaps) / limits.score if len(gaps) else 0.0
            held = f"regularity {regular * limits.score:.2f} of {limits.score}" if regular < 1 else ""
            whose = f"{t.client} > {t.server} port {t.port}"
            yield Near("beacon", len(t.starts), limits.contacts, "contacts", whose, held, regular)

    def _take(self, c: Connections) -> list[tuple[int, int, int]]:
        touched: dict[tuple[int, int, int], None] = {}
        rows = self._outside(c)
        keys = zip(c.client[rows].tolist(), c.server[rows].tolist(), c.sport[rows].tolist(), strict=True)
        starts = zip(c.start_ns[rows].tolist(), c.number[rows].tolist(), strict=True)
        for i, key, start in zip(rows.tolist(), keys, starts, strict=True):
            triple = self._triples.pop(key, None)
            if triple is None:
                kind = int(c.kind[i])
                client = address_text(kind, int(c.client_hi[i]), int(c.client_lo[i])) or "?"
                server = address_text(kind, int(c.server_hi[i]), int(c.server_lo[i])) or "?"
                triple = _Triple(client, server, key[2])
                if len(self._triples) >= TRIPLES:
                    least = min(list(self._triples)[:64], key=lambda k: len(self._triples[k].starts))
                    del self._triples[least]
            self._triples[key] = triple  # the newest last
            triple.starts.append(start)
            triple.total += 1
            if key[1:] not in self._clients and len(self._clients) >= TRIPLES:
                self._clients.pop(next(iter(self._clients)))
            users = self._clients.setdefault(key[1:], set())
            if len(users) < 64:
                users.add(key[0])
            touched[key] = None
        return list(touched)

    def _note_sizes(self, ended: Connections) -> None:
        """What the contacts that have ended had sent."""
        if not self._triples:
            return
        rows = self._outside(ended)
        keys = zip(ended.client[rows].tolist(), ended.server[rows].tolist(), ended.sport[rows].tolist(), strict=True)
        for key, sent in zip(keys, ended.sent[rows].tolist(), strict=True):
            if key in self._triples:
                self._triples[key].sizes.append(sent)

    def _score(self, t: _Triple, gaps: NDArray[np.float64]) -> float:
        """How regular the intervals are; sizes that repeat make up for a little jitter."""
        return min(1.0, regularity(gaps) + self._limits.size_raise * sameness(t.sizes, len(t.starts)))

    def _outside(self, c: Connections) -> I64:
        """The contacts of unusual services outside the client's /24 (IPv4) or /64 (IPv6), the usual size of a LAN."""
        near = (c.kind == AddressKind.IPV4) & (c.client_lo >> np.uint64(8) == c.server_lo >> np.uint64(8))
        near |= (c.kind == AddressKind.IPV6) & (c.client_hi == c.server_hi)
        rows = np.flatnonzero(~near & ~self._usual[c.sport])
        return rows[np.argsort(c.number[rows])[:MOST]]

    def _judge(self, t: _Triple) -> Finding | None:
        limits = self._limits
        gaps = np.diff(np.array([s for s, _ in t.starts], np.float64)) / 1e9
        middle, mean = float(np.median(gaps)), float(gaps.mean())
        if middle < limits.least_s:
            return None
        variation = float(gaps.std()) / mean if mean else 1.0
        score = self._score(t, gaps)
        if score < limits.score or variation >= limits.variation:
            return None
        return Finding(
            rule="beacon",
            severity=Severity.LOW,
            keys=(("beacon", t.client, t.server, t.port),),
            src=Endpoint(t.client),
            dst=Endpoint(t.server, t.port),
            evidence=Evidence(
                score, limits.score, "regularity", float(gaps.sum()), samples=tuple(n for _, n in t.starts)[:SAMPLES]
            ),
            text=Explanation(
                f"{amount(t.total)} contacts, one every {span(middle)}: regularity {score:.2f} (limit {limits.score}), "
                f"variation {variation:.2f} (limit {limits.variation}).{_sizes(t.sizes)}",
                f"Only {t.client} contacts {t.server} port {t.port} like this.",
                "Updates, monitoring and synchronisation are regular too.",
                (
                    f"find the program on {t.client} that does this",
                    f"look up who runs {t.server}",
                    "if it is known, learn it as normal",
                ),
            ),
            first_ns=t.starts[0][0],
            last_ns=t.starts[-1][0],
            proto="TCP",
            filter_display=show(t.client, t.server, also=f"tcp.dstport == {t.port} && tcp.flags.syn == 1"),
            filter_bpf=bpf(t.client, t.server, also=f"tcp port {t.port}"),
            confidence=0.6 + 0.2 * sameness(t.sizes, len(t.starts)),
            quiet_s=3_600,
        )


def sameness(sizes: Sequence[int], contacts: int) -> float:
    """How alike the contacts are in what they send, 0 to 1 (RITA's narrowness of sizes); 0 while too few have ended."""
    if len(sizes) < 3 or 2 * len(sizes) < contacts:
        return 0.0
    each = np.array(sizes, np.float64)
    middle = float(np.median(each))
    if middle <= 0:
        return 0.0
    return max(0.0, 1.0 - float(np.median(np.abs(each - middle))) / middle) * float(np.mean(each == middle))


def _sizes(sizes: Sequence[int]) -> str:
    if not sizes:
        return ""
    often, times = Counter(sizes).most_common(1)[0]
    if 2 * times > len(sizes):
        return f" {times} of {len(sizes)} sent the same amount, {size(often)}."
    return f" They sent {size(min(sizes))} to {size(max(sizes))}."


def regularity(gaps: np.ndarray) -> float:
    """(skew score + MAD score) / 2 of intervals in seconds: 1 is a clock (RITA, analysis/beacons.go)."""
    low, middle, high = (float(x) for x in np.percentile(gaps, (25, 50, 75)))
    spread = high - low
    # RITA counts whole seconds, so the skew of a narrow spread is none: of few contacts it is chance
    wide = spread > max(1.0, 0.3 * middle)
    skew = 1.0 - abs((low + high - 2 * middle) / spread) if wide else 1.0
    deviation = float(np.median(np.abs(gaps - middle)))
    return (skew + max(0.0, 1.0 - deviation / middle)) / 2 if middle > 0 else 0.0
