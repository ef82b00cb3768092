"""Batch: the packets that are being decoded, and how far each has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE16, Columns, Mark
from tui.core.decode.gather import ALL, Bool, Bytes, Int64, Rows, pick
from tui.core.protocols import ID, Layer

NO_PROTO = 255
"""In `Batch.proto`: no transport header follows (255 is reserved by IANA)."""


_STATE = ("at", "end", "wire_end", "proto")
OF_NETWORK = (
    "kind", "src_hi", "src_lo", "dst_hi", "dst_lo", "ttl", "ip_proto", "protocol", "ethertype", "l3", "marks", "layers",
)  # fmt: skip
"""Columns that readers of the network layer write."""
OF_TRANSPORT = (
    "sport", "dport", "l4", "seq", "ack", "tcp_flags", "window", "payload", "payload_len", "marks", "layers",
)  # fmt: skip
"""Columns that readers of the transport layer write."""


@dataclass(frozen=True, slots=True)
class Inner:
    """Packets found inside others: those of the batch in `rows` carry one from `at` to `end`."""

    rows: Int64
    at: Int64
    end: Int64
    wire_end: Int64
    linktype: int
    quoted: bool = False
    """An ICMP error quotes it: the protocol of the row stays ICMP, and its end is often missing."""


@dataclass(slots=True)
class Batch:
    """All arrays have shape (n,); places are absolute in the buffer."""

    data: Bytes
    origin: Int64
    """First byte of the frame, from which the offsets in Columns count."""
    at: Int64
    """First byte of the header that comes next."""
    end: Int64
    """End of what was captured of the layer at hand; padding is cut off as soon as a length tells."""
    wire_end: Int64
    """End of that layer on the wire."""
    columns: Columns
    network: NDArray[np.uint16]
    """Ethertype of the header at `at`; 0 where the link layer has ended the matter itself."""
    proto: NDArray[np.uint8]
    """IP protocol of the header at `at`, or NO_PROTO."""
    inner: list[Inner] = field(default_factory=list)

    @classmethod
    def of(
        cls, data: Bytes, origin: Int64, at: Int64, end: Int64, wire_end: Int64, room: Columns | None = None
    ) -> Batch:
        """`room`: columns at their "none" value, to be filled in; none: they are made."""
        n = len(at)
        columns = room or Columns.empty(n)
        return cls(data, origin, at, end, wire_end, columns, np.zeros(n, np.uint16), np.full(n, NO_PROTO, np.uint8))

    def __len__(self) -> int:
        return len(self.at)

    def unless(self, rows: Int64, written: Sequence[str]) -> dict[str, NDArray[np.generic]]:
        """What is known of these rows, so that a reader may run over all packets and they be restored afterwards."""
        kept: dict[str, NDArray[np.generic]] = {name: getattr(self.columns, name).take(rows) for name in written}
        return kept | {name: getattr(self, name).take(rows) for name in _STATE}

    def restore(self, rows: Int64, kept: dict[str, NDArray[np.generic]]) -> None:
        for name, values in kept.items():
            getattr(self if name in _STATE else self.columns, name)[rows] = values

    def name(self, rows: Rows, protocol: str) -> None:
        """Call the packets by this protocol, until a higher one is recognised."""
        self.columns.protocol[rows] = ID[protocol]

    def layer(self, rows: Rows, *layers: Layer) -> None:
        bits = np.uint64(sum(1 << layer for layer in layers))
        self.columns.layers[rows] |= bits

    def mark(self, rows: Rows, bits: int) -> None:
        self.columns.marks[rows] |= np.uint32(bits)

    def malformed(self, rows: Rows | None) -> None:
        """Mark packets whose headers are cut or contradict each other."""
        if rows is not None:
            self.mark(rows, Mark.MALFORMED)

    def here(self, rows: Rows) -> Int64:
        """Where the next header of each begins; a copy, which stays when `at` moves on."""
        at = self.at[rows]
        return at.copy() if isinstance(rows, slice) else at

    def offset(self, rows: Rows) -> NDArray[np.uint16]:
        """Where `at` lies in the frame, as Columns holds it."""
        distance = self.at[rows] - self.origin[rows]
        if len(distance) and int(distance.max()) >= NONE16:
            np.minimum(distance, NONE16 - 1, out=distance)
        return distance.astype(np.uint16)

    def carries(self, rows: Rows, linktype: int, skip: int | Int64 = 0, quoted: bool = False) -> None:
        """Note that another packet begins `skip` bytes behind `at`."""
        index = np.arange(len(self), dtype=np.int64) if isinstance(rows, slice) else rows
        start = self.at[index] + skip
        some = start < self.end[index]
        if not some.all():
            index, start = index[some], start[some]
        if len(index):
            self.inner.append(Inner(index, start, self.end[index], self.wire_end[index], linktype, quoted))


def for_most(b: Batch, mask: Bool, read: Callable[[Batch, Rows], None], written: Sequence[str]) -> None:
    """Run a reader over the packets where `mask` holds, all of whose headers must be whole.

    Where these are most of the batch it runs over all, which spares an index for every field, and the others are
    put back as they were; `written` are the columns that the reader writes.
    """
    rows = pick(ALL, mask)
    if rows is None:
        return
    if isinstance(rows, slice) or 2 * len(rows) < len(b):
        read(b, rows)
        return
    others = np.flatnonzero(~mask)
    kept = b.unless(others, written)
    read(b, ALL)
    b.restore(others, kept)
