"""Capture files made in memory, and frames with recognisable bytes: for tests of readers and of the store."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tui.capture.source import Source
from tui.core.columns import Columns
from tui.core.frames import Frames, from_packets
from tui.core.state import State

SECOND = 1_000_000_000
EPOCH = 1_700_000_000


def packet(number: int, size: int = 60) -> bytes:
    """A packet whose bytes tell its number."""
    return (number.to_bytes(4, "big") * (size // 4 + 1))[:size]


def some_frames(first: int, count: int, size: int = 60, interface: int = 0, linktype: int = 1) -> Frames:
    """`count` numbered frames, a millisecond apart."""
    times = [(1_000_000 + first + i) * 1_000_000 for i in range(count)]
    return from_packets([packet(first + i, size) for i in range(count)], linktype, times, interface=interface)


def columns_of(frames: Frames, locators: np.ndarray) -> Columns:
    """What the worker publishes of frames, without decoding them."""
    columns = Columns.empty(len(frames))
    for name in ("time_ns", "length", "caplen", "linktype", "interface", "direction"):
        getattr(columns, name)[:] = getattr(frames, name)
    return replace(columns, locator=locators)


def read_all(source: Source) -> list[tuple[int, int, bytes]]:
    """(time, length on the wire, bytes) of every packet; errors are let through."""
    found = []
    while source.state is not State.ENDED:
        frames = source.read(1.0)
        if frames is not None:
            times, lengths = frames.time_ns.tolist(), frames.length.tolist()
            found += [(times[i], lengths[i], frames.bytes_of(i)) for i in range(len(frames))]
            source.release(frames)
    return found


def pcap(
    packets: Iterable[bytes],
    *,
    order: str = "<",
    magic: int = 0xA1B2C3D4,
    linktype: int = 1,
    version: tuple[int, int] = (2, 4),
    extra: bytes = b"",
    start: bytes = b"",
    times: Sequence[tuple[int, int]] = (),
) -> bytes:
    """A pcap file; `extra` follows each record header, `start` the file header."""
    out = struct.pack(order + "IHHiIII", magic, *version, 0, 0, 65_535, linktype) + start
    for i, data in enumerate(packets):
        seconds, fraction = times[i] if times else (EPOCH + i, i)
        out += struct.pack(order + "IIII", seconds, fraction, len(data), len(data) + 4) + extra + data
    return out


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A pcapng block."""
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def option(code: int, value: bytes, order: str = "<") -> bytes:
    """An option of a pcapng block."""
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str = "<", version: tuple[int, int] = (1, 0), options: bytes = b"") -> bytes:
    """A section header block."""
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, *version, -1) + options, order)


def interface(linktype: int = 1, options: bytes = b"", order: str = "<", snaplen: int = 0) -> bytes:
    """An interface description block."""
    return block(1, struct.pack(order + "HHI", linktype, 0, snaplen) + options, order)


def enhanced(
    data: bytes, ticks: int = 0, number: int = 0, options: bytes = b"", order: str = "<", length: int | None = None
) -> bytes:
    """An enhanced packet block."""
    wire = len(data) if length is None else length
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), wire)
    return block(6, head + data + bytes(-len(data) % 4) + options, order)


def written(folder: Path, data: bytes, name: str = "file.pcap") -> str:
    """The path of a file with these bytes."""
    path = folder / name
    path.write_bytes(data)
    return str(path)
