"""From the kernel's headers to Frames: bytes as they were on the wire, put right in place, all frames at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.capture.blocks import headers
from tui.capture.packetsocket import HEADROOM
from tui.core.frames import Direction, Frames

TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 1 << 4, 1 << 6
ARPHRD_LOOPBACK, PACKET_OUTGOING = 772, 4
LINKTYPE_ETHERNET, LINKTYPE_SLL2 = 1, 276
ETH_P_8021Q = 0x8100

_U = Direction.UNKNOWN
DIRECTIONS = np.array(
    [Direction.IN, Direction.BROADCAST, Direction.MULTICAST, Direction.OTHERHOST, Direction.OUT, _U, _U, _U], np.uint8
)
"""By sll_pkttype (linux/if_packet.h PACKET_HOST to PACKET_KERNEL)."""
SLL2 = np.dtype(
    [
        ("protocol", ">u2"), ("zero", ">u2"), ("ifindex", ">i4"), ("hatype", ">u2"),
        ("pkttype", "u1"), ("halen", "u1"), ("address", "V8"),
    ]
)  # fmt: skip
"""LINKTYPE_LINUX_SLL2, www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html"""
PAIR = np.dtype([("first", ">u2"), ("second", ">u2")])
"""TPID and TCI, or TCI and the protocol that follows."""


def frames(
    buffer: NDArray[np.uint8], offsets: NDArray[np.int64], linktype: int, interface: int, snaplen: int
) -> Frames:
    """The frames whose kernel headers stand at `offsets` of a writable buffer.

    On loopback every packet is seen twice, going and coming: the one that goes is left out.
    """
    rows = headers(buffer, offsets)
    if (own := (rows["pkttype"] == PACKET_OUTGOING) & (rows["hatype"] == ARPHRD_LOOPBACK)).any():
        rows, offsets = rows[~own], offsets[~own]
    start = offsets + rows["mac"]
    grown = _put_headers_back(buffer, rows, start, linktype)
    start -= grown
    n = len(start)
    return Frames(
        buffer=buffer,
        offset=start,
        caplen=np.minimum(rows["caplen"].astype(np.int64) + grown, snaplen),
        length=rows["length"].astype(np.int64) + grown,
        time_ns=rows["sec"].astype(np.int64) * 1_000_000_000 + rows["nsec"],
        linktype=np.broadcast_to(np.uint16(linktype), n),
        interface=np.broadcast_to(np.uint16(interface), n),
        direction=DIRECTIONS[rows["pkttype"] & 7],
        headroom=HEADROOM,
    )


def _put_headers_back(
    buffer: NDArray[np.uint8], rows: NDArray[np.void], start: NDArray[np.int64], linktype: int
) -> NDArray[np.int64]:
    """Write what the kernel took off the frames' fronts back before them; by how many bytes each grew."""
    grown = np.zeros(len(start), np.int64)
    tagged = np.flatnonzero(rows["status"] & TP_STATUS_VLAN_VALID)
    if linktype == LINKTYPE_SLL2:
        grown += SLL2.itemsize
        grown[tagged] += PAIR.itemsize
        _write_sll2(buffer, rows, start, tagged)
    elif linktype == LINKTYPE_ETHERNET and len(tagged):
        tagged = tagged[rows["caplen"][tagged] >= 12]
        grown[tagged] = PAIR.itemsize
        _write_tags(buffer, rows[tagged], start[tagged])
    return grown


def _write_tags(buffer: NDArray[np.uint8], rows: NDArray[np.void], start: NDArray[np.int64]) -> None:
    """Move both MAC addresses down by 4 bytes and put the tag behind them (IEEE 802.1Q, 802.1ad)."""
    addresses = _everywhere(buffer, 12)
    addresses[start - PAIR.itemsize] = addresses[start]
    tags = np.empty(len(rows), PAIR)
    tags["first"], tags["second"] = _tpid(rows), rows["tci"]
    _everywhere(buffer, PAIR.itemsize)[start + 12 - PAIR.itemsize] = tags.view("V4")


def _write_sll2(
    buffer: NDArray[np.uint8], rows: NDArray[np.void], start: NDArray[np.int64], tagged: NDArray[np.int64]
) -> None:
    """Build the cooked header; a stripped tag becomes its protocol, with TCI and the inner protocol behind it."""
    cooked = np.zeros(len(rows), SLL2)
    for name in ("protocol", "ifindex", "hatype", "pkttype", "halen", "address"):
        cooked[name] = rows[name]
    front = start - SLL2.itemsize
    if len(tagged):
        inner = np.empty(len(tagged), PAIR)
        inner["first"], inner["second"] = rows["tci"][tagged], rows["protocol"][tagged]
        _everywhere(buffer, PAIR.itemsize)[start[tagged] - PAIR.itemsize] = inner.view("V4")
        cooked["protocol"][tagged] = _tpid(rows[tagged])
        front[tagged] -= PAIR.itemsize
    _everywhere(buffer, SLL2.itemsize)[front] = cooked.view("V20")


def _tpid(rows: NDArray[np.void]) -> NDArray[np.uint16]:
    told = rows["status"] & TP_STATUS_VLAN_TPID_VALID
    return np.where(told, rows["tpid"], ETH_P_8021Q).astype(np.uint16)


def _everywhere(buffer: NDArray[np.uint8], size: int) -> NDArray[np.void]:
    """The buffer as overlapping pieces of `size` bytes, one at every byte: gathers and scatters copy whole pieces."""
    return np.ndarray((len(buffer) - size + 1,), f"V{size}", buffer, 0, (1,))
