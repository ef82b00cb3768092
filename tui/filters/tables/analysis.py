"""Numbers of tcp.analysis: round trips, bytes in flight, what was sent again after how long."""

from __future__ import annotations

import numpy as np

from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.packets import Packets
from tui.filters.sources import Computed, Cost
from tui.filters.unacked import Connections, Reckoned, reckon
from tui.filters.values import Chunk, Values


def _reckoned(packets: Packets) -> Reckoned:
    """All of a batch, once for all fields."""
    root = packets.root or packets
    found = root.cache.get(Reckoned)
    if found is None:
        place, rows = root.place, np.arange(len(root), dtype=np.int64)
        numbers = place.numbers if place.numbers is not None else place.first_number + rows
        memory = place.memory
        connections = memory.kept("tcp", Connections) if memory is not None else Connections()
        found = root.cache[Reckoned] = reckon(root, numbers, connections)
    assert isinstance(found, Reckoned)
    return found


def _values(name: str) -> Computed:
    def values(packets: Packets) -> Values:
        rows, found = _reckoned(packets).values.get(name, ([], []))
        if not rows:
            return []
        where, data = np.array(rows, np.int64), np.array(found, np.int64)
        if packets.rows is None:
            return [Chunk(data, where)]
        _, here, there = np.intersect1d(packets.rows, where, assume_unique=True, return_indices=True)
        return [Chunk(data[there], here)]

    return Computed(values, Cost.PAYLOAD)


def _number(name: str, text: str, bits: int = 32, *, seconds: bool = False) -> Field:
    kind = Kind.DURATION if seconds else Kind.UNSIGNED
    return Field(name, kind, _values(name.rpartition(".")[2]), text, bits)


ANALYSIS: tuple[Field, ...] = (
    _number("tcp.completeness", "what was seen so far: 1 SYN, 2 SYN-ACK, 4 ACK, 8 data, 16 FIN, 32 RST", 8),
    _number("tcp.analysis.initial_rtt", "seconds from the SYN to the end of the handshake", seconds=True),
    _number("tcp.analysis.ack_rtt", "seconds from a segment to its acknowledgment", seconds=True),
    _number("tcp.analysis.acks_frame", "number of the packet that this one acknowledges"),
    _number("tcp.analysis.bytes_in_flight", "bytes sent and not yet acknowledged"),
    _number("tcp.analysis.push_bytes_sent", "bytes since the last push"),
    _number("tcp.analysis.rto", "seconds until it was sent again", seconds=True),
    _number("tcp.analysis.rto_frame", "number of the packet that was sent before"),
    _number("tcp.analysis.duplicate_ack_num", "how many times the same is acknowledged again"),
    _number("tcp.analysis.duplicate_ack_frame", "number of the packet that acknowledged it first"),
)
