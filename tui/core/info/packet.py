"""Packet: one row of the columns and its bytes, as the info parsers want them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE16, Columns, Mark, address_text
from tui.core.protocols import NAMES
from tui.core.readers.cursor import Cursor

LIMIT = 240
"""Characters of an info text: more than any terminal shows of one row."""
CACHED_ADDRESSES = 1 << 14
"""Texts of addresses that are remembered: about 2 MB when full."""

TCP, UDP = 6, 17


@dataclass(slots=True)
class Packet:
    """What a parser may ask of one packet; offsets are from the first byte of `data`, None where there is none."""

    data: bytes
    protocol: str
    linktype: int
    caplen: int
    length: int
    src: str
    dst: str
    sport: int
    dport: int
    ip_proto: int
    ttl: int
    tcp_flags: int
    window: int
    """Scaled where the flow table knows the scale."""
    seq: int
    """Relative to the first of its side where the flow table knows it."""
    ack: int
    payload_len: int
    ethertype: int
    code: int
    marks: int
    l3: int | None
    l4: int | None
    payload_at: int | None

    @classmethod
    def of(cls, columns: Columns, row: int, data: bytes) -> Packet:
        return next(cls.several(columns, slice(row, row + 1), [data]))

    @classmethod
    def several(cls, c: Columns, rows: NDArray[np.int64] | slice, data: Iterable[bytes]) -> Iterator[Packet]:
        """The packets of some rows; their values are taken from the columns at once, which costs a tenth."""
        kind = c.kind[rows].tolist()
        fields = (
            data, map(NAMES.__getitem__, c.protocol[rows].tolist()), c.linktype[rows].tolist(), c.caplen[rows].tolist(),
            c.length[rows].tolist(), map(_address, kind, c.src_hi[rows].tolist(), c.src_lo[rows].tolist()),
            map(_address, kind, c.dst_hi[rows].tolist(), c.dst_lo[rows].tolist()), c.sport[rows].tolist(),
            c.dport[rows].tolist(), c.ip_proto[rows].tolist(), c.ttl[rows].tolist(), c.tcp_flags[rows].tolist(),
            (c.window[rows].astype(np.int64) << c.window_shift[rows]).tolist(),
            (c.seq[rows] - c.seq_base[rows]).tolist(), (c.ack[rows] - c.ack_base[rows]).tolist(),
            c.payload_len[rows].tolist(), c.ethertype[rows].tolist(),
            c.code[rows].tolist(), c.marks[rows].tolist(), map(_place, c.l3[rows].tolist()),
            map(_place, c.l4[rows].tolist()), map(_place, c.payload[rows].tolist()),
        )  # fmt: skip
        return map(cls, *fields)

    @property
    def payload(self) -> bytes:
        """The bytes above the transport that were captured, without link padding."""
        if self.payload_at is None:
            return b""
        return self.data[self.payload_at : self.payload_at + self.payload_len]

    @property
    def has_ports(self) -> bool:
        return bool(self.marks & Mark.PORTS)

    @property
    def from_responder(self) -> bool:
        return bool(self.marks & Mark.FROM_RESPONDER)

    def network(self) -> Cursor:
        """A cursor at the network header (ARP's header, too); at the end where there is none."""
        return Cursor(self.data, len(self.data) if self.l3 is None else self.l3)

    def transport(self) -> Cursor:
        return Cursor(self.data, len(self.data) if self.l4 is None else self.l4)

    def body(self) -> Cursor:
        return Cursor(self.payload)

    def from_server(self, *ports: int) -> bool:
        """Whether the server sent this: by its well-known port, else by what the flow table saw."""
        if self.sport in ports and self.dport not in ports:
            return True
        if self.dport in ports and self.sport not in ports:
            return False
        return self.from_responder


Parser = Callable[[Packet], str]
"""One line for a packet; "" where there is nothing to say. May raise Short; hostile text goes through printable."""


@lru_cache(CACHED_ADDRESSES)
def _address(kind: int, high: int, low: int) -> str:
    return address_text(kind, high, low) or ""


def _place(offset: int) -> int | None:
    return None if offset == NONE16 else offset


def named(table: dict[int, str], number: int, otherwise: str) -> str:
    """The word for a number, else `otherwise` and the number."""
    return table.get(number) or f"{otherwise} ({number})"
