"""Fields of the frame itself, and our own: what only the monitor knows."""

from __future__ import annotations

import numpy as np

from tui.core.columns import Mark
from tui.core.frames import Direction
from tui.core.protocols import NAMES
from tui.filters import guards
from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.packets import Packets
from tui.filters.sources import Computed, Span
from tui.filters.starts import at_end, at_start
from tui.filters.tables.make import column, label
from tui.filters.values import Chunk, Values

_DIRECTIONS = ("unknown", "in", "out", "broadcast", "multicast", "other")
assert len(_DIRECTIONS) == Direction.OTHERHOST + 1


def _numbers(packets: Packets) -> Values:
    place = packets.place
    rows = packets.all_rows
    numbers = rows + place.first_number if place.numbers is None else place.numbers[rows]
    return [Chunk(numbers)]


def _times(packets: Packets) -> Values:
    return [Chunk(packets.columns.time_ns)]


def _since_start(packets: Packets) -> Values:
    every = (packets.root or packets).columns.time_ns
    if not len(every):
        return []
    start = packets.place.start_ns
    return [Chunk(packets.columns.time_ns - (int(every[0]) if start is None else start))]


def _since_previous(packets: Packets) -> Values:
    every = (packets.root or packets).columns.time_ns
    if not len(every):
        return []
    before = packets.place.previous_ns
    delta = np.diff(every, prepend=every[0] if before is None else before)
    return [Chunk(delta[packets.all_rows])]


def _texts(
    packets: Packets, codes: np.ndarray[tuple[int, ...], np.dtype[np.integer]], names: tuple[str, ...]
) -> Values:
    encoded = [name.encode() for name in names]
    last = len(encoded) - 1
    return [Chunk([encoded[min(code, last)] for code in codes.tolist()], packets_rows(packets))]


def packets_rows(packets: Packets) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(len(packets), dtype=np.int64)


def _interfaces(packets: Packets) -> Values:
    if "nettui.interface" in packets.place.labels:
        return _label("nettui.interface").values(packets, Kind.STRING)
    names = packets.place.interfaces
    return _texts(packets, packets.columns.interface, names) if names else []


def _label(name: str) -> Computed:
    """Texts that another part of the program knows of the packets."""

    def values(packets: Packets) -> Values:
        source = packets.place.labels.get(name)
        if source is None:
            return []
        rows, texts = source(packets.columns)
        return [Chunk(texts, rows)]

    return Computed(values)


FRAME: tuple[Field, ...] = (
    Field(
        "frame", Kind.PROTOCOL, Span(guards.everything, at_start, at_end, outer=True), "the whole packet",
        present=guards.everything,
    ),
    Field("frame.number", Kind.UNSIGNED, Computed(_numbers), "number of the packet, from 1", 32),
    column("frame.len", Kind.UNSIGNED, "length", guards.everything, "bytes on the wire", bits=32, inner=False),
    column("frame.cap_len", Kind.UNSIGNED, "caplen", guards.everything, "bytes captured", bits=32, inner=False),
    column(
        "frame.interface_id", Kind.UNSIGNED, "interface", guards.everything, "number of the interface", bits=32,
        inner=False,
    ),
    Field("frame.interface_name", Kind.STRING, Computed(_interfaces), "name of the interface"),
    Field("frame.time", Kind.TIME, Computed(_times), "time of day of the packet"),
    Field("frame.time_epoch", Kind.DURATION, Computed(_times), "seconds since 1970"),
    Field("frame.time_relative", Kind.DURATION, Computed(_since_start), "seconds since the first packet"),
    Field("frame.time_delta", Kind.DURATION, Computed(_since_previous), "seconds since the packet before"),
    label("_ws.malformed", guards.mark(Mark.MALFORMED), "some header is cut or contradicts itself"),
    Field(
        "nettui.direction", Kind.STRING, Computed(lambda p: _texts(p, p.columns.direction, _DIRECTIONS)),
        "in, out, broadcast, multicast, other",
    ),
    Field("nettui.interface", Kind.STRING, Computed(_interfaces), "name of the interface"),
    Field(
        "nettui.protocol", Kind.STRING, Computed(lambda p: _texts(p, p.columns.protocol, NAMES)),
        "the name in the protocol column",
    ),
    Field("nettui.process", Kind.STRING, _label("nettui.process"), "the local program that owns the connection"),
    Field("nettui.name", Kind.STRING, _label("nettui.name"), "names of the flow: DNS, TLS, HTTP"),
    Field("nettui.alert", Kind.STRING, _label("nettui.alert"), "rule of an alert that the packet belongs to"),
)  # fmt: skip
