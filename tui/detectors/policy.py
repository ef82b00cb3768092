"""Policy: TLS on unusual ports, long connections, new devices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tui.core.alert.alerts import SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.names import NameEvent, NameKind
from tui.core.text import printable
from tui.detectors.attempts import Attempts
from tui.detectors.bounded import remember
from tui.detectors.moment import Detector, Moment
from tui.detectors.part import Part, mac_text
from tui.detectors.sensitive import ends
from tui.detectors.words import bpf, show, size

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class TlsThresholds:
    """Setting of `tls.unusual_port`: ports on which TLS is not told."""

    unusual_port_usual: tuple[int, ...] = (
        443, 8443, 9443, 4443, 465, 563, 587, 636, 853, 989, 990, 992, 993, 994, 995, 25, 110, 143, 21, 389, 5222, 5223,
        5228, 5061, 2376, 2379, 3269, 3389, 5432, 5671, 6443, 6514, 6697, 8883, 10250, 4433, 8080, 80, 3128,
    )  # fmt: skip


class TlsDetector(Detector):
    """`tls.unusual_port`: a TLS ClientHello to a port that is none of the usual ones."""

    rules = ("tls.unusual_port",)

    def __init__(self, limits: TlsThresholds) -> None:
        self._usual = frozenset(limits.unusual_port_usual)
        self._told: dict[tuple[str, int], None] = {}
        self._news: list[NameEvent] = []

    def named(self, events: Sequence[NameEvent]) -> None:
        self._news.extend(
            e for e in events if e.kind is NameKind.SNI and e.protocol == "TLS" and e.port not in self._usual
        )

    @property
    def idle(self) -> bool:
        return True

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
                    "Without a server name it is no browser: malware often speaks so, and some internal services do.",
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
    """Limits of `conn.long`, in hours: from the first on a hint, from the second on an alert."""

    long_info_h: float = 1.0
    long_notice_h: float = 12.0


class LongDetector(Detector):
    """`conn.long`: a TCP connection that stays open for hours; looked for once a minute."""

    rules = ("conn.long",)

    def __init__(self, limits: ConnThresholds, attempts: Attempts) -> None:
        self._limits = limits
        self._attempts = attempts
        self._told: dict[int, Severity] = {}
        self._now_ns = 0

    @property
    def idle(self) -> bool:
        return not self._attempts.any_open

    def near(self) -> Iterable[Near]:
        c = self._attempts.open_connections(self._now_ns)
        if len(c):
            hours = (c.last_ns - c.start_ns) / (3_600 * SECOND_NS)
            i = int(hours.argmax())
            whose = " > ".join(ends(c, i)) + f" port {int(c.sport[i])}"
            yield Near("conn.long", float(hours[i]), self._limits.long_info_h, "hours", whose)

    def decide(self, moment: Moment) -> Iterable[Finding]:
        self._now_ns = moment.now_ns
        if moment.second % 60 or moment.age_s < self._limits.long_info_h * 3_600:
            return
        c = self._attempts.open_connections(moment.now_ns - int(self._limits.long_info_h * 3_600 * SECOND_NS))
        hours = (c.last_ns - c.start_ns) / (3_600 * SECOND_NS)
        for i in np.flatnonzero(hours >= self._limits.long_info_h)[:64].tolist():
            client, server = ends(c, i)
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

    @property
    def idle(self) -> bool:
        return True

    def decide(self, moment: Moment) -> Iterable[Finding]:
        news, self._news = self._news, {}
        if not moment.known or not moment.known.hosts or moment.learning:
            return
        for mac, (time_ns, number, address) in news.items():
            text = mac_text(mac) or "?"
            if text in moment.known.hosts:
                continue
            remember(self._told, mac, None)
            made_up = bool(mac >> 41 & 1)
            # phones make one up for each network, some of them every day: those of one day are told together
            key = ("device", "made up", moment.second // DAY_S) if made_up else ("device", text)
            random = " It made this address up (a phone, often)." if made_up else ""
            yield Finding(
                rule="device.new",
                severity=Severity.INFO,
                keys=(key,),
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
                quiet_s=DAY_S if made_up else 300,
            )
