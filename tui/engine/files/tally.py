"""Tally: what `nettui stats` says of captures: one pass, bounded memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from tui.core.arrays import run_lengths, run_starts
from tui.core.clock import NS, PacketClock
from tui.core.columns import Columns, Mark
from tui.core.counters import AddressTalkers, ProtocolCounter, Traffic
from tui.core.describe import Description
from tui.core.distinct import Distinct
from tui.core.features import FEATURES, matrix
from tui.core.flow.records import FlowRecords, Seen
from tui.core.frames import Frames, Int64
from tui.core.names import NameReader
from tui.core.namestable import NamesTable
from tui.core.protocols import NAMES
from tui.core.rates import Rates
from tui.core.snapshot import Series

TOP = 50
"""Addresses and names listed."""
SIZE_EDGES = (64, 128, 256, 512, 1024, 1519, 9217)
"""Packet sizes are counted below each of these, and above the last."""
MAX_MINUTES = 43_200
"""Minutes of TCP connections that are counted: thirty days. Connections outside are not counted."""
NAME_KINDS = ("dns", "sni", "http")
PART = 8_192
"""Flows described at a time."""

_TCP, _UDP = 6, 17
_SIZE_OF = np.searchsorted(SIZE_EDGES, np.arange(SIZE_EDGES[-1] + 1), "right").astype(np.uint8)


class Tally:
    """Counts packets whose flows have been followed, and flows that have ended."""

    def __init__(self) -> None:
        self.rates = Rates()
        self.protocols = ProtocolCounter()
        self.talkers = AddressTalkers()
        self.names = NamesTable()
        self.packets = 0
        self.bytes = 0
        self.first_ns = 0
        self.last_ns = 0
        self.malformed = 0
        self._clock = PacketClock()
        self._reader = NameReader()
        self._sizes = np.zeros(len(SIZE_EDGES) + 1, np.int64)
        self._sources, self._destinations = Distinct(), Distinct()
        self._flows = {"tcp": 0, "udp": 0, "other": 0}
        self._opened: dict[int, int] = {}
        self._described = Description(len(FEATURES))

    def add(self, frames: Frames, columns: Columns) -> None:
        """Count a batch whose flow columns are filled in."""
        if not len(columns):
            return
        self._count(columns)
        self.names.add(self._reader.read(frames, columns).events)
        self.packets += len(columns)

    def _count(self, columns: Columns) -> None:
        """What only the columns are needed for."""
        first, last = int(columns.time_ns.min()), int(columns.time_ns.max())
        self.first_ns = min(self.first_ns, first) if self.packets else first
        self.last_ns = max(self.last_ns, last) if self.packets else last
        self.rates.update(self._clock.advance(columns.time_ns), columns.length, columns.protocol, self.packets)
        self.protocols.update(columns.protocol, columns.length)
        self._sizes += np.bincount(_SIZE_OF.take(columns.length, mode="clip"), minlength=len(SIZE_EDGES) + 1)
        self.malformed += int(np.count_nonzero(columns.marks & Mark.MALFORMED))
        self.bytes += int(columns.length.sum(dtype=np.int64))

    def result(self) -> tuple[dict[str, Any], Series]:
        """(what `nettui stats --json` prints, packets over time). `damaged` is the reader's to fill in.

        A plain tuple: whoever takes it from another process imports nothing for it.
        """
        found = {
            "packets": self.packets,
            "bytes": self.bytes,
            "first_ns": self.first_ns if self.packets else None,
            "last_ns": self.last_ns if self.packets else None,
            "duration_s": (self.last_ns - self.first_ns) / NS,
            "protocols": {p.name: {"packets": p.packets, "bytes": p.bytes} for p in self.protocols.counts(NAMES)},
            "addresses": {
                t.label: {
                    "sent_packets": t.sent_packets,
                    "sent_bytes": t.sent_bytes,
                    "received_packets": t.received_packets,
                    "received_bytes": t.received_bytes,
                }
                for t in self.talkers.top(TOP)
            },
            "unique_sources": len(self._sources),
            "unique_destinations": len(self._destinations),
            "flows": dict(self._flows),
            "tcp_connections_per_minute": self.connections_per_minute(),
            "sizes": self.sizes(),
            "names": {k: {row.name: row.count for row in self.names.rows(k, TOP)} for k in NAME_KINDS},
            "malformed": self.malformed,
            "damaged": None,
            "features": self._described.table(FEATURES),
        }
        return found, self.rates.series(())

    def sizes(self) -> dict[str, int]:
        """Packets by size: `"64-127"` and so on."""
        edges = (0, *SIZE_EDGES)
        labels = [f"{a}-{b - 1}" for a, b in zip(edges, SIZE_EDGES, strict=False)] + [f"{SIZE_EDGES[-1]}-"]
        return {label: int(n) for label, n in zip(labels, self._sizes, strict=True)}

    def connections_per_minute(self) -> list[int]:
        """TCP connections opened in each minute, from the first minute that has one to the last."""
        if not self._opened:
            return []
        first, last = min(self._opened), max(self._opened)
        return [self._opened.get(minute, 0) for minute in range(first, min(last, first + MAX_MINUTES - 1) + 1)]

    def add_flows(self, flows: FlowRecords) -> None:
        """Count flows that are over, a part at a time."""
        for start in range(0, len(flows), PART):
            part = FlowRecords.over(flows.table[start : start + PART])
            self._add_ends(part)
            self._add_ip(part.over_ip())

    def _add_ends(self, flows: FlowRecords) -> None:
        """Traffic by address, and the distinct addresses that sent, and that were sent to."""
        src, dst = self.talkers.update(flows, Traffic.of(flows))
        out, back = flows.packets > 0
        self._sources.add(np.concatenate([src[out], dst[back]]))
        self._destinations.add(np.concatenate([dst[out], src[back]]))

    def _add_ip(self, flows: FlowRecords) -> None:
        tcp = flows.ip_proto == _TCP
        udp = flows.ip_proto == _UDP
        counts = {"tcp": int(tcp.sum()), "udp": int(udp.sum()), "other": int((~tcp & ~udp).sum())}
        for name, n in counts.items():
            self._flows[name] += n
        self._described.add(matrix(flows))
        opened = tcp & ((flows.seen[0] & Seen.SYN) != 0)
        minutes: Int64 = np.sort(flows.first_ns[opened] // (60 * NS))
        starts = run_starts(minutes)  # np.unique would import all of numpy.ma
        opens = run_lengths(starts, len(minutes))
        for minute, n in zip(minutes[starts].tolist(), opens.tolist(), strict=True):
            if minute in self._opened or len(self._opened) < MAX_MINUTES:
                self._opened[minute] = self._opened.get(minute, 0) + n
