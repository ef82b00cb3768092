"""Fields that need the packets before in the same stream: the time since the last one, and since the first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import run_lengths, run_starts
from tui.core.columns import NONE32, Columns
from tui.filters import guards
from tui.filters.fields import Field
from tui.filters.kinds import Kind
from tui.filters.packets import Guard, Packets, Rows
from tui.filters.sources import Computed
from tui.filters.values import Chunk, Values


def _times(guard: Guard, name: str, *, first: bool, quoted: bool) -> Computed:
    """Nanoseconds since the packet before in the stream; `first`: since its first packet. 0 for the first one.

    Where batches come in order the last packet of each stream is remembered from batch to batch. `quoted`: what an
    ICMP error quotes is of the stream, too.
    """
    key = f"{name} {first}"

    def values(packets: Packets) -> Values:
        root = packets.root or packets
        found = root.cache.get(key)
        if found is None:
            found = root.cache[key] = _since(root, guard, key, first=first, quoted=quoted)
        assert isinstance(found, Since)
        if packets.rows is None or not len(found.rows):
            return [Chunk(found.time_ns, found.rows)]
        at = np.minimum(np.searchsorted(found.rows, packets.rows), len(found.rows) - 1)
        there = np.flatnonzero(found.rows[at] == packets.rows)
        return [Chunk(found.time_ns[at[there]], there)]

    return Computed(values)


class Since(NamedTuple):
    """Rows of a batch, and a time for each."""

    rows: Rows
    time_ns: NDArray[np.int64]


def _since(packets: Packets, guard: Guard, name: str, *, first: bool, quoted: bool) -> Since:
    c: Columns = packets.columns
    there = np.zeros(len(c), np.bool_)
    for level in packets.levels:
        here = guard(level.columns) & (level.columns.stream != NONE32)
        if level.quoted is not None and not quoted:
            here &= ~level.quoted
        there[np.flatnonzero(here) if level.rows is None else level.rows[here]] = True
    rows = np.flatnonzero(there)
    if not len(rows):
        return Since(rows, rows)
    order = rows[np.argsort(c.stream[rows], kind="stable")]
    stream, time_ns = c.stream[order].astype(np.int64), c.time_ns[order]
    begins = run_starts(stream)
    base = np.empty(len(order), np.int64)
    if first:
        base[:] = np.repeat(time_ns[begins], run_lengths(begins, len(order)))
    else:
        base[1:] = time_ns[:-1]
    base[begins] = time_ns[begins]
    memory = packets.place.memory
    if memory is not None:
        _recall(memory.times(name), stream, time_ns, begins, base, first=first)
    back = np.argsort(order, kind="stable")
    return Since(order[back], (time_ns - base)[back])


def _recall(
    kept: dict[int, int], stream: NDArray[np.int64], time_ns: NDArray[np.int64], begins: Rows,
    base: NDArray[np.int64], *, first: bool,
) -> None:  # fmt: skip
    """Take the times of streams that began in earlier batches, and leave those of this one."""
    ends = np.append(begins[1:], len(stream))
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        of = int(stream[begin])
        before = kept.get(of)
        if before is not None:
            base[slice(begin, end) if first else begin] = before
        kept[of] = before if first and before is not None else int(time_ns[begin if first else end - 1])


TIMES: tuple[Field, ...] = tuple(
    Field(f"{protocol}.{name}", Kind.DURATION, _times(guard, protocol, first=first, quoted=quoted), words)
    for protocol, guard, quoted in (("tcp", guards.tcp_window, True), ("udp", guards.udp, False))
    for name, first, words in (
        ("time_delta", False, "seconds since the packet before in the stream"),
        ("time_relative", True, "seconds since the first packet of the stream"),
    )
)
