"""Selector: picks, with array operations, the packets that change some state, and a sample of all others.

A flood must not find a way to per-packet Python here: every step is a mask, a gather or one look into a table.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.alerts import SECOND_NS
from tui.core.columns import NONE16, AddressKind, Columns, Mark
from tui.core.decode.gather import Bytes, Headers, one_of
from tui.core.frames import Frames
from tui.core.hashing import HashKey
from tui.core.protocols import Layer
from tui.detectors.part import HEAD, TAKEN, Part, Why
from tui.detectors.tables import I64, U64, SeenTable

EXACT = 8_192
"""Packets of a second that are all looked at; of those beyond, every SAMPLE-th."""
SAMPLE = 16
DETAIL = 1_600
"""Most bytes kept of a packet that is parsed by itself."""
DETAILS = 4_096
"""Packets of one batch that may be kept for that; what is beyond is counted in `Selector.skipped`."""

TCP, UDP, ICMP, ICMPV6, SCTP = 6, 17, 1, 58, 132
ARP, ETHERNET = 0x0806, 1
_WLAN = {105: 0, 119: 144, 127: -1, 163: 64, 192: -1}  # link type: bytes before the 802.11 header; -1: it tells itself
_SYN, _FIN, _RST, _ACK = 2, 1, 4, 16
_OPENED = np.uint64(0x9E3779B97F4A7C15)
_CHATTY = np.zeros(65_536, np.bool_)
_CHATTY[[21, 23, 25, 110, 143, 587, 1433, 2323, 3306, 3389, 5432, 6379]] = True  # servers whose small packets are read
_CHATTY_BYTES = 600
_STARTS = np.zeros(65_536, np.bool_)
for _word in (
    b"SS",
    b"53",
    b"HT",
    b"GE",
    b"PO",
    b"HE",
    b"PU",
    b"PA",
    b"US",
    b"LO",
    b"AU",
    b"-E",
    b"-W",
    b"*2",
    b"\x16\x03",
):
    _STARTS[int.from_bytes(_word, "big")] = True
_REQUEST = np.zeros(65_536, np.bool_)
for _word in (b"GE", b"PO", b"HE", b"PU"):
    _REQUEST[int.from_bytes(_word, "big")] = True
_SMB_PORTS = (139, 445)
_EMPTY_LINE = 0x0D0A0D0A
_COUNT = np.arange(HEAD)
_GROUP = np.uint64(1 << 40)
"""Bit of a MAC address as a number: it is of a group, and sends nothing."""


class Macs(NamedTuple):
    """Both MACs of each packet; 0 where the link is not Ethernet."""

    source: U64
    headers: Headers
    ether: NDArray[np.bool_]

    def target(self, rows: I64) -> U64:
        """Of some packets."""
        target = self.headers.field(0, ">u8")[rows].astype(np.uint64) >> np.uint64(16)
        return target * self.ether[rows]


class Selector:
    """Remembers which connections, pairs and MAC addresses were met lately, in tables of fixed size."""

    def __init__(self, hash_key: HashKey | None = None) -> None:
        self.hash = hash_key or HashKey()
        self.sample = SAMPLE
        self.skipped = 0
        """Packets that would have been read byte by byte, but were too many."""
        self._tuples = SeenTable(20)
        self._openings = SeenTable(20)
        self._pairs = SeenTable(20)
        self._macs = SeenTable(17, turn_s=300)
        self._seen = 0
        self._second = 0

    def advance(self, second: int) -> None:
        """A new second begins: the sample starts again, the tables grow older."""
        self._seen = 0
        self._second = second
        for table in (self._tuples, self._openings, self._pairs, self._macs):
            table.advance(second)

    def select(self, c: Columns, frames: Frames, first_sequence: int) -> Part | None:
        """The packets of a batch (within one second) that the detectors look at; None where there are none."""
        n = len(c)
        if not n:
            return None
        weight = _weights(self._seen, n, self.sample)
        self._seen += n
        data = Bytes(frames.buffer)
        why = np.zeros(n, np.uint8)
        ports = (c.marks & np.uint32(Mark.PORTS)) != 0
        src = self.hash.address(c.src_hi, c.src_lo, c.kind)
        dst = self.hash.address(c.dst_hi, c.dst_lo, c.kind)
        tuples = self.hash.pair(src + ported(c.sport), dst + ported(c.dport), c.ip_proto)
        pick = weight > 0
        tcp = ports & (c.ip_proto == TCP)
        if tcp.any():
            pick |= self._tcp(c, tcp, src, tuples, why, data, frames)
        pick |= self._datagrams(c, ports, src, dst, tuples, why)
        bad, control_at = _wireless(c, frames, data)
        pick[bad] = True
        macs, new_mac = self._link(c, frames, data)
        pick |= new_mac
        rows = np.flatnonzero(pick)
        if not len(rows):
            return None
        start = _starts(c, rows)
        start[np.searchsorted(rows, bad)] = control_at
        return self._part(
            c, frames, data, rows, first_sequence, weight, why, tuples, src, dst, start, macs, new_mac, ports
        )

    def _tcp(
        self,
        c: Columns,
        tcp: NDArray[np.bool_],
        src: U64,
        tuples: U64,
        why: NDArray[np.uint8],
        data: Bytes,
        frames: Frames,
    ) -> NDArray[np.bool_]:
        """Openings, closings, what belongs to no connection, and the texts of logins."""
        flags = c.tcp_flags & 0x3F
        pick = tcp & (((flags & (_SYN | _FIN | _RST)) != 0) | ((flags & _ACK) == 0))
        kinds = flags & (_SYN | _ACK | _RST)
        known = np.flatnonzero(tcp & (kinds != _SYN) & ((flags & _RST) == 0))
        new = known.compress(self._tuples.first(tuples.take(known)))
        stray = np.flatnonzero(tcp & ((flags & _RST) != 0))
        stray = stray[~self._tuples.has(tuples[stray])]
        why[new] |= Why.NEW
        why[stray] |= Why.NEW
        opened = np.flatnonzero(tcp & (kinds == _SYN | _ACK))
        if len(opened):
            end = self.hash.address(c.dst_hi[opened], c.dst_lo[opened], c.kind[opened])
            one = np.uint32(1)
            self._openings.add(_opening(tuples[opened], end, c.ack[opened], c.seq[opened] + one))
            self._openings.add(_opening(tuples[opened], src[opened], c.seq[opened] + one, c.ack[opened]))
        if not self._openings.empty:
            plain = np.flatnonzero(tcp & (kinds == _ACK))
            keys = _opening(tuples.take(plain), src.take(plain), c.seq.take(plain), c.ack.take(plain))
            why[plain.compress(self._openings.has(keys))] |= Why.OPENING
        loud = np.flatnonzero(tcp & (c.payload_len > 0) & (c.payload != NONE16))
        if len(loud):
            payload, size = c.payload.take(loud), c.payload_len.take(loud)
            sport, dport = c.sport.take(loud), c.dport.take(loud)
            at = frames.offset.take(loud) + payload
            held = payload.astype(np.int64) + 2 <= frames.caplen.take(loud)
            word = (data.u8(at).astype(np.uint16) << 8) | data.u8(at + 1)
            text = _STARTS.take(word, mode="clip") & held
            small = size < _CHATTY_BYTES
            text |= (_CHATTY.take(sport, mode="clip") | _CHATTY.take(dport, mode="clip")) & small
            text |= one_of(sport, _SMB_PORTS) & (size < 200)
            why[loud.compress(text)] |= Why.TEXT
            login = one_of(dport, (23, 2323)) & small
            request = _REQUEST.take(word, mode="clip") & held
            why[loud.compress(request | login)] |= Why.DETAIL
            asked = loud.compress(request)
            if len(asked):
                stop = c.payload.take(asked).astype(np.int64) + c.payload_len.take(asked)
                last = data.headers(np.maximum(frames.offset.take(asked) + stop - 4, 0), 4).u32(0)
                why[asked[(last == _EMPTY_LINE) & (stop <= frames.caplen.take(asked))]] |= Why.WHOLE
        return np.asarray(pick | (why != 0))

    def _datagrams(
        self, c: Columns, ports: NDArray[np.bool_], src: U64, dst: U64, tuples: U64, why: NDArray[np.uint8]
    ) -> NDArray[np.bool_]:
        """The first packet of each pair, errors, ARP, DHCP, router and neighbour advertisements."""
        udp = ports & (c.ip_proto == UDP)
        icmp4, icmp6 = c.ip_proto == ICMP, c.ip_proto == ICMPV6
        pick = np.zeros(len(c), np.bool_)
        rows = np.flatnonzero(udp)
        if len(rows):
            new = rows[self._pairs.first(tuples[rows])]
            why[new] |= Why.NEW
            dhcp = one_of(c.dport[rows], (67, 68))
            pick[rows[dhcp]] = True
            why[rows[dhcp]] |= Why.DETAIL
        if icmp4.any() or icmp6.any():
            kind = c.code >> 8
            echo = (icmp4 & ((kind == 8) | (kind == 0))) | (icmp6 & ((kind == 128) | (kind == 129)))
            rows = np.flatnonzero(echo)
            new = rows[self._pairs.first(self.hash.pair(src[rows], dst[rows], c.code[rows]))]
            why[new] |= Why.NEW
            pick |= (icmp4 & one_of(kind, (3, 11))) | (icmp6 & one_of(kind, (1, 3)))
            neighbour = icmp6 & (kind >= 133) & (kind <= 136)
            pick |= neighbour
            why[neighbour] |= Why.DETAIL
        pick |= c.ethertype == ARP
        return np.asarray(pick | (why != 0))

    def _link(self, c: Columns, frames: Frames, data: Bytes) -> tuple[Macs | None, NDArray[np.bool_]]:
        """(both MACs of each Ethernet frame or None, where the source MAC is new)."""
        ether = (c.linktype == ETHERNET) & (frames.caplen >= 14)
        if not ether.any():
            return None, np.zeros(len(c), np.bool_)
        macs = data.headers(frames.offset, 14)
        source = macs.u64(6)
        source >>= np.uint64(16)
        source *= ether
        rows = np.flatnonzero((source != 0) & (source & _GROUP == 0))
        new = np.zeros(len(c), np.bool_)
        new[rows] = self._macs.first((source.take(rows) * self.hash.factors[0]) >> np.uint64(40))
        return Macs(source, macs, ether), new

    def _part(
        self,
        c: Columns,
        frames: Frames,
        data: Bytes,
        rows: I64,
        first_sequence: int,
        weight: NDArray[np.int32],
        why: NDArray[np.uint8],
        tuples: U64,
        src: U64,
        dst: U64,
        start: I64,
        macs: Macs | None,
        new_mac: NDArray[np.bool_],
        ports: NDArray[np.bool_],
    ) -> Part:
        held = np.where(start < 0, 0, frames.caplen[rows] - start)
        at = frames.offset[rows] + np.maximum(start, 0)
        head = np.zeros((len(rows), HEAD), np.uint8)
        some = np.flatnonzero((held > 0) & (start >= 0))
        if len(some):
            shown = data.headers(at[some], HEAD).matrix
            short = np.flatnonzero(held[some] < HEAD)
            shown[short] *= held[some[short]][:, None] > _COUNT
            head[some] = shown
        detail: dict[int, bytes] = {}
        wanted = np.flatnonzero((why[rows] & Why.DETAIL) != 0)
        self.skipped += max(0, len(wanted) - DETAILS)
        for i in wanted[:DETAILS].tolist():
            size = min(int(held[i]), DETAIL)
            if size > 0:
                detail[first_sequence + int(rows[i])] = frames.buffer[int(at[i]) : int(at[i]) + size].tobytes()
        none = np.zeros(len(rows), np.uint64)
        return Part(
            **{name: getattr(c, name)[rows] for name in TAKEN if name != "time_ns"},
            time_ns=np.clip(c.time_ns[rows], self._second * SECOND_NS, (self._second + 1) * SECOND_NS - 1),
            number=rows + first_sequence,
            weight=weight[rows],
            why=why[rows],
            tuple=np.where(ports[rows], tuples[rows], np.uint64(0)),
            src=src[rows],
            dst=dst[rows],
            src_mac=none if macs is None else macs.source[rows],
            dst_mac=none if macs is None else macs.target(rows),
            new_mac=new_mac[rows],
            head=head,
            detail=detail,
        )


def _weights(seen: int, n: int, sample: int) -> NDArray[np.int32]:
    """What each of n packets stands for, `seen` having come before them in the second."""
    weight = np.zeros(n, np.int32)
    exact = max(0, EXACT - seen)
    weight[:exact] = 1
    weight[exact + -(seen + exact) % sample :: sample] = sample
    return weight


def ported(port: NDArray[np.uint16]) -> U64:
    """Ports spread over 64 bits, to be added to the hash of an address."""
    return port.astype(np.uint64) * np.uint64(0xD6E8FEB86659FD93)


def _opening(tuples: U64, sender: U64, seq: NDArray[np.uint32], ack: NDArray[np.uint32]) -> U64:
    """Key of the one segment that may follow a SYN-ACK in one direction."""
    key = tuples ^ (sender >> np.uint64(1))
    key += ((seq.astype(np.uint64) << np.uint64(32)) | ack) * _OPENED
    key ^= key >> np.uint64(29)
    return key


def _starts(c: Columns, rows: I64) -> I64:
    """Where in each of these frames `head` begins; -1 where there is nothing to see."""
    payload, proto, l4 = c.payload[rows], c.ip_proto[rows], c.l4[rows].astype(np.int64)
    start = np.where(payload == NONE16, -1, payload.astype(np.int64))
    arp = (c.ethertype[rows] == ARP) & (c.l3[rows] != NONE16)
    start[arp] = c.l3[rows[arp]]
    icmp = ((proto == ICMP) | (proto == ICMPV6)) & (l4 != NONE16)
    if icmp.any():
        kind = c.code[rows] >> 8
        error = np.where(proto == ICMP, (kind == 3) | (kind == 11), (kind == 1) | (kind == 3))
        start = np.where(icmp, l4 + 8 * error, start)
    return np.asarray(start, np.int64)


def _wireless(c: Columns, frames: Frames, data: Bytes) -> tuple[I64, I64]:
    """(802.11 deauthentication and disassociation frames, where in each of them the frame control lies)."""
    rows = np.flatnonzero((c.layers & np.uint64(1 << Layer.WLAN)) != 0)
    if not len(rows):
        return rows, rows
    own = data.headers(frames.offset[rows], 4)
    told = own.u8(2).astype(np.int64) | (own.u8(3).astype(np.int64) << 8)
    before = np.zeros(len(rows), np.int64)
    for linktype, size in _WLAN.items():
        same = c.linktype[rows] == linktype
        before[same] = told[same] if size < 0 else size
    control = data.u8(frames.offset[rows] + before)
    bad = (
        ((control == 0xC0) | (control == 0xA0))
        & (before + 24 <= frames.caplen[rows])
        & (c.kind[rows] == AddressKind.MAC)
    )
    return rows[bad], before[bad]
