"""ARP: scans of the local network, and addresses that somebody else claims."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tui.core.alert.alerts import SAMPLES, SECOND_NS, Endpoint, Evidence, Explanation, Finding, Severity
from tui.core.alert.nearness import Near
from tui.core.columns import AddressKind, address_text
from tui.detectors.arpwords import Claim, Claimant, moved, spoof
from tui.detectors.bounded import remember, room
from tui.detectors.moment import CLOSEST, Detector, Moment
from tui.detectors.part import ARP, Part, mac_text
from tui.detectors.tables import I64, U64
from tui.detectors.words import amount

ADDRESSES = 4_096
"""Addresses, and senders, that are remembered; the oldest are given up."""
BUDGET = 2_000
"""Different ARP messages of a second that are taken one by one."""
REQUEST, REPLY = 1, 2
_VIRTUAL = (0x00005E0001, 0x00005E0002, 0x00000C07AC)
"""First five bytes of VRRP and HSRP addresses: they move by design."""


@dataclass(frozen=True, slots=True)
class ArpThresholds:
    """Limits of `scan.arp` (one sender) and `arp.spoof` (one address claimed by one MAC)."""

    scan_targets: int = 30
    """Different addresses that one MAC asks for in `scan_window_s`."""
    scan_window_s: int = 30
    spoof_replies: int = 3
    """Unsolicited unicast replies for one address in `spoof_window_s`."""
    spoof_window_s: int = 60
    router_factor: int = 8
    """A router asks for all the hosts that the internet looks for: its limit is so many times higher."""


class _Message(NamedTuple):
    """One ARP message for IPv4 over Ethernet (RFC 826); addresses as numbers."""

    op: int
    sender_mac: int
    sender_ip: int
    target_ip: int
    eth_src: int
    eth_dst: int
    number: int
    time_ns: int


class ArpDetector(Detector):
    """`scan.arp`: one MAC asks for many addresses. `arp.spoof`, `arp.moved`: an address is claimed by another MAC."""

    rules = ("scan.arp", "arp.spoof", "arp.moved")

    def __init__(self, limits: ArpThresholds) -> None:
        self._limits = limits
        self._claims: dict[int, dict[int, Claim]] = {}
        self._asked: dict[tuple[int, int], int] = {}
        self._targets: dict[int, dict[int, int]] = {}
        self._scan_samples: dict[int, list[int]] = {}
        self._told: dict[int, int] = {}
        self._behind: dict[int, dict[int, int]] = {}
        """By MAC: the addresses that it sends packets for, and the second of the first."""
        self._watched: dict[tuple[int, int], _Message] = {}
        """Claims that nobody asked for, judged for as long as their window lasts."""
        self._heard: dict[tuple[int, int], int] = {}
        self._news: list[_Message] = []
        self._taken = 0
        self._second = 0

    def observe(self, part: Part) -> None:
        rows = np.flatnonzero(part.ethertype == ARP)
        if len(rows):
            self._messages(part, rows)
        self._traffic(part)

    def _messages(self, part: Part, rows: I64) -> None:
        head = part.head[rows]
        good = (
            (head[:, 0] == 0)
            & (head[:, 1] == 1)
            & (head[:, 2] == 8)
            & (head[:, 3] == 0)
            & (head[:, 4] == 6)
            & (head[:, 5] == 4)
        )
        rows, head = rows[good], head[good].astype(np.uint64)
        if not len(rows):
            return

        def number(at: int, size: int) -> U64:
            value = np.zeros(len(rows), np.uint64)
            for i in range(size):
                value = (value << np.uint64(8)) | head[:, at + i]
            return value

        ends = part.src_mac[rows], part.dst_mac[rows]
        table = np.stack((number(6, 2), number(8, 6), number(14, 4), number(24, 4), *ends), axis=1)
        _, once = np.unique(table, axis=0, return_index=True)
        once = np.sort(once)[: max(0, BUDGET - self._taken)]
        self._taken += len(once)
        for i in once.tolist():
            op, sender_mac, sender_ip, target_ip, eth_src, eth_dst = table[i].tolist()
            number_of, time_ns = int(part.number[rows[i]]), int(part.time_ns[rows[i]])
            self._take(_Message(op, sender_mac, sender_ip, target_ip, eth_src, eth_dst, number_of, time_ns))

    def _take(self, m: _Message) -> None:
        second = m.time_ns // SECOND_NS
        if m.op == REQUEST and m.target_ip != m.sender_ip:
            remember(self._asked, (m.sender_ip, m.target_ip), second)
            targets = room(self._targets, m.sender_mac, dict[int, int])
            if len(targets) < ADDRESSES:
                targets[m.target_ip] = second
            kept = room(self._scan_samples, m.sender_mac, list[int])
            if len(kept) < SAMPLES:
                kept.append(m.number)
        if m.sender_ip == 0 or m.op not in (REQUEST, REPLY):
            return
        owners = room(self._claims, m.sender_ip, dict[int, Claim])
        claim = owners.get(m.sender_mac)
        if claim is None:
            if len(owners) >= 16:
                return
            claim = owners[m.sender_mac] = Claim(m.time_ns, m.time_ns)
        claim.last_ns = m.time_ns
        unicast = m.eth_dst and not (m.eth_dst >> 40) & 1
        asked = second - self._asked.get((m.target_ip, m.sender_ip), -100) <= 10
        if m.op == REPLY and unicast and not asked:
            claim.forced.append((second, m.eth_src or m.sender_mac))
            del claim.forced[:-64]
            remember(self._watched, (m.sender_ip, m.sender_mac), m)
        elif m.op == REPLY and unicast:
            # one question has one answer
            self._asked.pop((m.target_ip, m.sender_ip), None)
        if len(claim.samples) < SAMPLES:
            claim.samples.append(m.number)
        if len(owners) > 1:
            self._news.append(m)

    def _traffic(self, part: Part) -> None:
        """Which MACs carry which addresses: routers carry many, an owner that still talks has not moved."""
        rows = np.flatnonzero(
            (part.kind == AddressKind.IPV4) & (part.ethertype != ARP) & (part.src_mac != 0) & (part.weight > 0)
        )
        if not len(rows):
            return
        key = part.src_lo[rows] << np.uint64(20) ^ part.src_mac[rows]
        _, once = np.unique(key, return_index=True)
        for row in rows[once[:512]].tolist():
            mac, ip, second = int(part.src_mac[row]), int(part.src_lo[row]), int(part.time_ns[row]) // SECOND_NS
            behind = room(self._behind, mac, dict[int, int])
            if len(behind) < 64:
                behind.setdefault(ip, second)
            remember(self._heard, (ip, mac), second)

    def decide(self, moment: Moment) -> Iterable[Finding]:
        self._taken, self._second = 0, moment.second
        found = list(self._scans(moment))
        for key, message in list(self._watched.items()):
            if moment.now_ns - message.time_ns > self._limits.spoof_window_s * SECOND_NS:
                del self._watched[key]
        news = (
            {(m.sender_ip, m.sender_mac): m for m in (*self._news, *self._watched.values())} if moment.packets else {}
        )
        self._news.clear()
        found.extend(f for m in news.values() if (f := self._claimed(m, moment)))
        return found

    @property
    def idle(self) -> bool:
        return not (self._targets or self._watched or self._news)

    def near(self) -> Iterable[Near]:
        limits, now = self._limits, self._second
        for mac, targets in heapq.nlargest(CLOSEST, self._targets.items(), key=lambda t: len(t[1])):
            recent = sum(now - second < limits.scan_window_s for second in targets.values())
            yield Near("scan.arp", recent, limits.scan_targets, "addresses", mac_text(mac) or "?")
        for ip, mac in self._watched:
            claim = self._claims.get(ip, {}).get(mac)
            forced = sum(now - second < limits.spoof_window_s for second, _ in claim.forced) if claim else 0
            whose = f"{mac_text(mac)} as {address_text(AddressKind.IPV4, 0, ip)}"
            held = "" if len(self._claims.get(ip, {})) > 1 else "nobody else claims it"
            yield Near("arp.spoof", forced, limits.spoof_replies, "replies", whose, held, 0.5)

    # ------------------------------------------------------------------ scans

    def _scans(self, moment: Moment) -> Iterable[Finding]:
        limits = self._limits
        for mac, targets in list(self._targets.items()):
            if len(targets) < limits.scan_targets:
                if targets and moment.second - max(targets.values()) > limits.scan_window_s:
                    del self._targets[mac]
                    self._scan_samples.pop(mac, None)
                continue
            old = [ip for ip, second in targets.items() if moment.second - second >= limits.scan_window_s]
            for ip in old:
                del targets[ip]
            router = self._is_router(mac, moment)
            limit = limits.scan_targets * (limits.router_factor if router else 1)
            if len(targets) < limit or len(targets) < 1.5 * self._told.get(mac, 0):
                continue
            remember(self._told, mac, len(targets))
            text = mac_text(mac) or "?"
            own = [ip for ip, owners in self._claims.items() if mac in owners]
            source = address_text(AddressKind.IPV4, 0, own[-1]) if own else None
            yield Finding(
                rule="scan.arp",
                severity=Severity.LOW,
                keys=(("scan.arp", text),),
                src=Endpoint(source, mac=text),
                dst=Endpoint(name=f"{len(targets)} addresses"),
                evidence=Evidence(
                    len(targets),
                    limit,
                    "addresses",
                    limits.scan_window_s,
                    samples=tuple(self._scan_samples.get(mac, ())),
                ),
                text=Explanation(
                    f"{text} asked for {amount(len(targets))} different addresses in {limits.scan_window_s} s "
                    f"(limit {limit}).",
                    f"{source or 'A host that has not said its address'}.",
                    "A router asks like this when somebody outside scans the network behind it." if router else "",
                    ("is this your inventory tool? learn it as normal", "look on that host for nmap or netdiscover"),
                ),
                first_ns=min(targets.values()) * SECOND_NS,
                last_ns=max(targets.values()) * SECOND_NS,
                proto="ARP",
                filter_display=f"arp.opcode == 1 && eth.src == {text}",
                filter_bpf=f"arp and ether src {text}",
                quiet_s=120,
            )

    def _is_router(self, mac: int, moment: Moment) -> bool:
        """It carries packets of addresses that are not its own."""
        own = {ip for ip, owners in self._claims.items() if mac in owners}
        return len(self._behind.get(mac, {}).keys() - own) >= 3

    # ------------------------------------------------------------------ claims

    def _claimed(self, m: _Message, moment: Moment) -> Finding | None:
        limits = self._limits
        owners = self._claims.get(m.sender_ip, {})
        claim = owners.get(m.sender_mac)
        ip = address_text(AddressKind.IPV4, 0, m.sender_ip) or "?"
        mac = mac_text(m.sender_mac) or "?"
        if claim is None or (moment.known and f"{ip} {mac}" in moment.known.arp_pairs) or moment.learning:
            return None
        recent = [actor for s, actor in claim.forced if moment.second - s < limits.spoof_window_s]
        actor = recent[-1] if recent else m.sender_mac
        others = {o: c for o, c in owners.items() if o != m.sender_mac}
        heard = {h for (i, h) in self._heard if i == m.sender_ip and h != m.sender_mac}
        before = sorted({mac_text(o) or "?" for o in (*others, *heard)} | self._known_owner(ip, mac, moment))
        own = [i for i, c in self._claims.items() if actor in c and i != m.sender_ip]
        if m.sender_mac >> 8 in _VIRTUAL:
            return None
        if recent and (before or own or actor != m.sender_mac):
            reasons = self._reasons(m, claim, recent, actor, others, heard, own)
            if reasons:
                mine = [address_text(AddressKind.IPV4, 0, i) or "?" for i in own]
                who = Claimant(mac_text(actor) or "?", mac, ip, before, mine)
                return spoof(who, claim, reasons, len(recent), limits.spoof_replies, limits.spoof_window_s)
        if others and not claim.forced and claim.first_ns > max(c.first_ns for c in others.values()):
            return moved(Claimant(mac, mac, ip, before), claim)
        return None

    def _reasons(
        self,
        m: _Message,
        claim: Claim,
        recent: list[int],
        actor: int,
        others: dict[int, Claim],
        heard: set[int],
        own: list[int],
    ) -> list[str]:
        """Why a claim that nobody asked for is no accident."""
        limits, reasons = self._limits, []
        newcomer = all(claim.first_ns > c.first_ns for c in others.values())
        if len(recent) >= limits.spoof_replies:
            reasons.append(f"{len(recent)} unasked replies to single hosts in {limits.spoof_window_s} s")
        if actor != m.sender_mac and len(recent) >= limits.spoof_replies:
            reasons.append("its Ethernet sender is another than its ARP sender")
        talking = any(c.last_ns > claim.first_ns for c in others.values())
        talking |= any(self._heard[m.sender_ip, h] * SECOND_NS > claim.first_ns for h in heard)
        if newcomer and talking and len(recent) >= 2:
            reasons.append("the other owner still talks")
        if newcomer and self._rerouted(actor, claim.first_ns // SECOND_NS, {*own, m.sender_ip}):
            reasons.append("packets of strangers now come from it that came from another MAC before")
        return reasons

    def _rerouted(self, mac: int, since: int, own: set[int]) -> bool:
        """It began to carry packets of addresses that are not its own when another had carried such."""
        mine = {ip: second for ip, second in self._behind.get(mac, {}).items() if ip not in own and not _near(ip, own)}
        if not mine or min(mine.values()) < since:
            return False
        for other, carried in self._behind.items():
            strangers = [s for ip, s in carried.items() if not _near(ip, own)]
            if other != mac and strangers and min(strangers) <= since:
                return True
        return False

    def _known_owner(self, ip: str, mac: str, moment: Moment) -> set[str]:
        if not moment.known:
            return set()
        return {pair.split()[1] for pair in moment.known.arp_pairs if pair.split()[0] == ip} - {mac}


def _near(ip: int, own: set[int]) -> bool:
    """In the same /24 as one of our addresses."""
    return any(ip >> 8 == mine >> 8 for mine in own)
