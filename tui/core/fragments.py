"""Fragments of IP datagrams, put together: the one that completes a datagram is called what the datagram carries.

As Wireshark has it. Bounded: so many datagrams are waited for, with so many bytes, for so long; and of so many
fragments a second none is looked at beyond, so that a flood of them finds no path that costs a step for each.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.core.clock import NS
from tui.core.columns import NONE16, AddressKind, Columns, Mark
from tui.core.decode import decode
from tui.core.frames import Frames, from_packets

MOST_DATAGRAMS = 1_024
"""Datagrams that are waited for; the oldest is given up."""
MOST_BYTES = 4 << 20
"""Bytes of all of them."""
MOST_A_SECOND = 10_000
"""Fragments looked at in a second of packet time: 5 us each."""
PATIENCE_NS = 30 * NS
"""How long the rest of a datagram is waited for (RFC 791 has 15 s and more)."""
_RAW, _LONGEST = 101, 65_535
_FRAGMENT, _AH = 44, 51
_STEPPED = frozenset({0, 43, 60, _AH})
Key = tuple[int, ...]


@dataclass(slots=True)
class _Datagram:
    """What has come of one."""

    since_ns: int
    pieces: dict[int, bytes] = field(default_factory=dict)
    size: int = 0
    """Bytes of all pieces."""
    total: int = -1
    """Bytes of the whole, known once the last fragment was seen."""

    def add(self, offset: int, data: bytes, more: bool) -> bytes | None:
        """The payload when it is whole; a piece that was there already counts once."""
        if offset not in self.pieces:
            self.pieces[offset] = data
            self.size += len(data)
        if not more:
            self.total = offset + len(data)
        if self.total < 0 or self.size < self.total:
            return None
        whole = b""
        for at in sorted(self.pieces):
            if at > len(whole):
                return None
            whole += self.pieces[at][len(whole) - at :]
        return whole[: self.total] if len(whole) >= self.total else None


@dataclass(frozen=True, slots=True)
class Piece:
    """One fragment."""

    ident: int
    offset: int
    more: bool
    proto: int
    data: bytes
    version: int


class Fragments:
    """Datagrams that are waited for. `feed` in the order of the packets."""

    def __init__(self) -> None:
        self._waiting: dict[Key, _Datagram] = {}
        self._bytes = 0
        self._second = -1
        self._looked = 0
        self.skipped = 0
        """Fragments that were not looked at."""

    def update(self, columns: Columns, frames: Frames) -> None:
        """Give packets that complete a datagram its name, ports and layers, in place."""
        if not (columns.marks & np.uint32(Mark.FRAGMENT)).any():
            return
        whole = self.feed(columns, frames)
        if not whole:
            return
        rows = np.array([row for row, _ in whole])
        c = decode(from_packets([data for _, data in whole], _RAW))
        for name in ("protocol", "sport", "dport", "tcp_flags", "code"):
            getattr(columns, name)[rows] = getattr(c, name)
        columns.layers[rows] |= c.layers
        columns.marks[rows] |= c.marks & np.uint32(Mark.PORTS)

    def feed(self, columns: Columns, frames: Frames) -> list[tuple[int, bytes]]:
        """Rows that complete a datagram, each with that datagram as one packet."""
        rows = np.flatnonzero((columns.marks & np.uint32(Mark.FRAGMENT)) != 0)
        rows = rows[(columns.l3[rows] != NONE16) & (columns.kind[rows] != AddressKind.NONE)]
        found = []
        ends = np.stack([columns.src_hi, columns.src_lo, columns.dst_hi, columns.dst_lo])[:, rows].T.tolist()
        for row, addresses, time_ns in zip(rows.tolist(), ends, columns.time_ns[rows].tolist(), strict=True):
            if not self._may_look(time_ns):
                continue
            packet = frames.bytes_of(row)[int(columns.l3[row]) :]
            piece = read_piece(packet)
            if piece is None:
                continue
            payload = self._add((*addresses, piece.ident, piece.proto), piece, time_ns)
            if payload is not None:
                found.append((row, _packet(packet, piece, payload)))
        return found

    def _may_look(self, time_ns: int) -> bool:
        second = time_ns // NS
        if second != self._second:
            self._second, self._looked = second, 0
        self._looked += 1
        if self._looked > MOST_A_SECOND:
            self.skipped += 1
            return False
        return True

    def _add(self, key: Key, piece: Piece, time_ns: int) -> bytes | None:
        datagram = self._waiting.get(key)
        if datagram is not None and time_ns - datagram.since_ns > PATIENCE_NS:
            self._forget(key)
            datagram = None
        if datagram is None:
            datagram = self._waiting[key] = _Datagram(time_ns)
        before = datagram.size
        whole = datagram.add(piece.offset, piece.data, piece.more)
        self._bytes += datagram.size - before
        if whole is not None or datagram.size > _LONGEST:
            self._forget(key)
        while len(self._waiting) > MOST_DATAGRAMS or self._bytes > MOST_BYTES:
            self._forget(next(iter(self._waiting)))
        return whole

    def _forget(self, key: Key) -> None:
        self._bytes -= self._waiting.pop(key).size


def read_piece(packet: bytes) -> Piece | None:
    """The fragment in a packet that begins with its IP header; None where it is cut, or contradicts itself."""
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 20:
        start, end = (packet[0] & 15) * 4, packet[2] << 8 | packet[3]
        word = packet[6] << 8 | packet[7]
        if not 20 <= start <= end <= len(packet):
            return None
        ident = packet[4] << 8 | packet[5]
        return _piece(ident, (word & 0x1FFF) * 8, bool(word & 0x2000), packet[9], packet[start:end], 4)
    if version == 6 and len(packet) >= 48:
        return _piece_of_ipv6(packet)
    return None


def _piece_of_ipv6(packet: bytes) -> Piece | None:
    """Behind the extension headers that come before the fragment header."""
    kind, at, end = packet[6], 40, 40 + (packet[4] << 8 | packet[5])
    while kind in _STEPPED and at + 2 <= len(packet):
        kind, at = packet[at], at + (packet[at + 1] * 4 + 8 if kind == _AH else packet[at + 1] * 8 + 8)
    if kind != _FRAGMENT or not at + 8 <= end <= len(packet):
        return None
    word = packet[at + 2] << 8 | packet[at + 3]
    ident = int.from_bytes(packet[at + 4 : at + 8], "big")
    return _piece(ident, word & 0xFFF8, bool(word & 1), packet[at], packet[at + 8 : end], 6)


def _piece(ident: int, offset: int, more: bool, proto: int, data: bytes, version: int) -> Piece | None:
    if not data or offset + len(data) > _LONGEST or (more and len(data) % 8):
        return None
    return Piece(ident, offset, more, proto, data, version)


def _packet(last: bytes, piece: Piece, payload: bytes) -> bytes:
    """The datagram as if it had come whole, with the addresses of its last fragment."""
    if piece.version == 4:
        size = min(20 + len(payload), _LONGEST)
        return b"\x45" + last[1:2] + size.to_bytes(2, "big") + last[4:6] + b"\0\0" + last[8:20] + payload
    return last[:4] + len(payload).to_bytes(2, "big") + bytes([piece.proto]) + last[7:40] + payload


def completing(columns: Columns) -> NDArray[np.int64]:
    """Rows that completed a datagram, as `Fragments.update` has left them."""
    both = np.uint32(Mark.FRAGMENT | Mark.PORTS)
    return np.flatnonzero((columns.marks & both) == both)
