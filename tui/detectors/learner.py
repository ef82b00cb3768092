"""Learner: gathers a baseline from what passes by, but never from inside an open incident."""

from __future__ import annotations

from collections import deque

import numpy as np

from tui.core.alert.alerts import SECOND_NS
from tui.core.baseline import BIN_S, Baseline, Usual
from tui.core.columns import address_text
from tui.core.inside import is_local
from tui.core.ipproto import ICMPV6, TCP, UDP
from tui.detectors.batch import ported
from tui.detectors.dhcp import ACK, OFFER, read_dhcp
from tui.detectors.exfil import Sent, sent
from tui.detectors.ipv6 import ADVERTISEMENT
from tui.detectors.moment import Moment
from tui.detectors.outcomes import Connections, How
from tui.detectors.part import ARP, Part, mac_text
from tui.detectors.tables import groups

MOST_BINS = 17_280
"""A day of bins: of a longer run the last day counts."""
PER_SECOND = 512
"""New entries of one kind in a second."""
BUSY = 10
"""Connections completed in a second from which on a service is a busy one."""
HOUR_S = 3_600
PAIRS = 4_096
"""Hosts here and there whose uploads of one hour are added up."""


class Learner:
    """Fed like a detector. `baseline` is what was learned so far."""

    def __init__(self, interface: str = "", network: str = "") -> None:
        self._known = Baseline(interface=interface, network=network)
        self._bytes: deque[float] = deque(maxlen=MOST_BINS)
        self._packets: deque[float] = deque(maxlen=MOST_BINS)
        self._now = [0.0, 0.0]
        self._bin: int | None = None
        self._spoiled = False
        self._news: list[tuple[str, str]] = []
        self._sent: dict[tuple[str, str], float] = {}
        self._sent_now: list[Sent] = []
        self._hour = 0

    def observe(self, part: Part) -> None:
        """Note who is there; it becomes known only if the second turns out to be quiet."""
        ether = part.src_mac != 0
        for mac in np.unique(part.src_mac[ether & part.new_mac])[:PER_SECOND].tolist():
            self._note("hosts", mac_text(mac))
        for row in np.flatnonzero(part.ethertype == ARP)[:PER_SECOND].tolist():
            head = part.head[row].tobytes()
            if any(head[14:18]) and (address := part.address(row, source=True)):
                self._note("arp_pairs", f"{address} {head[8:14].hex(':')}")
        advertised = (part.ip_proto == ICMPV6) & (part.code >> 8 == ADVERTISEMENT)
        for row in np.flatnonzero(advertised)[:PER_SECOND].tolist():
            if mac := mac_text(int(part.src_mac[row])):
                self._note("routers", f"{part.address(row, source=True)} {mac}")
        for row in np.flatnonzero((part.ip_proto == UDP) & (part.dport == 68))[:PER_SECOND].tolist():
            message = read_dhcp(part.detail.get(int(part.number[row]), b""))
            if message is not None and message.kind in (OFFER, ACK) and message.server:
                self._note("dhcp_servers", address_text(2, 0, message.server))
        self._sent_now.extend(sent(part))

    def decide(self, moment: Moment, disturbed: bool) -> None:
        """The second is over. `disturbed`: an incident is held or open, so nothing of it is normal."""
        c = moment.results.outcomes
        for i in np.flatnonzero(c.how == How.OK)[:PER_SECOND].tolist():
            kind = int(c.kind[i])
            client = address_text(kind, int(c.client_hi[i]), int(c.client_lo[i]))
            server = address_text(kind, int(c.server_hi[i]), int(c.server_lo[i]))
            service = f"{server}:{int(c.sport[i])}/{'TCP' if c.proto[i] == TCP else 'UDP'}"
            self._note("services", service)
            self._note("contacts", f"{client} {service}")
        news, self._news = self._news, []
        now, self._sent_now = self._sent_now, []
        if not disturbed:
            for kind_of, entry in news:
                self._known.add(kind_of, entry)
            self._note_busy(c)
            self._note_uploads(now, moment.second)
        self._count(moment, disturbed)

    def _note_busy(self, c: Connections) -> None:
        """The connections that each service completed: what a flood opens does not complete."""
        rows = np.flatnonzero((c.how == How.OK) & (c.proto == TCP))
        if len(rows) < BUSY:
            return
        first, _, count = groups(c.server[rows] + ported(c.sport[rows]))
        for g in np.flatnonzero(count >= BUSY)[:PER_SECOND].tolist():
            row = rows[first[g]]
            server = address_text(int(c.kind[row]), int(c.server_hi[row]), int(c.server_lo[row]))
            self._known.highest("openings", f"{server}:{int(c.sport[row])}/TCP", float(count[g]))

    def _note_uploads(self, now: list[Sent], second: int) -> None:
        """What each host here sent to one outside within an hour of the clock."""
        if second // HOUR_S != self._hour:
            self._hour = second // HOUR_S
            self._sent.clear()
        for src, dst, volume in now:
            pair = (src, dst)
            if is_local(src) and not is_local(dst) and (pair in self._sent or len(self._sent) < PAIRS):
                self._sent[pair] = self._sent.get(pair, 0.0) + volume
                self._known.highest("uploads", src, self._sent[pair])

    def _note(self, kind: str, entry: str | None) -> None:
        if entry and len(self._news) < 8 * PER_SECOND:
            self._news.append((kind, entry))

    def _count(self, moment: Moment, disturbed: bool) -> None:
        number = moment.second // BIN_S
        if self._bin is None:
            self._bin, self._known.first_ns = number, moment.first_ns
        while self._bin < number:
            if not self._spoiled:
                self._bytes.append(self._now[0] / BIN_S)
                self._packets.append(self._now[1] / BIN_S)
            self._now, self._spoiled = [0.0, 0.0], False
            self._bin = max(self._bin + 1, number - MOST_BINS)
        self._now[0] += moment.bytes
        self._now[1] += moment.packets
        self._spoiled |= disturbed
        if moment.packets:
            self._known.last_ns = min(moment.now_ns, moment.second * SECOND_NS + SECOND_NS - 1)

    @property
    def baseline(self) -> Baseline:
        """What is known by now, with the statistics of all whole bins."""
        self._known.bytes_per_s = Usual.of(np.array(self._bytes))
        self._known.packets_per_s = Usual.of(np.array(self._packets))
        return self._known
