"""SYN floods: many openings of one service, or of one host, of which few complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.alerts import SAMPLES, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.ipproto import TCP
from tui.detectors.attempts import ACK, FIN, RST, SYN
from tui.detectors.batch import ported
from tui.detectors.moment import Detector, Moment
from tui.detectors.part import Part, Why
from tui.detectors.tables import I64, U64, SeenTable, groups
from tui.detectors.words import amount, bpf, family

FORGOTTEN_S = 10
"""A service that was not flooded for so long begins anew."""
SERVICES = 1_024
"""Services of one second that are followed; those with most openings."""


@dataclass(frozen=True, slots=True)
class FloodThresholds:
    """Limits of `flood.*`: packets per second to one host; SYN: openings per second of one service."""

    syn_rate: int = 100
    """Openings per second of one service."""
    syn_learned: float = 5.0
    """... or so many times the most connections that the service completed in a second while a baseline was learned."""
    syn_completed: float = 0.2
    """Floods complete a smaller share of their handshakes."""
    seconds: int = 2
    """Seconds in a row; one is enough at `burst` times the rate, or where the capture itself is shorter."""
    burst: float = 5.0
    icmp_rate: int = 500
    udp_rate: int = 1_000
    ack_rate: int = 300
    rst_rate: int = 200
    answered: float = 0.1
    """A flood is answered by a smaller share of packets than this: what is answered is a conversation."""


@dataclass(slots=True)
class _Service:
    """Openings of one service in the second at hand, and how long it has been flooded."""

    address: str
    port: int
    limit: float = 0.0
    """Openings/s that are too many for this one."""
    learned: float = 0.0
    """Connections/s that it is known to complete; 0 where nothing is known."""
    syns: int = 0
    completed: int = 0
    answers: int = 0
    sources: set[int] = field(default_factory=set)
    one_source: str = ""
    samples: list[int] = field(default_factory=list)
    first_ns: int = 0
    last_ns: int = 0
    seconds: int = 0
    last_second: int = 0
    total: int = 0
    peak: int = 0
    most_sources: int = 0
    began_ns: int = 0
    answered_ever: bool = False
    interface: int = 0


class SynFlood(Detector):
    """`flood.syn`. Also tells the tracker which openings not to charge to their sources."""

    rules = ("flood.syn",)

    def __init__(self, limits: FloodThresholds) -> None:
        self._limits = limits
        self._services: dict[int, _Service] = {}
        self._seen = SeenTable(20)
        self._nearest: tuple[Near, ...] = ()
        self._known: Mapping[str, float] = {}

    def screen(self, part: Part) -> NDArray[np.bool_]:
        """Count openings and completions; True for openings of services that are being flooded."""
        uncharged = np.zeros(len(part), np.bool_)
        tcp = (part.ip_proto == TCP) & (part.tuple != 0)
        if not tcp.any():
            return uncharged
        flags = part.tcp_flags & 0x3F
        kinds = flags & (SYN | ACK | RST | FIN)
        service = part.dst + ported(part.dport)
        syn = np.flatnonzero(tcp & (kinds == SYN))
        if len(syn):
            self._openings(part, syn, service)
        if not self._services:
            return uncharged
        known = np.fromiter(self._services, np.uint64, len(self._services))
        known.sort()
        done = np.flatnonzero(tcp & ((kinds & (SYN | RST)) == 0) & ((part.why & (Why.OPENING | Why.NEW)) != 0))
        self._count(known, service, part.tuple, done, "completed")
        answer = np.flatnonzero(tcp & (kinds == SYN | ACK))
        self._count(known, part.src + ported(part.sport), part.tuple, answer, "answers")
        flooded = [key for key, s in self._services.items() if self._bad(s)]
        if flooded and len(syn):
            uncharged[syn] = np.isin(service[syn], np.array(flooded, np.uint64))
        return uncharged

    def decide(self, moment: Moment) -> Iterable[Finding]:
        self._seen.advance(moment.second)
        known = moment.known.openings if moment.known else {}
        if known is not self._known:
            self._known = known
            for service in self._services.values():
                self._set_limit(service)
        self._nearest = tuple(self._measure(s) for s in self._services.values() if s.syns)
        found = []
        for key, service in list(self._services.items()):
            if self._bad(service):
                service.seconds = service.seconds + 1 if moment.second - service.last_second == 1 else 1
                service.total += service.syns
                service.peak = max(service.peak, service.syns)
                service.most_sources = max(service.most_sources, len(service.sources))
                service.last_second = moment.second
                if self._lasting(service, moment):
                    found.append(self._finding(service, moment))
            elif service.seconds and moment.ended and self._short(service, moment):
                found.append(self._finding(service, moment))
            elif moment.second - service.last_second > FORGOTTEN_S or not service.seconds:
                del self._services[key]
                continue
            service.syns = service.completed = service.answers = 0
            service.sources = set()
            service.samples = []
        return found

    @property
    def idle(self) -> bool:
        return not self._services

    def near(self) -> Iterable[Near]:
        """Of the last second."""
        return self._nearest

    def _measure(self, s: _Service) -> Near:
        done = s.completed / s.syns
        share = self._limits.syn_completed / done if done else float("inf")
        held = f"{done:.0%} completed" if share <= 1 else ""
        return Near("flood.syn", s.syns, s.limit, "SYN/s", f"{s.address} port {s.port}", held, share)

    def _set_limit(self, service: _Service) -> None:
        service.learned = self._known.get(f"{service.address}:{service.port}/TCP", 0.0)
        service.limit = max(self._limits.syn_rate, self._limits.syn_learned * service.learned)

    def _bad(self, service: _Service) -> bool:
        few = service.completed < self._limits.syn_completed * service.syns
        return service.syns >= service.limit and few

    def _lasting(self, service: _Service, moment: Moment) -> bool:
        many = service.syns >= self._limits.burst * service.limit
        # a crowd completes, if not at once then in part; so many strangers of whom not one does are forged
        forged = len(service.sources) >= service.limit and not service.completed
        return service.seconds >= self._limits.seconds or many or forged

    def _short(self, service: _Service, moment: Moment) -> bool:
        """The capture ends before a flood could last: then a second of twice the rate says enough."""
        brief = service.last_ns - moment.first_ns < self._limits.seconds * 10**9
        return brief and service.peak >= 2 * service.limit

    def _openings(self, part: Part, syn: I64, service: U64) -> None:
        """Openings by service: retransmissions, which come after a second or more, count once."""
        each = part.tuple[syn] ^ (part.seq[syn].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
        again = self._seen.has(each)
        self._seen.add(each)
        syn = syn[~again]
        if not len(syn):
            return
        first, group, count = groups(service[syn])
        many = np.flatnonzero(count >= max(1, self._limits.syn_rate // 4))
        known = np.isin(service[syn[first]], np.fromiter(self._services, np.uint64, len(self._services)))
        for g in np.union1d(many[np.argsort(-count[many])][:SERVICES], np.flatnonzero(known)).tolist():
            key = int(service[syn[first[g]]])
            rows = syn[group == g]
            row = int(rows.min())
            if key not in self._services and len(self._services) >= SERVICES:
                continue
            entry = self._services.setdefault(key, _Service("", int(part.dport[row])))
            if not entry.address:
                entry.address = part.address(row, source=False) or "?"
                self._set_limit(entry)
                entry.began_ns = int(part.time_ns[row])
                entry.interface = int(part.interface[row])
            entry.syns += len(rows)
            entry.last_ns = int(part.time_ns[rows].max())
            room = 4_096 - len(entry.sources)
            entry.sources.update(np.unique(part.src[rows])[: max(room, 0)].tolist())
            entry.one_source = part.address(row, source=True) or "?"
            entry.samples.extend(np.sort(part.number[rows])[: SAMPLES - len(entry.samples)].tolist())

    def _count(self, known: U64, service: U64, tuples: U64, rows: I64, what: str) -> None:
        """Add to `what` of each known service the distinct connections among `rows`."""
        rows = rows[np.isin(service[rows], known)]
        if not len(rows):
            return
        _, once = np.unique(tuples[rows], return_index=True)
        keys, count = np.unique(service[rows[once]], return_counts=True)
        for key, n in zip(keys.tolist(), count.tolist(), strict=True):
            entry = self._services[key]
            setattr(entry, what, getattr(entry, what) + n)
            entry.answered_ever |= what == "answers"

    def _finding(self, s: _Service, moment: Moment) -> Finding:
        many = s.most_sources > 1
        sources = max(s.most_sources, 1)
        limit = s.limit
        done = s.completed / s.syns if s.syns else 0.0
        observed = max(s.syns, s.peak)
        origin = f"{amount(sources)} sources in one second, probably forged" if many else f"one source, {s.one_source}"
        doubt = "The source addresses may be forged: limit the port, not the sources."
        if not s.answered_ever:
            doubt += (
                " No answer of the service was captured, so the handshakes may complete where this capture is blind."
            )
        usual = f", {self._limits.syn_learned:g} times the usual" if limit > self._limits.syn_rate else ""
        what = (
            f"{amount(observed)} openings/s of port {s.port} (limit {amount(limit)}{usual}), {done:.0%} completed "
            f"(limit {self._limits.syn_completed:.0%})."
        )
        fam = family(s.address)
        return Finding(
            rule="flood.syn",
            severity=Severity.CRITICAL if s.answered_ever or many else Severity.HIGH,
            keys=(("flood.syn", s.address, s.port),),
            src=Endpoint(name="many") if many else Endpoint(s.one_source, spoofable=True),
            dst=Endpoint(s.address, s.port),
            evidence=Evidence(
                observed, limit, "SYN/s", 1.0, done, baseline=s.learned or None, samples=tuple(s.samples)
            ),
            text=Explanation(
                what,
                f"{origin}; for {s.seconds} s.",
                doubt,
                ("check that SYN cookies are on at the server", "limit new connections to this port upstream"),
            ),
            first_ns=s.began_ns,
            last_ns=s.last_ns,
            proto="TCP",
            filter_display=f"{fam}.dst == {s.address} && tcp.dstport == {s.port} && tcp.flags & 0x12 == 2",
            filter_bpf=bpf(also=f"dst host {s.address} and dst port {s.port} and tcp[13] & 18 == 2"),
            confidence=0.95 if s.answered_ever else 0.7,
            count=s.syns,
            sources=sources,
            hold_s=0,
            quiet_s=60,
        )
