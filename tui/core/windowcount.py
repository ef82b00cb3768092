"""What the packets of a window amount to: protocols, talkers and flows, counted from their columns alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import run_starts
from tui.core.columns import NONE32, Columns, Mark
from tui.core.counters import ProtocolCounter, Talkers
from tui.core.flow.records import Event, FlowRecords
from tui.core.flow.tcpstate import seen_bits
from tui.core.hashing import HashKey
from tui.core.protocols import NAMES
from tui.core.snapshot import ProtocolCount, Talker

TOP = 50
"""Talkers of each kind."""
MERGE_AT = 32
"""Parts that wait before they are added up: an addition sorts everything once."""

FLOWS, ROOM = 100_000, 150_000
"""Flows of a window that are listed, the largest, and records that wait to be added up, at most: some 60 MB.

A window over a flood of forged addresses has a flow for each packet; those that are let go stay in the counters.
"""

_TCP, _UDP = 6, 17
_ALIEN = np.uint64(1 << 63)
"""In a key: packets that belong to no flow, by their addresses."""
_EVENTS = {
    Event.RETRANSMISSION: Mark.RETRANSMISSION, Event.OUT_OF_ORDER: Mark.OUT_OF_ORDER,
    Event.DUPLICATE_ACK: Mark.DUPLICATE_ACK, Event.ZERO_WINDOW: Mark.ZERO_WINDOW,
    Event.LOST_SEGMENT: Mark.LOST_SEGMENT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counted:
    """The counters of a window, as a snapshot has them, and its flows."""

    packets: int
    bytes: int
    protocols: tuple[ProtocolCount, ...]
    talkers: tuple[Talker, ...]
    ports: tuple[Talker, ...]
    pairs: tuple[Talker, ...]
    flows: FlowRecords
    """By flow number; counts, times, flags and events are those of the window."""
    beyond: int = 0
    """Flows that are in the counters only."""


class WindowCount:
    """Fed with columns in order, a block at a time; `result` may be asked for in between."""

    def __init__(self) -> None:
        self.packets = 0
        self.bytes = 0
        self._protocols = ProtocolCounter()
        self._key = HashKey()
        self._parts: list[tuple[NDArray[np.uint64], FlowRecords]] = []
        self._talkers = Talkers()
        self._beyond = 0

    def add(self, columns: Columns) -> None:
        """Count packets that were annotated."""
        if not len(columns):
            return
        self.packets += len(columns)
        self.bytes += int(columns.length.sum(dtype=np.int64))
        self._protocols.update(columns.protocol, columns.length)
        self._parts.append(self._grouped(columns))
        if len(self._parts) >= MERGE_AT or sum(len(keys) for keys, _ in self._parts) > ROOM:
            self._merge()

    def _merge(self) -> None:
        """Add the parts up; what are too many flows is told to the counters and let go, the smallest first."""
        keys, flows = _merged(self._parts)
        if len(keys) > FLOWS:
            volume = flows.bytes.sum(axis=0)
            volume[keys >= _ALIEN] = -1  # no flows: only the counters want them
            order = np.argsort(volume, kind="stable")
            gone, kept = np.sort(order[:-FLOWS]), np.sort(order[-FLOWS:])
            self._talkers.count(flows.select(gone))
            self._beyond += int((keys[gone] < _ALIEN).sum())
            keys, flows = keys[kept], flows.select(kept)
        self._parts = [(keys, flows)]

    def result(self) -> Counted:
        """All that was added so far. More may be added afterwards."""
        if len(self._parts) != 1:
            self._merge()
        keys, flows = self._parts[0]
        talkers = self._talkers
        talkers.count(flows)
        flows.told_packets[...], flows.told_bytes[...] = flows.packets, flows.bytes
        return Counted(
            packets=self.packets,
            bytes=self.bytes,
            protocols=self._protocols.counts(NAMES),
            talkers=talkers.top_addresses(TOP),
            ports=talkers.top_ports(TOP),
            pairs=talkers.top_pairs(TOP),
            flows=flows.head(int(np.searchsorted(keys, _ALIEN))),
            beyond=self._beyond,
        )

    def _grouped(self, columns: Columns) -> tuple[NDArray[np.uint64], FlowRecords]:
        """The packets of each flow, and of each pair of addresses where there is no flow: (keys, one record each)."""
        keys = columns.flow.astype(np.uint64)
        alien = np.flatnonzero(columns.flow == NONE32)
        if len(alien):
            some = columns.select(alien)
            src = self._key.address(some.src_hi, some.src_lo)
            dst = self._key.address(some.dst_hi, some.dst_lo)
            keys[alien] = self._key.pair(src, src ^ (dst << np.uint64(1)), some.kind) | _ALIEN
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        starts = run_starts(keys)
        return keys[starts], _records(columns, order, starts)


def _records(columns: Columns, order: NDArray[np.int64], starts: NDArray[np.int64]) -> FlowRecords:
    """One record for each run of the sorted packets, seen from the side that began."""
    flows = FlowRecords.empty(len(starts))
    lead = order[starts]
    back = (columns.marks & Mark.FROM_RESPONDER) != 0
    turned = back[lead]
    for one, other in (("src_hi", "dst_hi"), ("src_lo", "dst_lo"), ("sport", "dport")):
        a, b = getattr(columns, one)[lead], getattr(columns, other)[lead]
        getattr(flows, one)[:], getattr(flows, other)[:] = np.where(turned, b, a), np.where(turned, a, b)
    for name in ("kind", "ip_proto", "code", "flow", "stream"):
        getattr(flows, name)[:] = getattr(columns, name)[lead]
    flows.stream[(flows.ip_proto != _TCP) & (flows.ip_proto != _UDP)] = NONE32  # an ICMP error bears what it quotes
    flows.protocol[:] = columns.protocol[order[np.append(starts[1:], len(order)) - 1]]
    time = columns.time_ns[order]
    flows.first_ns[:], flows.last_ns[:] = np.minimum.reduceat(time, starts), np.maximum.reduceat(time, starts)
    marks = columns.marks[order]
    for row, mark in _EVENTS.items():
        flows.events[row] = np.add.reduceat((marks & mark) != 0, starts, dtype=np.uint32)
    length, payload = columns.length[order].astype(np.int64), columns.payload_len[order].astype(np.int64)
    seen = seen_bits(columns.tcp_flags[order], payload)
    seen[columns.ip_proto[order] != _TCP] = 0
    for side, mine in enumerate((~back[order], back[order])):
        flows.packets[side] = np.add.reduceat(mine, starts, dtype=np.uint32)
        flows.bytes[side] = np.add.reduceat(np.where(mine, length, 0), starts)
        flows.payload[side] = np.add.reduceat(np.where(mine, payload, 0), starts)
        flows.seen[side] = np.bitwise_or.reduceat(np.where(mine, seen, np.uint16(0)), starts)
        last = np.maximum.reduceat(np.where(mine, np.arange(len(order)), -1), starts)
        there = np.flatnonzero(last >= 0)
        flows.ttl[side, there] = columns.ttl[order][last[there]]
        flows.first_dir_ns[side, there] = np.minimum.reduceat(np.where(mine, time, 1 << 62), starts)[there]
        flows.last_dir_ns[side, there] = time[last[there]]
    return flows


def _merged(parts: list[tuple[NDArray[np.uint64], FlowRecords]]) -> tuple[NDArray[np.uint64], FlowRecords]:
    """The parts, which are in order of time, added up by key."""
    if not parts:
        return np.zeros(0, np.uint64), FlowRecords.empty(0)
    keys = np.concatenate([part[0] for part in parts])
    flows = FlowRecords.over(np.concatenate([part[1].table for part in parts]))
    parts.clear()  # records of a hundred thousand flows are not held twice
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = run_starts(keys)
    out = flows.select(order[starts])
    if len(starts) == len(keys):
        return keys, out
    out.protocol[:] = flows.protocol[order[np.append(starts[1:], len(keys)) - 1]]
    out.first_ns[:] = np.minimum.reduceat(flows.first_ns[order], starts)
    out.last_ns[:] = np.maximum.reduceat(flows.last_ns[order], starts)
    out.events[...] = np.add.reduceat(flows.events[:, order], starts, axis=1)
    talked = flows.packets[:, order] > 0
    begun = np.where(talked, flows.first_dir_ns[:, order], 1 << 62)
    for name in ("packets", "bytes", "payload"):
        getattr(out, name)[...] = np.add.reduceat(getattr(flows, name)[:, order], starts, axis=1)
    out.seen[...] = np.bitwise_or.reduceat(flows.seen[:, order], starts, axis=1)
    out.last_dir_ns[...] = np.maximum.reduceat(flows.last_dir_ns[:, order], starts, axis=1)
    out.first_dir_ns[...] = np.where(out.packets > 0, np.minimum.reduceat(begun, starts, axis=1), 0)
    last = np.maximum.reduceat(np.where(talked, np.arange(len(keys)), -1), starts, axis=1)
    for side in (0, 1):
        out.ttl[side] = np.where(last[side] >= 0, flows.ttl[side][order[last[side]]], 0)
    return keys[starts], out
