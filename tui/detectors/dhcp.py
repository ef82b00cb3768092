"""DHCP: servers that do not belong here, and clients that take all addresses."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tui.core.alert.alerts import SAMPLES, SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.columns import AddressKind, address_text
from tui.core.ipproto import UDP
from tui.detectors.moment import Detector, Moment
from tui.detectors.part import Part, mac_text
from tui.detectors.words import amount, listed

SERVERS = 256
CLIENTS = 4_096
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)
_MAGIC = b"\x63\x82\x53\x63"


@dataclass(frozen=True, slots=True)
class DhcpThresholds:
    """Limits of `dhcp.starvation`; `dhcp.rogue` needs none."""

    starvation_differing: int = 3
    """Client MACs that are not the Ethernet sender's, in a minute."""
    starvation_clients: int = 15
    """Client MACs in `starvation_window_s`, or addresses that one of them sends from: a client has one."""
    starvation_window_s: int = 10


class Message(NamedTuple):
    """What a DHCP message says (RFC 2131), as far as the rules ask."""

    kind: int
    xid: int
    given: int
    relay: int
    client: int
    server: int
    gateway: bytes
    dns: bytes


def read_dhcp(data: bytes) -> Message | None:
    """Parse a message; None for what is none. Never raises."""
    if len(data) < 241 or data[236:240] != _MAGIC or data[0] not in (1, 2):
        return None
    options: dict[int, bytes] = {}
    at = 240
    while at + 1 < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        end = at + 2 + data[at + 1]
        options.setdefault(data[at], data[at + 2 : end])
        at = end
    kind = options.get(53, b"")
    number = int.from_bytes
    return Message(
        kind[0] if kind else 0,
        number(data[4:8], "big"),
        number(data[16:20], "big"),
        number(data[24:28], "big"),
        number(data[28:34], "big"),
        number(options.get(54, b"")[:4], "big"),
        options.get(3, b""),
        options.get(6, b""),
    )


class _Asked(NamedTuple):
    """A message of a client that came through no relay."""

    time_ns: int
    client: int
    mac: int
    """Of the Ethernet frame."""
    number: int
    differs: bool
    """The frame came from another MAC than that of the client."""
    source: int
    """Its IP address; 0 where it has none yet."""


@dataclass(slots=True)
class _Server:
    """What one DHCP server has given out."""

    mac: int
    gateway: bytes
    dns: bytes
    net: int
    first_ns: int
    last_ns: int
    clients: set[int] = field(default_factory=set)
    samples: list[int] = field(default_factory=list)


class DhcpDetector(Detector):
    """`dhcp.rogue`: a server beside the known one. `dhcp.starvation`: clients that take all addresses."""

    rules = ("dhcp.rogue", "dhcp.starvation")

    def __init__(self, limits: DhcpThresholds) -> None:
        self._limits = limits
        self._servers: dict[tuple[int, int], _Server] = {}
        self._clients: deque[_Asked] = deque(maxlen=CLIENTS)
        self._news: list[tuple[int, int]] = []
        self._now_ns = 0

    def observe(self, part: Part) -> None:
        rows = np.flatnonzero((part.ip_proto == UDP) & ((part.dport == 67) | (part.dport == 68)))
        for row in rows.tolist():
            number = int(part.number[row])
            message = read_dhcp(part.detail.get(number, b""))
            if message is None:
                continue
            time_ns, vlan, mac = int(part.time_ns[row]), int(part.vlan[row]), int(part.src_mac[row])
            if message.kind in (OFFER, ACK) and message.server:
                self._answer(message, (vlan, message.server), mac, time_ns, number)
            elif message.kind in (DISCOVER, REQUEST, INFORM) and not message.relay:
                differs = mac not in (0, message.client)
                self._clients.append(_Asked(time_ns, message.client, mac, number, differs, int(part.src_lo[row])))

    def _answer(self, m: Message, key: tuple[int, int], mac: int, time_ns: int, number: int) -> None:
        if key not in self._servers and len(self._servers) >= SERVERS:
            self._servers.pop(next(iter(self._servers)))
        server = self._servers.setdefault(key, _Server(mac, m.gateway, m.dns, m.given >> 8, time_ns, time_ns))
        server.last_ns = time_ns
        if m.gateway or m.dns:
            server.gateway, server.dns = m.gateway, m.dns
        if m.given:
            server.net = m.given >> 8
        if len(server.clients) < CLIENTS:
            server.clients.add(m.client)
        if len(server.samples) < SAMPLES:
            server.samples.append(number)
        self._news.append(key)

    def decide(self, moment: Moment) -> Iterable[Finding]:
        self._now_ns = moment.now_ns
        found = [f for key in dict.fromkeys(self._news) if (f := self._judge(key, moment))]
        self._news.clear()
        if self._clients:
            found.extend(self._starving(moment))
        return found

    @property
    def idle(self) -> bool:
        return not self._clients

    def near(self) -> Iterable[Near]:
        edge = self._now_ns - self._limits.starvation_window_s * SECOND_NS
        recent = {c.client for c in self._clients if c.time_ns >= edge}
        yield Near("dhcp.starvation", len(recent), self._limits.starvation_clients, "clients", "the local network")

    # ------------------------------------------------------------------ servers

    def _judge(self, key: tuple[int, int], moment: Moment) -> Finding | None:
        if moment.learning:
            return None
        server = self._servers[key]
        if moment.known and moment.known.dhcp_servers:
            if _ip(key[1]) in moment.known.dhcp_servers:
                return None
            return self._rogue(
                key, server, sorted(moment.known.dhcp_servers), Severity.CRITICAL, "it was not there before"
            )
        for other_key, other in self._servers.items():
            rival = (
                other_key != key
                and other_key[0] == key[0]
                and (server.clients & other.clients or server.net == other.net)
            )
            differs = server.gateway != other.gateway or server.dns != other.dns
            if rival and differs and abs(server.last_ns - other.last_ns) < 600 * SECOND_NS:
                late, late_key, early = (
                    (server, key, other_key) if server.first_ns >= other.first_ns else (other, other_key, key)
                )
                why = "two servers offer different gateways or name servers in one network"
                return self._rogue(late_key, late, [_ip(early[1])], Severity.HIGH, why)
        return None

    def _rogue(self, key: tuple[int, int], s: _Server, others: list[str], severity: Severity, why: str) -> Finding:
        ip, mac = _ip(key[1]), mac_text(s.mac)
        gateways = [_ip(int.from_bytes(s.gateway[i : i + 4], "big")) for i in range(0, len(s.gateway) - 3, 4)]
        names = [_ip(int.from_bytes(s.dns[i : i + 4], "big")) for i in range(0, len(s.dns) - 3, 4)]
        doubt = "" if severity is Severity.CRITICAL else "Which of the two is the intruder, packets alone cannot tell."
        return Finding(
            rule="dhcp.rogue",
            severity=severity,
            keys=(("dhcp.rogue", ip),),
            src=Endpoint(ip, 67, mac=mac),
            dst=Endpoint(name="clients of the network"),
            evidence=Evidence(1, 0, "unknown servers", samples=tuple(s.samples)),
            text=Explanation(
                f"DHCP server {ip} answers beside {listed(others, 3)}: {why}.",
                f"{mac or ip} offers gateway {listed(gateways, 2) or 'none'}, "
                f"name servers {listed(names, 2) or 'none'}.",
                doubt,
                ("find the switch port of that MAC address", "if it is yours, learn it as normal"),
            ),
            first_ns=s.first_ns,
            last_ns=s.last_ns,
            proto="DHCP",
            filter_display=f"dhcp && ip.src == {ip}",
            filter_bpf=f"udp port 67 and src host {ip}",
            confidence=0.9 if severity is Severity.CRITICAL else 0.7,
        )

    # ------------------------------------------------------------------ clients

    def _starving(self, moment: Moment) -> Iterable[Finding]:
        while self._clients and self._clients[0].time_ns < moment.now_ns - 60 * SECOND_NS:
            self._clients.popleft()
        limits = self._limits
        if not self._clients or self._clients[-1].time_ns < moment.second * SECOND_NS:
            return
        differing: dict[int, set[int]] = {}
        for c in self._clients:
            if c.differs:
                differing.setdefault(c.mac, set()).add(c.client)
        edge = moment.now_ns - limits.starvation_window_s * SECOND_NS
        recent = [c for c in self._clients if c.time_ns >= edge]
        clients = {c.client for c in recent}
        sources: dict[int, set[int]] = {}
        for c in recent:
            if c.source:
                sources.setdefault(c.client, set()).add(c.source)
        many = max(sources, key=lambda client: len(sources[client]), default=None)
        worst = max(differing, key=lambda m: len(differing[m]), default=None)
        if worst is not None and len(differing[worst]) >= limits.starvation_differing:
            samples = [c.number for c in self._clients if c.mac == worst]
            seen, window, limit = len(differing[worst]), 60.0, limits.starvation_differing
            what = f"{mac_text(worst)} asked for addresses as {seen} other MAC addresses in a minute (limit {limit})."
            yield self._starvation(what, mac_text(worst), seen, limit, window, samples, moment)
        elif len(clients) >= limits.starvation_clients:
            what = (
                f"{amount(len(clients))} clients asked for addresses in {limits.starvation_window_s} s "
                f"(limit {limits.starvation_clients})."
            )
            samples = [c.number for c in recent]
            yield self._starvation(
                what, None, len(clients), limits.starvation_clients, limits.starvation_window_s, samples, moment
            )
        elif many is not None and len(sources[many]) >= limits.starvation_clients:
            mine = [c for c in recent if c.client == many]
            seconds, addresses = limits.starvation_window_s, amount(len(sources[many]))
            what = (
                f"{mac_text(many)} asked the DHCP server {amount(len(mine))} times in {seconds} s, from {addresses} "
                f"addresses (limit {limits.starvation_clients}): a client has one."
            )
            samples = [c.number for c in mine]
            yield self._starvation(
                what, mac_text(mine[0].mac), len(sources[many]), limits.starvation_clients,
                limits.starvation_window_s, samples, moment,
            )  # fmt: skip

    def _starvation(
        self, what: str, mac: str | None, seen: int, limit: int, window: float, samples: list[int], moment: Moment
    ) -> Finding:
        return Finding(
            rule="dhcp.starvation",
            severity=Severity.HIGH,
            keys=(("dhcp.starvation",),),
            src=Endpoint(mac=mac) if mac else Endpoint(name="many", spoofable=True),
            dst=Endpoint(name="the DHCP server"),
            evidence=Evidence(seen, limit, "clients", window, samples=tuple(samples[:SAMPLES])),
            text=Explanation(
                what,
                "" if mac else "Each with its own MAC address.",
                "Many devices that start at once (after a power cut) look alike, but each asks for itself.",
                ("look at the server's list of leases", "limit leases per switch port (DHCP snooping)"),
            ),
            first_ns=self._clients[0].time_ns,
            last_ns=self._clients[-1].time_ns,
            proto="DHCP",
            filter_display=f"dhcp && eth.src == {mac}" if mac else "dhcp.type == 1",
            filter_bpf=f"udp port 67 and ether src {mac}" if mac else "udp dst port 67",
            sources=seen,
        )


def _ip(value: int) -> str:
    return address_text(AddressKind.IPV4, 0, value) or "?"
