"""Bounded counters: protocols, and the top talkers among addresses, ports and pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import address_text
from tui.core.flow.records import FlowRecords
from tui.core.flow.slots import NOWHERE, SlotTable
from tui.core.hashing import HashKey
from tui.core.snapshot import ProtocolCount, Talker

Int64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

_TCP, _UDP = 6, 17
TALKER_BITS = 15
"""Talker tables have 2**15 slots and hold half as many entries: more than a /18, at 2 MB a table."""
TALKER_LOAD = 0.5


@dataclass(frozen=True, slots=True)
class Traffic:
    """Packets and bytes that each of m ends sent and received in a batch; arrays of shape (m,)."""

    sent_packets: Int64
    sent_bytes: Int64
    received_packets: Int64
    received_bytes: Int64

    @classmethod
    def of(cls, flows: FlowRecords) -> Traffic:
        """What these flows have carried since the talkers were told of them last, seen from src."""
        packets = flows.packets.astype(np.int64) - flows.told_packets
        volume = flows.bytes - flows.told_bytes
        return cls(packets[0], volume[0], packets[1], volume[1])

    def reversed(self) -> Traffic:
        """The same, seen from the other end."""
        return Traffic(self.received_packets, self.received_bytes, self.sent_packets, self.sent_bytes)

    def columns(self) -> tuple[Int64, Int64, Int64, Int64]:
        """In the order of `Talker`: sent packets, sent bytes, received packets, received bytes."""
        return self.sent_packets, self.sent_bytes, self.received_packets, self.received_bytes


class Ends(Protocol):
    """Where m exchanges go from and to, arrays of shape (m,): columns and flow records have them."""

    @property
    def kind(self) -> NDArray[np.uint8]: ...
    @property
    def src_hi(self) -> U64: ...
    @property
    def src_lo(self) -> U64: ...
    @property
    def dst_hi(self) -> U64: ...
    @property
    def dst_lo(self) -> U64: ...


class ProtocolCounter:
    """Packets and bytes of each protocol id; exact."""

    def __init__(self) -> None:
        self.packets = np.zeros(64, np.int64)
        self.bytes = np.zeros(64, np.int64)

    def update(self, protocol: NDArray[np.uint16], length: NDArray[np.uint32]) -> None:
        packets = np.bincount(protocol, minlength=len(self.packets))
        volume = np.bincount(protocol, length, minlength=len(self.packets)).astype(np.int64)
        if len(packets) > len(self.packets):
            more = len(packets) - len(self.packets)
            self.packets = np.pad(self.packets, (0, more))
            self.bytes = np.pad(self.bytes, (0, more))
        self.packets += packets
        self.bytes += volume

    def counts(self, names: tuple[str, ...]) -> tuple[ProtocolCount, ...]:
        """All protocols seen, by bytes."""
        seen = np.flatnonzero(self.packets)
        order = seen[np.lexsort((seen, -self.packets[seen], -self.bytes[seen]))]
        return tuple(
            ProtocolCount(names[i] if i < len(names) else f"#{i}", int(self.packets[i]), int(self.bytes[i]))
            for i in order.tolist()
        )


class TalkerTable:
    """Traffic by identity, bounded: when it is full the lighter half by bytes is forgotten.

    What stays is counted since it last came in, so a count may be too small after an eviction, never too large; a
    heavy talker is never among the lighter half. `evicted` counts what was forgotten.
    """

    def __init__(self, words: int, bits: int = TALKER_BITS) -> None:
        self._slots = SlotTable(bits, TALKER_LOAD)
        self._names = np.zeros((words, 1 << bits), np.uint64)
        self._counts = np.zeros((4, 1 << bits), np.int64)
        self.evicted = 0

    def __len__(self) -> int:
        return self._slots.used

    def update(self, keys: U64, names: tuple[U64, ...], traffic: Traffic) -> None:
        """Add traffic to the entries of `keys` (not 0, may repeat); `names` are the words that identify each."""
        at = 0
        step = max(self._slots.limit // 2, 1)
        while at < len(keys):
            cut = slice(at, at + step)
            if self._slots.used + step > self._slots.limit:
                self._make_room()
            slots, fresh = self._slots.place(keys[cut])
            self._counts[:, fresh] = 0
            placed = slots != NOWHERE
            for word, name in zip(self._names, names, strict=True):
                word[slots[placed]] = name[cut][placed]
            for row, amount in zip(self._counts, traffic.columns(), strict=True):
                np.add.at(row, slots[placed], amount[cut][placed])
            at += step

    def _make_room(self) -> None:
        used = np.flatnonzero(self._slots.keys)
        if len(used) <= self._slots.limit // 2:
            return
        weight = self._counts[1, used] + self._counts[3, used]
        keep = used[np.argpartition(weight, -(len(used) // 2))[-(len(used) // 2) :]]
        self.evicted += len(used) - len(keep)
        names, counts = self._names[:, keep], self._counts[:, keep]
        slots = self._slots.rebuild(keep)
        self._names[:, slots], self._counts[:, slots] = names, counts

    def top(self, n: int, label: Callable[..., str | None]) -> tuple[Talker, ...]:
        """The n entries with most bytes, the heaviest first; `label` makes the text from the identity's words."""
        used = np.flatnonzero(self._slots.keys)
        weight = self._counts[1, used] + self._counts[3, used]
        if len(used) > n:
            chosen = weight >= np.partition(weight, -n)[-n]  # more than n where several are equal there
            used, weight = used[chosen], weight[chosen]
        packets = self._counts[0, used] + self._counts[2, used]
        order = used[np.lexsort((*self._names[::-1, used], -packets, -weight))[:n]]
        return tuple(
            Talker(label(*(int(w) for w in self._names[:, i])) or "", *(int(c) for c in self._counts[:, i]))
            for i in order.tolist()
        )


class AddressTalkers:
    """Who talks: addresses."""

    def __init__(self) -> None:
        self._key = HashKey()
        self._table = TalkerTable(3)

    def update(self, ends: Ends, traffic: Traffic) -> tuple[U64, U64]:
        """Count m exchanges; `traffic` is seen from src. The hashes of both ends' addresses."""
        kind = ends.kind.astype(np.uint64)
        src = self._key.address(ends.src_hi, ends.src_lo, kind)
        dst = self._key.address(ends.dst_hi, ends.dst_lo, kind)
        self._table.update(src, (kind, ends.src_hi, ends.src_lo), traffic)
        self._table.update(dst, (kind, ends.dst_hi, ends.dst_lo), traffic.reversed())
        return src, dst

    def pair(self, src: U64, dst: U64) -> U64:
        """A hash of both ends, the same in either direction."""
        return self._key.pair(src, dst)

    def top(self, n: int) -> tuple[Talker, ...]:
        """The n addresses with most bytes."""
        return self._table.top(n, address_text)


class Talkers:
    """Who talks: addresses, service ports, pairs of addresses."""

    def __init__(self) -> None:
        self.addresses = AddressTalkers()
        self.pairs = TalkerTable(5)
        self._ports = np.zeros((4, 2, 65_536), np.int64)

    def update(self, ends: Ends, traffic: Traffic) -> None:
        """Count m exchanges between addresses; `traffic` is seen from src."""
        src, dst = self.addresses.update(ends, traffic)
        # a pair has one entry: its ends in the order of their values
        swap = (ends.src_hi > ends.dst_hi) | ((ends.src_hi == ends.dst_hi) & (ends.src_lo > ends.dst_lo))
        there, back = (ends.src_hi, ends.src_lo), (ends.dst_hi, ends.dst_lo)
        words = [np.where(swap, b, a) for a, b in zip((*there, *back), (*back, *there), strict=True)]
        out, home = traffic.columns()[:2], traffic.columns()[2:]
        turned = Traffic(
            *(np.where(swap, b, a) for a, b in zip(out, home, strict=True)),
            *(np.where(swap, a, b) for a, b in zip(out, home, strict=True)),
        )
        self.pairs.update(self.addresses.pair(src, dst), (ends.kind.astype(np.uint64), *words), turned)

    def count(self, flows: FlowRecords) -> None:
        """Count what these flows have carried since they were told of last."""
        traffic = Traffic.of(flows)
        self.update(flows, traffic)
        served = np.flatnonzero(((flows.ip_proto == _TCP) | (flows.ip_proto == _UDP)) & (flows.dport > 0))
        there = Traffic(*(column[served] for column in traffic.reversed().columns()))
        self.update_ports(flows.ip_proto[served] == _UDP, flows.dport[served], there)

    def update_ports(self, udp: NDArray[np.bool_], port: NDArray[np.uint16], traffic: Traffic) -> None:
        """Count m exchanges with a service port; `traffic` is seen from that port. Exact: there are 2**17 of them."""
        which = udp.astype(np.int64)
        for row, amount in zip(self._ports, traffic.columns(), strict=True):
            np.add.at(row, (which, port), amount)

    def top_ports(self, n: int) -> tuple[Talker, ...]:
        """The n service ports with most bytes, named as `443/tcp`."""
        weight = (self._ports[1] + self._ports[3]).ravel()
        used = np.flatnonzero(weight)
        order = used[np.argsort(-weight[used], kind="stable")][:n]
        return tuple(
            Talker(
                f"{i % 65_536}/{'udp' if i >= 65_536 else 'tcp'}",
                *(int(c) for c in self._ports[:, i // 65_536, i % 65_536]),
            )
            for i in order.tolist()
        )

    def top_addresses(self, n: int) -> tuple[Talker, ...]:
        """The n addresses with most bytes, the first the busiest."""
        return self.addresses.top(n)

    def top_pairs(self, n: int) -> tuple[Talker, ...]:
        """The n pairs of addresses with most bytes, the first the busiest."""
        return self.pairs.top(n, _pair_text)


def _pair_text(kind: int, a_hi: int, a_lo: int, b_hi: int, b_lo: int) -> str:
    return f"{address_text(kind, a_hi, a_lo)} ↔ {address_text(kind, b_hi, b_lo)}"
