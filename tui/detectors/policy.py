"""Policy: sensitive services, TLS on unusual ports, long connections, large uploads, new devices."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from tui.core.alerts import SAMPLES, SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.columns import address_text
from tui.core.names import NameEvent, NameKind
from tui.core.text import printable
from tui.detectors.attempts import Attempts, Connections, How
from tui.detectors.moment import Detector, Moment
from tui.detectors.part import Part, mac_text
from tui.detectors.select import TCP
from tui.detectors.tables import groups
from tui.detectors.words import bpf, is_local, listed, show, size, span

REMEMBERED = 4_096


@dataclass(frozen=True, slots=True)
class SensitiveThresholds:
    services: int = 4
    """Different sensitive services that refused one source."""
    ratio: float = 0.5
    window_s: int = 600
    ports: tuple[int, ...] = (
        23, 135, 445, 512, 513, 514, 1433, 2049, 2375, 3306, 3389, 5432, 5900, 6379, 9200, 10250, 11211, 27017, 161, 623,
    )  # fmt: skip


def remember(table: dict, key: object, value: object) -> None:
    """Set an entry, newest last; the oldest goes when there are too many."""
    table.pop(key, None)
    if len(table) >= REMEMBERED:
        table.pop(next(iter(table)))
    table[key] = value


def _ends(c: Connections, i: int) -> tuple[str, str]:
    kind = int(c.kind[i])
    client = address_text(kind, int(c.client_hi[i]), int(c.client_lo[i])) or "?"
    return client, address_text(kind, int(c.server_hi[i]), int(c.server_lo[i])) or "?"


@dataclass(slots=True)
class _Tried:
    tried: dict[int, tuple[int, bool, int, str]] = field(default_factory=dict)
    """By port: time, refused, packet number, host."""
    told: int = 0


class SensitiveDetector(Detector):
    rules = ("sensitive_port",)

    def __init__(self, limits: SensitiveThresholds) -> None:
        self._limits = limits
        self._ports = np.array(limits.ports, np.uint16)
        self._sources: dict[str, _Tried] = {}

    def decide(self, moment: Moment) -> Iterable[Finding]:
        c = moment.results.outcomes
        if not len(c):
            return []
        rows = np.flatnonzero(np.isin(c.sport, self._ports))
        found: list[Finding] = []
        touched: dict[str, None] = {}
        for i in rows[:2_048].tolist():
            client, server = _ends(c, i)
            how, port = int(c.how[i]), int(c.sport[i])
            ok = how == How.OK
            if ok and not is_local(client) and is_local(server) and c.proto[i] == TCP:
                found.append(self._outside(c, i, client, server))
            elif ok and moment.known and f"{client} {server}:{port}/TCP" not in moment.known.contacts:
                found.append(self._first(c, i, client, server))
            if how == How.NO_ANSWER and c.proto[i] != TCP:
                continue
            if client not in self._sources:
                remember(self._sources, client, _Tried())
            self._sources[client].tried[port] = (int(c.start_ns[i]), not ok, int(c.number[i]), server)
            touched[client] = None
        edge = moment.now_ns - self._limits.window_s * SECOND_NS
        for client in touched:
            source = self._sources.get(client)
            if source is not None and (finding := self._refused(client, source, edge)):
                found.append(finding)
        return found

    def _refused(self, client: str, source: _Tried, edge: int) -> Finding | None:
        for port in [p for p, entry in source.tried.items() if entry[0] < edge]:
            del source.tried[port]
        bad = {p: e for p, e in source.tried.items() if e[1]}
        limits = self._limits
        if len(bad) < limits.services or len(bad) < limits.ratio * len(source.tried) or len(bad) <= source.told:
            return None
        source.told = len(bad)
        hosts = sorted({e[3] for e in bad.values()})
        return Finding(
            rule="sensitive_port",
            severity=Severity.LOW,
            keys=(("scan", client),),
            src=Endpoint(client),
            dst=Endpoint(hosts[0] if len(hosts) == 1 else None, name=f"{len(hosts)} hosts"),
            evidence=Evidence(
                len(bad), limits.services, "services", limits.window_s, len(bad) / len(source.tried),
                samples=tuple(e[2] for e in bad.values())[:SAMPLES],
            ),
            text=Explanation(
                f"{len(bad)} different sensitive services refused {client} in {limits.window_s // 60} min (limit "
                f"{limits.services}): ports {listed(sorted(bad))}.",
                f"Tried at {listed(hosts, 3)}.",
                "A monitoring system whose targets are down looks the same.",
                ("is this your monitoring? learn it as normal", f"look on {client} for what tries this"),
            ),
            first_ns=min(e[0] for e in bad.values()),
            last_ns=max(e[0] for e in bad.values()),
            proto="TCP",
            filter_display=show(client, also="tcp.flags.syn == 1"),
            filter_bpf=bpf(also=f"src host {client}"),
            confidence=0.75,
            rank=1,
        )  # fmt: skip

    def _outside(self, c: Connections, i: int, client: str, server: str) -> Finding:
        port = int(c.sport[i])
        return self._single(
            c, i, client, server, Severity.HIGH,
            f"{client} in the internet opened port {port} of {server}, a service that should not be reachable from outside.",
            ("close the port to the internet", "look in the service's log for what was done"),
        )  # fmt: skip

    def _first(self, c: Connections, i: int, client: str, server: str) -> Finding:
        port = int(c.sport[i])
        return self._single(
            c, i, client, server, Severity.INFO,
            f"{client} uses port {port} of {server} for the first time since the network was learned.",
            ("if this is right, learn it as normal",),
        )  # fmt: skip

    def _single(
        self, c: Connections, i: int, client: str, server: str, severity: Severity, what: str, then: tuple[str, ...]
    ) -> Finding:
        port = int(c.sport[i])
        return Finding(
            rule="sensitive_port",
            severity=severity,
            keys=(("sensitive", client, server, port) if severity is Severity.INFO else ("sensitive", client),),
            src=Endpoint(client),
            dst=Endpoint(server, port),
            evidence=Evidence(1, 1, "connections", samples=(int(c.number[i]),)),
            text=Explanation(what, next=then),
            first_ns=int(c.start_ns[i]),
            last_ns=int(c.last_ns[i]),
            proto="TCP",
            filter_display=show(client, server, also=f"tcp.port == {port}"),
            filter_bpf=bpf(client, server, also=f"tcp port {port}"),
            confidence=0.8,
        )


@dataclass(frozen=True, slots=True)
class TlsThresholds:
    unusual_port_usual: tuple[int, ...] = (
        443, 8443, 9443, 4443, 465, 563, 587, 636, 853, 989, 990, 992, 993, 994, 995, 25, 110, 143, 21, 389, 5222, 5223, 5228,
        5061, 2376, 2379, 3269, 3389, 5432, 5671, 6443, 6514, 6697, 8883, 10250, 4433, 8080, 80, 3128,
    )  # fmt: skip


class TlsDetector(Detector):
    rules = ("tls.unusual_port",)

    def __init__(self, limits: TlsThresholds) -> None:
        self._usual = frozenset(limits.unusual_port_usual)
        self._told: dict[tuple[str, int], None] = {}
        self._news: list[NameEvent] = []

    def named(self, events: Sequence[NameEvent]) -> None:
        self._news.extend(
            e for e in events if e.kind is NameKind.SNI and e.protocol == "TLS" and e.port not in self._usual
        )

    def decide(self, moment: Moment) -> Iterable[Finding]:
        news, self._news = self._news[:256], []
        for event in news:
            key = (event.server, event.port)
            known = moment.known and f"{event.server}:{event.port}/TCP" in moment.known.services
            if key in self._told or known or moment.learning:
                continue
            remember(self._told, key, None)
            name = f"for {printable(event.name, 60)}" if event.name else "without a server name"
            yield Finding(
                rule="tls.unusual_port",
                severity=Severity.INFO,
                keys=(("tls", *key),),
                src=Endpoint(event.client),
                dst=Endpoint(event.server, event.port, name=printable(event.name, 60) or None),
                evidence=Evidence(1, 1, "connections", samples=(event.row,)),
                text=Explanation(
                    f"TLS to {event.server} on port {event.port}, which is not one of its usual ports, {name}.",
                    why="Administration pages often have a port of their own." if event.name else
                    "Without a server name it is no browser: malware often speaks so, and so do some internal services.",
                    next=("if the service is known, learn it as normal",),
                ),
                first_ns=event.time_ns,
                last_ns=event.time_ns,
                proto="TLS",
                filter_display=show(event.client, event.server, also=f"tcp.port == {event.port}"),
                filter_bpf=bpf(event.client, event.server, also=f"tcp port {event.port}"),
                confidence=0.5 if event.name else 0.65,
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConnThresholds:
    long_info_h: float = 1.0
    long_notice_h: float = 12.0


class LongDetector(Detector):
    rules = ("conn.long",)

    def __init__(self, limits: ConnThresholds, attempts: Attempts) -> None:
        self._limits = limits
        self._attempts = attempts
        self._told: dict[int, Severity] = {}

    def decide(self, moment: Moment) -> Iterable[Finding]:
        if moment.second % 60 or moment.age_s < self._limits.long_info_h * 3_600:
            return
        c = self._attempts.open_connections(moment.now_ns - int(self._limits.long_info_h * 3_600 * SECOND_NS))
        hours = (c.last_ns - c.start_ns) / (3_600 * SECOND_NS)
        for i in np.flatnonzero(hours >= self._limits.long_info_h)[:64].tolist():
            client, server = _ends(c, i)
            port, key = int(c.sport[i]), int(c.number[i])
            severity = Severity.LOW if hours[i] >= self._limits.long_notice_h else Severity.INFO
            known = moment.known and f"{client} {server}:{port}/TCP" in moment.known.contacts
            if self._told.get(key) == severity or known:
                continue
            remember(self._told, key, severity)
            limit = self._limits.long_notice_h if severity is Severity.LOW else self._limits.long_info_h
            yield Finding(
                rule="conn.long",
                severity=severity,
                keys=(("conn.long", client, server, port),),
                src=Endpoint(client),
                dst=Endpoint(server, port),
                evidence=Evidence(float(hours[i]), limit, "hours", samples=(key,)),
                text=Explanation(
                    f"A connection to port {port} has been open for {hours[i]:.1f} h (limit {limit:.0f} h), "
                    f"{size(float(c.sent[i]))} sent and {size(float(c.received[i]))} received.",
                    why="Remote shells, VPNs and web sockets last as long.",
                    next=("if it is one of these, learn it as normal",),
                ),
                first_ns=int(c.start_ns[i]),
                last_ns=int(c.last_ns[i]),
                proto="TCP",
                filter_display=show(client, server, also=f"tcp.port == {port}"),
                filter_bpf=bpf(client, server, also=f"tcp port {port}"),
                confidence=0.6,
                quiet_s=3_600,
            )


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
                f"{u.src} sent {size(u.up)} to {u.dst} within {span(limits.volume_window_s)} (limit {size(limits.volume_bytes)}) "
                f"and received {size(u.down)}.",
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


class DeviceDetector(Detector):
    """`device.new`: only where it is known which devices there were."""

    rules = ("device.new",)

    def __init__(self) -> None:
        self._news: dict[int, tuple[int, int, str]] = {}
        self._told: dict[int, None] = {}

    def observe(self, part: Part) -> None:
        for row in np.flatnonzero(part.new_mac)[:256].tolist():
            mac = int(part.src_mac[row])
            if mac not in self._told and len(self._news) < 256:
                address = part.address(row, source=True) or ""
                self._news.setdefault(mac, (int(part.time_ns[row]), int(part.number[row]), address))

    def decide(self, moment: Moment) -> Iterable[Finding]:
        news, self._news = self._news, {}
        if not moment.known or not moment.known.hosts or moment.learning:
            return
        for mac, (time_ns, number, address) in news.items():
            text = mac_text(mac) or "?"
            if text in moment.known.hosts:
                continue
            remember(self._told, mac, None)
            random = " It made this address up (a phone, often)." if mac >> 41 & 1 else ""
            yield Finding(
                rule="device.new",
                severity=Severity.INFO,
                keys=(("device", text),),
                src=Endpoint(address or None, mac=text),
                dst=Endpoint(name="the local network"),
                evidence=Evidence(1, 1, "devices", samples=(number,)),
                text=Explanation(
                    f"{text} was not here while the network was learned.{random}",
                    next=("if it belongs here, learn it as normal",),
                ),
                first_ns=time_ns,
                last_ns=time_ns,
                filter_display=f"eth.addr == {text}",
                filter_bpf=f"ether host {text}",
                confidence=0.9,
            )
