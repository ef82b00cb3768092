"""IEEE 802.11 frames, bare or behind the headers of capture drivers (radiotap, PPI, Prism, AVS)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NO_ADDRESS, AddressKind, Mark
from tui.core.decode.batch import Batch
from tui.core.decode.ethernet import llc
from tui.core.decode.gather import Rows, one_of, pick
from tui.core.protocols import Layer

_MANAGEMENT, _CONTROL, _DATA = 0, 1, 2
_TO_DS, _FROM_DS, _PROTECTED, _ORDER = 0x01, 0x02, 0x40, 0x80
_PPI_80211 = 105


def radiotap(b: Batch, rows: Rows) -> None:
    """Radiotap: its length, little endian, at offset 2; bit 4 of the flags field says that an FCS is appended."""
    at = b.here(rows)
    h = b.data.headers(at, 8)
    size = h.field(2, "<u2").astype(np.int64)
    b.name(rows, "Radiotap")
    good = (size >= 8) & (at + size <= b.end[rows]) & (h.u8(0) == 0)
    b.malformed(pick(rows, ~good))
    some = pick(rows, good)
    if some is None:
        return
    present = h.field(4, "<u4").astype(np.uint32)[good]
    skip = np.where(present & 1, 16, 8)  # the timestamp (aligned to 8) stands before the flags
    flagged = ((present & 2) != 0) & (present >> 31 == 0)
    flags = b.data.u8(b.at[some] + skip)
    fcs = flagged & ((flags & 0x10) != 0)
    b.end[some] -= np.where(fcs & (b.end[some] == b.wire_end[some]), 4, 0)
    b.at[some] += size[good]
    ieee80211(b, some)


def ppi(b: Batch, rows: Rows) -> None:
    """Per-packet information: its length, and the link type that follows."""
    at = b.here(rows)
    h = b.data.headers(at, 8)
    size = h.field(2, "<u2").astype(np.int64)
    good = (size >= 8) & (at + size <= b.end[rows])
    b.name(rows, "PPI")
    b.malformed(pick(rows, ~good))
    known = good & (h.field(4, "<u4").astype(np.uint32) == _PPI_80211)
    if (some := pick(rows, known)) is not None:
        b.at[some] += size[known]
        ieee80211(b, some)


def prism(b: Batch, rows: Rows) -> None:
    """The Prism header (144 bytes), or AVS, which tells its length."""
    at = b.here(rows)
    h = b.data.headers(at, 8)
    avs = (h.u32(0) & 0xFFFFF000) == 0x80211000
    size = np.where(avs, h.u32(4), 144).astype(np.int64)
    b.name(rows, "Prism")
    good = at + size <= b.end[rows]
    b.malformed(pick(rows, ~good))
    if (some := pick(rows, good)) is not None:
        b.at[some] += size[good]
        ieee80211(b, some)


def ieee80211(b: Batch, rows: Rows) -> None:
    """The MAC header: addresses by the direction bits, then LLC in data frames that are not encrypted."""
    at, c = b.here(rows), b.columns
    h = b.data.headers(at, 36)
    control, flags = h.u8(0), h.u8(1)
    kind = (control >> 2 & 3).astype(np.uint8)
    subtype = (control >> 4).astype(np.uint8)
    b.name(rows, "802.11")
    b.layer(rows, Layer.WLAN)
    b.network[rows] = 0
    room = b.end[rows] - at
    distribution = flags & (_TO_DS | _FROM_DS)
    size = np.where(kind == _CONTROL, np.where(one_of(subtype, (12, 13)), 10, 16), 24)
    b.malformed(pick(rows, room < size))
    _group(b, rows, h.u64(4) >> np.uint64(16))
    addressed = pick(rows, (room >= 24) & (kind != _CONTROL))
    if addressed is not None:
        mine = (room >= 24) & (kind != _CONTROL)
        first, second, third = (h.u64(k)[mine] >> np.uint64(16) for k in (4, 10, 16))
        fourth = h.u64(24)[mine] >> np.uint64(16)
        data = kind[mine] == _DATA
        to_ds = data & ((distribution[mine] & _TO_DS) != 0)
        from_ds = data & ((distribution[mine] & _FROM_DS) != 0)
        c.kind[addressed] = AddressKind.MAC
        c.dst_lo[addressed] = np.where(to_ds, third, first)
        c.src_lo[addressed] = np.where(from_ds, np.where(to_ds, fourth, third), second)
    _control_addresses(b, rows, kind, subtype, room)
    quality = (kind == _DATA) & ((subtype & 8) != 0)
    size = 24 + np.where(distribution == 3, 6, 0) + np.where(quality, 2, 0)
    size = size + np.where(quality & ((flags & _ORDER) != 0), 4, 0)
    clear = (kind == _DATA) & ((subtype & 4) == 0) & ((flags & _PROTECTED) == 0) & (room >= size + 8)
    if (some := pick(rows, clear)) is not None:
        b.at[some] += size[clear]
        llc(b, some)
    if (some := pick(rows, (kind == _DATA) & ((subtype & 4) == 0) & ((flags & _PROTECTED) != 0))) is not None:
        b.name(some, "802.11")


def _control_addresses(
    b: Batch, rows: Rows, kind: NDArray[np.uint8], subtype: NDArray[np.uint8], room: NDArray[np.int64]
) -> None:
    """Control frames have a receiver, and most a transmitter; acknowledgements and clear-to-send have none."""
    c = b.columns
    two = (kind == _CONTROL) & one_of(subtype, (4, 5, 8, 9, 10, 11)) & (room >= 16)
    one = (kind == _CONTROL) & one_of(subtype, (12, 13, 14, 15)) & (room >= 10)
    for mask, transmitter in ((two, True), (one, False)):
        if (some := pick(rows, mask)) is None:
            continue
        h = b.data.headers(b.at[some], 20)
        c.kind[some] = AddressKind.MAC
        c.dst_lo[some] = h.u64(4) >> np.uint64(16)
        if transmitter:
            c.src_lo[some] = h.u64(10) >> np.uint64(16)
        else:
            c.src_hi[some] = NO_ADDRESS


def _group(b: Batch, rows: Rows, receiver: NDArray[np.uint64]) -> None:
    everyone = receiver == np.uint64(0xFFFFFFFFFFFF)
    some = (receiver >> np.uint64(40) & np.uint64(1)) != 0
    b.columns.marks[rows] |= np.where(
        everyone, np.uint32(Mark.BROADCAST), np.where(some, np.uint32(Mark.MULTICAST), np.uint32(0))
    )
