"""Cut: makes a Part of the picked packets of a batch: their columns, MAC addresses, and first bytes that matter."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.alerts import SECOND_NS
from tui.core.columns import NONE16, AddressKind, Columns
from tui.core.decode.gather import Headers, one_of
from tui.core.ipproto import ICMP, ICMPV6
from tui.core.protocols import Layer
from tui.detectors.batch import Batch
from tui.detectors.part import ARP, HEAD, TAKEN, Part, Why
from tui.detectors.tables import I64, U64

DETAIL = 1_600
"""Most bytes kept of a packet that is parsed by itself: a frame of the usual size."""
DETAILS = 4_096
"""Packets of one batch that may be kept for that, 6.5 MB; those beyond are judged by their `head` alone."""

_WLAN = {105: 0, 119: 144, 127: -1, 163: 64, 192: -1}
"""Bytes before the 802.11 header by link type: plain, Prism, Radiotap, AVS, PPI; -1: bytes 2 and 3 tell the length."""
_COUNT = np.arange(HEAD)


class Macs(NamedTuple):
    """The MAC addresses of n packets as numbers."""

    source: U64
    """0 where the link is not Ethernet."""
    ether: NDArray[np.bool_]
    """Which are Ethernet frames."""
    headers: Headers | None
    """The Ethernet headers of all; None where there is no Ethernet frame."""
    new: NDArray[np.bool_]
    """Whose source was not met in the last minutes."""

    def target(self, rows: I64) -> U64:
        """Destinations of some packets; 0 where the link is not Ethernet."""
        if self.headers is None:
            return np.zeros(len(rows), np.uint64)
        target = self.headers.field(0, ">u8")[rows].astype(np.uint64) >> np.uint64(16)
        return target * self.ether[rows]


class Wireless(NamedTuple):
    """802.11 frames that end an association, and where in each of them the frame control field lies."""

    rows: I64
    at: I64


def cut(
    batch: Batch, rows: I64, weight: NDArray[np.int32], macs: Macs, wireless: Wireless, second: int, first: int
) -> Part:
    """The packets `rows` of the batch; `weight` is of each of them, `first` the sequence number of the batch's first.

    Times are clipped to the second: the packet clock has put these packets there.
    """
    c = batch.columns
    start = _starts(c, rows)
    start[np.searchsorted(rows, wireless.rows)] = wireless.at
    held = np.where(start < 0, 0, batch.frames.caplen[rows] - start)
    at = batch.frames.offset[rows] + np.maximum(start, 0)
    return Part(
        **{name: getattr(c, name)[rows] for name in TAKEN if name != "time_ns"},
        time_ns=np.clip(c.time_ns[rows], second * SECOND_NS, (second + 1) * SECOND_NS - 1),
        number=rows + first,
        weight=weight,
        why=batch.why[rows],
        tuple=np.where(batch.ports[rows], batch.tuples[rows], np.uint64(0)),
        src=batch.src[rows],
        dst=batch.dst[rows],
        src_mac=macs.source[rows],
        dst_mac=macs.target(rows),
        new_mac=macs.new[rows],
        head=_heads(batch, at, held),
        detail=_details(batch, rows, at, held, first),
    )


def _heads(batch: Batch, at: I64, held: I64) -> NDArray[np.uint8]:
    """(n, HEAD): the bytes at the places `at`, of which `held` belong to the packet; then zeros."""
    head = np.zeros((len(at), HEAD), np.uint8)
    some = np.flatnonzero(held > 0)
    if len(some):
        shown = batch.data.headers(at[some], HEAD).matrix
        short = np.flatnonzero(held[some] < HEAD)
        shown[short] *= held[some[short]][:, None] > _COUNT
        head[some] = shown
    return head


def _details(batch: Batch, rows: I64, at: I64, held: I64, first: int) -> dict[int, bytes]:
    """More bytes, by packet number, of those that are parsed one by one."""
    found: dict[int, bytes] = {}
    wanted = np.flatnonzero((batch.why[rows] & Why.DETAIL) != 0)
    for i in wanted[:DETAILS].tolist():
        size = min(int(held[i]), DETAIL)
        if size > 0:
            found[first + int(rows[i])] = batch.frames.buffer[int(at[i]) : int(at[i]) + size].tobytes()
    return found


def _starts(c: Columns, rows: I64) -> I64:
    """Where in each of these frames `head` begins; -1 where there is nothing to see."""
    payload, proto, l4 = c.payload[rows], c.ip_proto[rows], c.l4[rows].astype(np.int64)
    start = np.where(payload == NONE16, -1, payload.astype(np.int64))
    arp = (c.ethertype[rows] == ARP) & (c.l3[rows] != NONE16)
    start[arp] = c.l3[rows[arp]]
    icmp = one_of(proto, (ICMP, ICMPV6)) & (l4 != NONE16)
    if icmp.any():
        kind = c.code[rows] >> 8
        error = np.where(proto == ICMP, (kind == 3) | (kind == 11), (kind == 1) | (kind == 3))
        start = np.where(icmp, l4 + 8 * error, start)
    return np.asarray(start, np.int64)


def wireless(batch: Batch) -> Wireless:
    """The deauthentication and disassociation frames of the batch (IEEE 802.11, 9.3.3)."""
    c, frames = batch.columns, batch.frames
    rows = np.flatnonzero((c.layers & np.uint64(1 << Layer.WLAN)) != 0)
    if not len(rows):
        return Wireless(rows, rows)
    own = batch.data.headers(frames.offset[rows], 4)
    told = own.u8(2).astype(np.int64) | (own.u8(3).astype(np.int64) << 8)
    before = np.zeros(len(rows), np.int64)
    for linktype, size in _WLAN.items():
        same = c.linktype[rows] == linktype
        before[same] = told[same] if size < 0 else size
    control = batch.data.u8(frames.offset[rows] + before)
    ends = one_of(control, (0xC0, 0xA0)) & (before + 24 <= frames.caplen[rows]) & (c.kind[rows] == AddressKind.MAC)
    return Wireless(rows[ends], before[ends])
