"""Capture files as bytes: headers, and records described as pieces of memory for one gathering write."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.frames import Frames
from tui.store.pool import Pieces

Int64 = NDArray[np.int64]

SNAPLEN = 262_144
RECORD_HEADER = 16
PACKET_HEADER = 28
"""Bytes before the frame in an enhanced packet block."""
NANOSECONDS = 9
OPTION_END, OPTION_COMMENT, OPTION_NAME, OPTION_DESCRIPTION, OPTION_RESOLUTION = 0, 1, 2, 3, 9
OPTION_APPLICATION = 4
OPTION_RECEIVED, OPTION_DROPPED, OPTION_OS_DROPPED = 4, 5, 7


@dataclass(frozen=True, slots=True)
class Records:
    """n records as pieces of memory: piece 0 of a record follows the last piece of the one before it."""

    pieces: Pieces
    per_record: int
    """Pieces of each record."""
    sizes: Int64
    """Bytes of each record."""
    data_at: int
    """Where the frame begins in its record."""
    alive: tuple[Any, ...]
    """What the addresses point into; to be kept until the write is done."""


def pcap_header(linktype: int) -> bytes:
    """The header of a pcap file with nanoseconds."""
    return struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, SNAPLEN, linktype)


def pcap_records(frames: Frames) -> Records:
    """pcap records; the header is written before the frame in place, where there is room."""
    n = len(frames)
    head = np.empty((n, 4), "<u4")
    seconds = frames.time_ns // 1_000_000_000
    head[:, 0] = seconds & 0xFFFFFFFF
    head[:, 1] = frames.time_ns - seconds * 1_000_000_000
    head[:, 2] = frames.caplen
    head[:, 3] = frames.length & 0xFFFFFFFF
    sizes = frames.caplen + RECORD_HEADER
    base = np.uint64(frames.buffer.ctypes.data)
    if frames.headroom >= RECORD_HEADER and frames.buffer.flags.writeable and n:
        start = frames.offset - RECORD_HEADER
        room = np.ndarray((len(frames.buffer) - RECORD_HEADER + 1,), "V16", frames.buffer, 0, (1,))
        room[start] = head.view("V16")[:, 0]
        pieces = np.empty((n, 2), np.uint64)
        pieces[:, 0] = start.astype(np.uint64) + base
        pieces[:, 1] = sizes
        return Records(pieces, 1, sizes, RECORD_HEADER, (frames.buffer,))
    many = np.empty((n, 2, 2), np.uint64)
    many[:, 0, 0] = _addresses(head)
    many[:, 0, 1] = RECORD_HEADER
    many[:, 1, 0] = frames.offset.astype(np.uint64) + base
    many[:, 1, 1] = frames.caplen
    return Records(many.reshape(-1, 2), 2, sizes, RECORD_HEADER, (head, frames.buffer))


def pcapng_records(frames: Frames, interface: NDArray[Any]) -> Records:
    """Enhanced packet blocks in nanoseconds; `interface`: number of each frame's description in this file."""
    n = len(frames)
    padding = -frames.caplen % 4
    sizes = PACKET_HEADER + frames.caplen + padding + 4
    head = np.empty((n, 7), "<u4")
    tail = np.zeros((n, 2), "<u4")
    head[:, 0], head[:, 1], head[:, 2] = 6, sizes, interface
    head[:, 3], head[:, 4] = frames.time_ns >> 32 & 0xFFFFFFFF, frames.time_ns & 0xFFFFFFFF
    head[:, 5], head[:, 6] = frames.caplen, frames.length & 0xFFFFFFFF
    tail[:, 1] = sizes
    pieces = np.empty((n, 3, 2), np.uint64)
    pieces[:, 0, 0], pieces[:, 0, 1] = _addresses(head), PACKET_HEADER
    pieces[:, 1, 0] = frames.offset.astype(np.uint64) + np.uint64(frames.buffer.ctypes.data)
    pieces[:, 1, 1] = frames.caplen
    pieces[:, 2, 0] = _addresses(tail) + (4 - padding).astype(np.uint64)
    pieces[:, 2, 1] = padding + 4
    return Records(pieces.reshape(-1, 2), 3, sizes, PACKET_HEADER, (head, tail, frames.buffer))


def packet_block(frames: Frames, row: int, interface: int, comment: str) -> bytes:
    """One enhanced packet block with a comment."""
    data = frames.bytes_of(row)
    time_ns, length = int(frames.time_ns[row]), int(frames.length[row]) & 0xFFFFFFFF
    head = struct.pack("<IIIII", interface, time_ns >> 32 & 0xFFFFFFFF, time_ns & 0xFFFFFFFF, len(data), length)
    return _block(6, head + data + bytes(-len(data) % 4) + _ended(_option(OPTION_COMMENT, comment)))


def section_block(application: str, comment: str = "") -> bytes:
    """The first block of a pcapng file."""
    options = _option(OPTION_COMMENT, comment) + _option(OPTION_APPLICATION, application)
    return _block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _ended(options))


def interface_block(linktype: int, name: str = "", description: str = "", snaplen: int = SNAPLEN) -> bytes:
    """An interface whose times are nanoseconds."""
    options = _option(OPTION_NAME, name) + _option(OPTION_DESCRIPTION, description)
    options += _option(OPTION_RESOLUTION, bytes((NANOSECONDS,)))
    return _block(1, struct.pack("<HHI", linktype, 0, snaplen) + _ended(options))


def statistics_block(
    interface: int, time_ns: int, received: int | None, dropped: int | None, os_dropped: int | None
) -> bytes:
    """What an interface received and lost; None is left out."""
    counts = ((OPTION_RECEIVED, received), (OPTION_DROPPED, dropped), (OPTION_OS_DROPPED, os_dropped))
    options = b"".join(_option(code, struct.pack("<Q", count)) for code, count in counts if count is not None)
    return _block(5, struct.pack("<III", interface, time_ns >> 32 & 0xFFFFFFFF, time_ns & 0xFFFFFFFF) + _ended(options))


def _addresses(rows: NDArray[Any]) -> NDArray[np.uint64]:
    """The address of each row of a contiguous array."""
    return np.uint64(rows.ctypes.data) + np.arange(len(rows), dtype=np.uint64) * np.uint64(rows.strides[0])


def _option(code: int, value: str | bytes) -> bytes:
    raw = value.encode("utf-8", "replace")[:65_535] if isinstance(value, str) else value
    return struct.pack("<HH", code, len(raw)) + raw + bytes(-len(raw) % 4) if raw else b""


def _ended(options: bytes) -> bytes:
    return options + struct.pack("<HH", OPTION_END, 0) if options else b""


def _block(kind: int, body: bytes) -> bytes:
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size
