"""Selector: picks, with array operations, the packets that change some state, and a sample of all others.

A flood must not find a way to per-packet Python here: every step is a mask, a gather or one look into a table.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import Columns
from tui.core.decode.gather import one_of
from tui.core.frames import Frames
from tui.core.hashing import HashKey
from tui.core.ipproto import ICMP, ICMPV6, TCP, UDP
from tui.detectors import texts
from tui.detectors.batch import Batch
from tui.detectors.cut import Macs, cut, wireless
from tui.detectors.part import ARP, Part, Why
from tui.detectors.tables import I64, U64, SeenTable

EXACT = 8_192
"""Packets of a second that are all looked at; of those beyond, every SAMPLE-th."""
SAMPLE = 16

_ETHERNET = 1
_SYN, _FIN, _RST, _ACK = 2, 1, 4, 16
_OPENED = np.uint64(0x9E3779B97F4A7C15)
_GROUP = np.uint64(1 << 40)
"""Bit of a MAC address as a number: it is of a group, and sends nothing."""


class Selector:
    """Remembers which connections, pairs and MAC addresses were met lately, in tables of fixed size."""

    def __init__(self, hash_key: HashKey | None = None) -> None:
        self.hash = hash_key or HashKey()
        self.sample = SAMPLE
        """Of the packets beyond EXACT, every so many-th is picked."""
        self._tuples = SeenTable(20)
        """Connections of which a segment was met, openings apart."""
        self._openings = SeenTable(20)
        """The one segment that may follow each SYN-ACK in either direction; see `_opening`."""
        self._pairs = SeenTable(20)
        """Who has sent datagrams, or echoes, to whom."""
        self._macs = SeenTable(17, turn_s=300)
        self._seen = 0
        """Packets of this second so far."""
        self._second = 0

    def advance(self, second: int) -> None:
        """A new second begins: the sample starts again, the tables grow older."""
        self._seen = 0
        self._second = second
        for table in (self._tuples, self._openings, self._pairs, self._macs):
            table.advance(second)

    def select(self, columns: Columns, frames: Frames, first_sequence: int) -> Part | None:
        """The packets of a batch (within one second) that the detectors look at; None where there are none.

        `first_sequence`: the number of the batch's first packet.
        """
        if not len(columns):
            return None
        weight = _weights(self._seen, len(columns), self.sample)
        self._seen += len(columns)
        batch = Batch.of(columns, frames, self.hash)
        pick = weight > 0
        tcp = batch.ports & (columns.ip_proto == TCP)
        if tcp.any():
            pick |= self._segments(batch, tcp)
        pick |= self._datagrams(batch)
        ends = wireless(batch)
        pick[ends.rows] = True
        macs = self._link(batch)
        pick |= macs.new
        rows = np.flatnonzero(pick)
        if not len(rows):
            return None
        return cut(batch, rows, weight[rows], macs, ends, self._second, first_sequence)

    def _segments(self, batch: Batch, tcp: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Openings, closings, what belongs to no connection, and the texts of logins."""
        flags = batch.columns.tcp_flags & 0x3F
        kinds = flags & (_SYN | _ACK | _RST)
        known = np.flatnonzero(tcp & (kinds != _SYN) & ((flags & _RST) == 0))
        new = known.compress(self._tuples.first(batch.tuples.take(known)))
        stray = np.flatnonzero(tcp & ((flags & _RST) != 0))
        stray = stray[~self._tuples.has(batch.tuples[stray])]
        batch.why[new] |= Why.NEW
        batch.why[stray] |= Why.NEW
        self._expect(batch, np.flatnonzero(tcp & (kinds == _SYN | _ACK)))
        if not self._openings.empty:
            plain = np.flatnonzero(tcp & (kinds == _ACK))
            batch.why[plain.compress(self._openings.has(_opening(batch, plain)))] |= Why.OPENING
        texts.mark(batch, tcp)
        pick = tcp & (((flags & (_SYN | _FIN | _RST)) != 0) | ((flags & _ACK) == 0))
        return np.asarray(pick | (batch.why != 0))

    def _expect(self, batch: Batch, answers: I64) -> None:
        """Note what may follow these SYN-ACKs: the client's acknowledgement, or more from the server."""
        if not len(answers):
            return
        c, tuples = batch.columns, batch.tuples[answers]
        seq, ack = c.seq[answers] + np.uint32(1), c.ack[answers]
        self._openings.add(_key(tuples, batch.dst[answers], ack, seq))
        self._openings.add(_key(tuples, batch.src[answers], seq, ack))

    def _datagrams(self, batch: Batch) -> NDArray[np.bool_]:
        """The first packet of each pair, errors, ARP, DHCP, router and neighbour advertisements."""
        c, why = batch.columns, batch.why
        icmp4, icmp6 = c.ip_proto == ICMP, c.ip_proto == ICMPV6
        pick = np.zeros(len(c), np.bool_)
        rows = np.flatnonzero(batch.ports & (c.ip_proto == UDP))
        if len(rows):
            why[rows[self._pairs.first(batch.tuples[rows])]] |= Why.NEW
            dhcp = one_of(c.dport[rows], (67, 68))
            pick[rows[dhcp]] = True
            why[rows[dhcp]] |= Why.DETAIL
        if icmp4.any() or icmp6.any():
            kind = c.code >> 8
            echo = (icmp4 & ((kind == 8) | (kind == 0))) | (icmp6 & ((kind == 128) | (kind == 129)))
            rows = np.flatnonzero(echo)
            new = rows[self._pairs.first(self.hash.pair(batch.src[rows], batch.dst[rows], c.code[rows]))]
            why[new] |= Why.NEW
            pick |= (icmp4 & one_of(kind, (3, 11))) | (icmp6 & one_of(kind, (1, 3)))
            neighbour = icmp6 & (kind >= 133) & (kind <= 136)
            pick |= neighbour
            why[neighbour] |= Why.DETAIL
        pick |= c.ethertype == ARP
        return np.asarray(pick | (why != 0))

    def _link(self, batch: Batch) -> Macs:
        """The MAC addresses, and where that of the sender is new."""
        ether = (batch.columns.linktype == _ETHERNET) & (batch.frames.caplen >= 14)
        new = np.zeros(len(batch), np.bool_)
        if not ether.any():
            return Macs(np.zeros(len(batch), np.uint64), ether, None, new)
        headers = batch.data.headers(batch.frames.offset, 14)
        source: U64 = headers.u64(6)
        source >>= np.uint64(16)
        source *= ether
        rows = np.flatnonzero((source != 0) & (source & _GROUP == 0))
        new[rows] = self._macs.first((source.take(rows) * self.hash.factors[0]) >> np.uint64(40))
        return Macs(source, ether, headers, new)


def _weights(seen: int, n: int, sample: int) -> NDArray[np.int32]:
    """What each of n packets stands for, `seen` having come before them in the second."""
    weight = np.zeros(n, np.int32)
    exact = max(0, EXACT - seen)
    weight[:exact] = 1
    weight[exact + -(seen + exact) % sample :: sample] = sample
    return weight


def _opening(batch: Batch, rows: I64) -> U64:
    """Keys of these segments, to be looked for among those that may follow a SYN-ACK."""
    c = batch.columns
    return _key(batch.tuples.take(rows), batch.src.take(rows), c.seq.take(rows), c.ack.take(rows))


def _key(tuples: U64, sender: U64, seq: NDArray[np.uint32], ack: NDArray[np.uint32]) -> U64:
    """A hash of connection, direction and both sequence numbers."""
    key = tuples ^ (sender >> np.uint64(1))
    key += ((seq.astype(np.uint64) << np.uint64(32)) | ack) * _OPENED
    key ^= key >> np.uint64(29)
    return key
