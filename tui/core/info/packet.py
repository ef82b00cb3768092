"""Packet: one row of the columns and its bytes, as the info parsers want them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tui.core.columns import NONE16, Columns, Mark, address_text
from tui.core.protocols import NAMES
from tui.core.readers.cursor import Cursor

LIMIT = 240
"""Characters of an info text: more than any terminal shows of one row."""

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
        c = columns
        kind = int(c.kind[row])
        return cls(
            data, NAMES[int(c.protocol[row])], int(c.linktype[row]), int(c.caplen[row]), int(c.length[row]),
            address_text(kind, int(c.src_hi[row]), int(c.src_lo[row])) or "",
            address_text(kind, int(c.dst_hi[row]), int(c.dst_lo[row])) or "",
            int(c.sport[row]), int(c.dport[row]), int(c.ip_proto[row]), int(c.ttl[row]), int(c.tcp_flags[row]),
            int(c.window[row]), (int(c.seq[row]) - int(c.seq_base[row])) & 0xFFFFFFFF,
            (int(c.ack[row]) - int(c.ack_base[row])) & 0xFFFFFFFF, int(c.payload_len[row]), int(c.ethertype[row]),
            int(c.code[row]), int(c.marks[row]), _place(int(c.l3[row])), _place(int(c.l4[row])),
            _place(int(c.payload[row])),
        )  # fmt: skip

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


def _place(offset: int) -> int | None:
    return None if offset == NONE16 else offset


def named(table: dict[int, str], number: int, otherwise: str) -> str:
    """The word for a number, else `otherwise` and the number."""
    return table.get(number) or f"{otherwise} ({number})"
