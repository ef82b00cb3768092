"""BaselineLearner: what is usual on one interface, from the packets of a capture or of some minutes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.baseline import BIN_S, Baseline, Usual
from tui.core.clock import NS
from tui.core.columns import NONE16, AddressKind, Columns, address_text
from tui.core.flow.records import FlowRecords, Seen
from tui.core.frames import Frames
from tui.core.inside import is_local
from tui.core.protocols import ID

MOST_BINS = 120_960
"""Bins kept: a week of five seconds each. Traffic later than that is not averaged."""
BUSY = 10
"""Connections in a second from which on a service is a busy one."""
HOUR_S = 3_600
LEAST_SENT = 1_000_000
"""Bytes in an hour from which on a flow is an upload worth remembering."""
_IP = (AddressKind.IPV4, AddressKind.IPV6)
_ARP, _ETHERNET = 0x0806, 1
_ICMPV6, _UDP, _TCP = 58, 17, 6
_ROUTER_ADVERTISEMENT = 134
_DHCP_SERVER_PORT = 67


class BaselineLearner:
    """Feed it batches and the flows that ended; `result()` when enough was seen."""

    def __init__(self, interface: str = "") -> None:
        self._made = Baseline(interface=interface)
        self._bytes = np.zeros(0, np.int64)
        self._packets = np.zeros(0, np.int64)
        self._started = False

    def add(self, columns: Columns, frames: Frames) -> None:
        """Count a batch, and note who is there."""
        if not len(columns):
            return
        first, last = int(columns.time_ns.min()), int(columns.time_ns.max())
        if not self._started:
            self._made.first_ns = first
            self._started = True
        self._made.last_ns = max(self._made.last_ns, last)
        self._count(columns)
        macs = _macs(frames, columns, 6)
        for mac in np.unique(macs[macs != 0]).tolist():
            self._made.add("hosts", _mac_text(mac))
        self._note_arp(columns, frames)
        self._note_routers(columns, macs)
        self._note_dhcp(columns)

    def _count(self, columns: Columns) -> None:
        at = (columns.time_ns - self._made.first_ns) // (BIN_S * NS)
        inside = (at >= 0) & (at < MOST_BINS)
        at, lengths = at[inside], columns.length[inside]
        if not len(at):
            return
        n = max(int(at.max()) + 1, len(self._bytes))
        self._bytes = _grown(self._bytes, n) + np.bincount(at, lengths, n).astype(np.int64)
        self._packets = _grown(self._packets, n) + np.bincount(at, minlength=n)

    def _note_arp(self, columns: Columns, frames: Frames) -> None:
        rows = np.flatnonzero(
            (columns.ethertype == _ARP) & (columns.kind == AddressKind.IPV4) & (columns.l3 != NONE16)
            & (columns.src_lo != 0)
        )  # fmt: skip
        if not len(rows):
            return
        senders = _macs(frames.select(rows), columns.select(rows), 8, columns.l3[rows].astype(np.int64))
        pairs = np.stack([columns.src_lo[rows], senders], axis=1)
        for ip, mac in np.unique(pairs, axis=0).tolist():
            if mac:
                self._made.add("arp_pairs", f"{address_text(AddressKind.IPV4, 0, ip)} {_mac_text(mac)}")

    def _note_routers(self, columns: Columns, macs: NDArray[np.uint64]) -> None:
        told = (columns.ip_proto == _ICMPV6) & (columns.code >> np.uint16(8) == _ROUTER_ADVERTISEMENT)
        rows = np.flatnonzero(told & (columns.kind == AddressKind.IPV6))
        found = np.stack([columns.src_hi[rows], columns.src_lo[rows], macs[rows]], axis=1)
        for hi, lo, mac in np.unique(found, axis=0).tolist():
            self._made.add("routers", f"{address_text(AddressKind.IPV6, hi, lo)} {_mac_text(mac)}")

    def _note_dhcp(self, columns: Columns) -> None:
        told = (columns.protocol == ID["DHCP"]) & (columns.sport == _DHCP_SERVER_PORT)
        for address in np.unique(columns.src_lo[told & (columns.kind == AddressKind.IPV4)]).tolist():
            self._made.add("dhcp_servers", str(address_text(AddressKind.IPV4, 0, address)))

    def add_flows(self, flows: FlowRecords) -> None:
        """Note the services that answered, and who uses them."""
        tcp = (flows.ip_proto == _TCP) & ((flows.seen[1] & Seen.SYN_ACK) != 0)
        udp = (flows.ip_proto == _UDP) & (flows.packets[1] > 0)
        for row in np.flatnonzero(tcp | udp).tolist():
            kind = int(flows.kind[row])
            client = address_text(kind, int(flows.src_hi[row]), int(flows.src_lo[row]))
            server = address_text(kind, int(flows.dst_hi[row]), int(flows.dst_lo[row]))
            service = f"{server}:{int(flows.dport[row])}/{'TCP' if tcp[row] else 'UDP'}"
            self._made.add("services", service)
            self._made.add("contacts", f"{client} {service}")
        self._note_busy(flows, np.flatnonzero(tcp))
        self._note_uploads(flows)

    def _note_busy(self, flows: FlowRecords, rows: NDArray[np.int64]) -> None:
        """The connections that each service accepted in a second, at most."""
        second = (flows.first_ns[rows] // NS).astype(np.uint64)
        where = np.stack([flows.kind[rows], flows.dst_hi[rows], flows.dst_lo[rows], flows.dport[rows], second], axis=1)
        found, count = np.unique(where.astype(np.uint64), axis=0, return_counts=True)
        for (kind, hi, lo, port, _), n in zip(
            found[count >= BUSY].tolist(), count[count >= BUSY].tolist(), strict=True
        ):
            self._made.highest("openings", f"{address_text(kind, hi, lo)}:{port}/TCP", float(n))

    def _note_uploads(self, flows: FlowRecords) -> None:
        """What each host here sent to one outside in an hour; a flow of many hours counts with its mean."""
        hours = np.maximum(1.0, (flows.last_ns - flows.first_ns) / (HOUR_S * NS))
        sent: dict[tuple[str, str, int], float] = {}
        for row in np.flatnonzero(flows.bytes.max(axis=0) / hours >= LEAST_SENT).tolist():
            kind = int(flows.kind[row])
            ends = (
                str(address_text(kind, int(flows.src_hi[row]), int(flows.src_lo[row]))),
                str(address_text(kind, int(flows.dst_hi[row]), int(flows.dst_lo[row]))),
            )
            for side, (src, dst) in enumerate((ends, ends[::-1])):
                if kind in _IP and is_local(src) and not is_local(dst):
                    key = (src, dst, int(flows.first_ns[row]) // (HOUR_S * NS))
                    sent[key] = sent.get(key, 0.0) + float(flows.bytes[side][row] / hours[row])
        for (src, _, _), volume in sent.items():
            self._made.highest("uploads", src, volume)

    def result(self) -> Baseline:
        """What was learned so far. The last bin is left out where it is not full."""
        full = max(1, len(self._bytes) - 1) if len(self._bytes) else 0
        self._made.bytes_per_s = Usual.of(self._bytes[:full] / BIN_S)
        self._made.packets_per_s = Usual.of(self._packets[:full] / BIN_S)
        return self._made


def _grown(counts: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    return np.concatenate([counts, np.zeros(n - len(counts), np.int64)])


def _macs(frames: Frames, columns: Columns, at: int, start: NDArray[np.int64] | None = None) -> NDArray[np.uint64]:
    """MAC addresses at an offset of each frame, or of the header at `start`; 0 where there is no Ethernet header."""
    begin = np.full(len(columns), at, np.int64) if start is None else start + at
    known = (columns.linktype == _ETHERNET) & (begin + 6 <= frames.caplen)
    place = (frames.offset + begin)[known]
    value = np.zeros(len(place), np.uint64)
    for i in range(6):
        value = value << np.uint64(8) | frames.buffer[place + i]
    found = np.zeros(len(columns), np.uint64)
    found[known] = value
    return found


def _mac_text(mac: int) -> str:
    return str(address_text(AddressKind.MAC, 0, mac))
