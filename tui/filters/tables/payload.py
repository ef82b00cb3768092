"""What no protocol explains: the data of echoes, and datagrams that nobody knows; checksums."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import Columns, Mark
from tui.core.protocols import ID
from tui.filters import guards
from tui.filters.fields import Field
from tui.filters.functions import call
from tui.filters.kinds import Kind
from tui.filters.packets import Guard, Level, Mask, Packets
from tui.filters.sources import Computed, Cost, Span, number
from tui.filters.starts import at_payload, at_payload_end
from tui.filters.values import Chunk, Values

UNVERIFIED = 2
DAY_S = 86_400
"""How far from the packet's own time a number may be to be taken for a time."""


def _unknown(columns: Columns) -> Mask:
    """A datagram that is shown as UDP. Segments of TCP may be the middle of anything, and are left out."""
    plain = (columns.payload_len > 0) & (columns.protocol == ID["UDP"])
    return np.asarray(plain & guards.udp(columns) & ~guards.mark(Mark.INNER)(columns))


def _carries_data(columns: Columns) -> Mask:
    return _unknown(columns) | guards.icmp_type(0, 8)(columns) | guards.icmpv6_echo(columns)


def _start(level: Level) -> NDArray[np.int64]:
    """Where the data begins: behind the time that ping writes before it."""
    c, at = level.columns, at_payload(level)
    frames = level.frames
    rows = np.flatnonzero(guards.icmp_type(0, 8)(c) & (c.payload_len >= 8))
    if frames is None or not len(rows):
        return at
    seconds = c.time_ns[rows] // 1_000_000_000
    first, known = number(frames, rows, at[rows], 4)
    second, _ = number(frames, rows, at[rows] + 4, 4)
    skip = np.zeros(len(rows), np.int64)
    for words, size in (((first, second), 8), ((_turned(first), second), 8)):
        near = np.abs(words[0].astype(np.int64) - seconds) < DAY_S
        skip[known & near] = np.where(words[1] == 0, 2 * size, size)[known & near]
    near = known & (first == 0) & (np.abs(second.astype(np.int64) - seconds) < DAY_S)
    skip[near] = 16
    at[rows] += np.minimum(skip, c.payload_len[rows])
    return at


def _turned(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The same four bytes, little endian."""
    return words.astype(np.uint32).byteswap().astype(np.uint64)


_DATA = Span(_carries_data, _start, at_payload_end, empty=False)


def _lengths(packets: Packets) -> Values:
    found = _DATA.values(packets, Kind.BYTES)
    return call("len", [Kind.BYTES], [found], len(packets))


def _statuses(guard: Guard) -> Computed:
    """As Wireshark has it unless told otherwise: not verified, for the card that sends a packet writes its checksum."""

    def values(packets: Packets) -> Values:
        found = []
        for level in packets.levels:
            index = np.flatnonzero(guard(level.columns))
            rows = index if level.rows is None else level.rows[index]
            found.append(Chunk(np.full(len(index), UNVERIFIED, np.uint8), rows, None, level.depth))
        return found

    return Computed(values)


_STATUSES = {"bad": 0, "good": 1, "unverified": 2, "not present": 3}

PAYLOAD: tuple[Field, ...] = (
    Field("data", Kind.PROTOCOL, _DATA, "what no protocol explains, of echoes and datagrams"),
    Field("data.data", Kind.BYTES, _DATA, "the bytes that no protocol explains"),
    Field("data.len", Kind.UNSIGNED, Computed(_lengths, Cost.PAYLOAD), "how many they are: of pings, tunnels", 32),
    Field(
        "ip.checksum.status",
        Kind.UNSIGNED,
        _statuses(guards.ipv4),
        "2: not verified, here as in Wireshark",
        8,
        _STATUSES,
    ),
    Field("tcp.checksum.status", Kind.UNSIGNED, _statuses(guards.tcp_window), "2: not verified", 8, _STATUSES),
)
