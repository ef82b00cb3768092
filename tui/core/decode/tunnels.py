"""Packets inside packets: one level is decoded at a time, over only those rows that carry another one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import AddressKind, Columns, Mark, concatenate
from tui.core.decode.application import decode_application
from tui.core.decode.batch import Batch, Inner
from tui.core.decode.control import decode_control
from tui.core.decode.encapsulation import decode_encapsulation
from tui.core.decode.ethernet import addresses
from tui.core.decode.gather import ALL, Bytes, Int64, pick
from tui.core.decode.link import decode_link
from tui.core.decode.network import decode_network
from tui.core.decode.transport import decode_transport
from tui.core.frames import Frames
from tui.core.protocols import LAYERS_BELOW, Layer

DEEPEST = 8
"""Levels of packets inside packets; what lies deeper is left alone."""


def decode(frames: Frames, room: Columns | None = None) -> Columns:
    """All columns of a batch; total: bytes that make no sense set Mark.MALFORMED and nothing else happens.

    `room`: columns of as many packets, which are overwritten and returned; none: they are made.
    """
    if not len(frames):
        return Columns.empty(0)
    if room:
        room.clear()
    data = Bytes(frames.buffer)
    b = _level(data, frames.offset, frames.offset, frames.caplen, frames.length, frames.linktype, room)
    c = b.columns
    c.time_ns[:] = frames.time_ns
    c.length[:] = frames.length
    c.caplen[:] = frames.caplen
    c.linktype[:] = frames.linktype
    c.interface[:] = frames.interface
    c.direction[:] = frames.direction
    cut = frames.caplen < frames.length
    if cut.any():
        c.marks[cut] |= np.uint32(Mark.CUT)
    _descend(data, b, np.arange(len(b), dtype=np.int64), c, DEEPEST, None)
    return c


def decode_inner(
    frames: Frames, columns: Columns, rows: NDArray[np.int64] | None = None
) -> tuple[Columns, NDArray[np.int64]]:
    """The packets inside the packets of `frames`, whose columns are given, and the index of the frame of each.

    Looks only at those of `rows` (default: all) with Mark.INNER. Of packets several levels deep every level is there,
    outer ones first. Offsets count from the first byte of the frame; sizes and times are the frame's.
    """
    index = np.flatnonzero(columns.marks & Mark.INNER) if rows is None else rows[columns.marks[rows] & Mark.INNER != 0]
    if not len(index):
        return Columns.empty(0), index
    f = frames.select(index)
    data = Bytes(f.buffer)
    b = _level(data, f.offset, f.offset, f.caplen, f.length, f.linktype)
    found: list[tuple[Columns, NDArray[np.int64]]] = []
    _descend(data, b, index, b.columns, DEEPEST, found)
    if not found:
        return Columns.empty(0), index[:0]
    inner, parents = concatenate(c for c, _ in found), np.concatenate([p for _, p in found])
    for name in ("time_ns", "length", "caplen", "linktype", "interface", "direction", "flow", "stream", "locator"):
        getattr(inner, name)[:] = getattr(columns, name)[parents]
    return inner, parents


def _level(
    data: Bytes,
    origin: Int64,
    at: Int64,
    caplen: Int64,
    length: Int64,
    linktype: NDArray[np.uint16] | int,
    room: Columns | None = None,
) -> Batch:
    """One packet of each row, from its link layer to its application."""
    b = Batch.of(data, origin, at.copy(), at + np.minimum(caplen, length), at + length, room)
    decode_link(b, linktype)
    decode_network(b)
    decode_transport(b)
    decode_control(b)
    decode_application(b)
    decode_encapsulation(b)
    b.columns.layers[:] |= LAYERS_BELOW.take(b.columns.protocol, mode="clip")
    bare = (b.columns.kind == AddressKind.NONE) | (b.columns.kind == AddressKind.POINT)
    if bare.any():
        bare &= b.columns.layers & np.uint64(1 << Layer.ETH) != 0
        if (rows := pick(ALL, bare)) is not None:
            addresses(b, rows, at[rows])
    return b


def _descend(
    data: Bytes, b: Batch, parents: Int64, top: Columns, depth: int, found: list[tuple[Columns, Int64]] | None
) -> None:
    """Decode what the packets of `b` carry, and tell the outermost rows, `parents` of `top`, about it."""
    if not depth:
        return
    for inner in b.inner:
        caplen, length = inner.end - inner.at, np.maximum(inner.wire_end - inner.at, 0)
        below = _level(data, b.origin[inner.rows], inner.at, caplen, length, inner.linktype)
        c, outer = below.columns, parents[inner.rows]
        if found is not None:
            real = np.flatnonzero(c.layers)
            found.append((c.select(real), outer[real]))
            _descend(data, below, outer, top, depth - 1, found)
            continue
        _descend(data, below, np.arange(len(below), dtype=np.int64), c, depth - 1, None)
        _tell(b.columns, inner, c)


def _tell(outer: Columns, inner: Inner, c: Columns) -> None:
    """The outer packet has the layers of the inner one, and its name unless it merely quotes it."""
    rows = inner.rows
    outer.layers[rows] |= c.layers
    real = c.layers != 0
    marks = np.where(real, np.uint32(Mark.INNER), np.uint32(0))
    if not inner.quoted:
        marks |= c.marks & np.uint32(Mark.MALFORMED)
        outer.protocol[rows] = np.where(c.protocol != 0, c.protocol, outer.protocol[rows])
    outer.marks[rows] |= marks
