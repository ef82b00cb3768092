"""Packets inside tunnels, taken along by the flow table as packets of their own, each behind the one that carries it.

So their connections are followed as any others are: flows, streams, TCP's analysis, and the names that a dialogue
tells. What is found is written into the columns of the carrying packet, as `inner` describes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NAMES, NONE32, AddressKind, Columns, Mark
from tui.core.decode.gather import one_of
from tui.core.frames import Frames
from tui.core.inner import ANALYSIS, Index, Within

_TCP = 6
_WRITTEN = ("protocol", "layers", "marks", "flow", "stream", "seq_base", "ack_base", "window_shift")
"""Columns that the flow table fills in."""
_WITH_PORTS = (6, 17, 33, 132)


@dataclass(frozen=True, slots=True)
class Opened:
    """A batch with the packets inside tunnels between the others."""

    columns: Columns
    frames: Frames
    inside: NDArray[np.bool_]
    """Which of `columns` are packets inside of others."""
    parents: Index
    """For each of those, the row of the batch that carries it."""
    protocol: NDArray[np.uint16]
    """What those were called, and their layers, before the flow table saw them."""
    layers: NDArray[np.uint64]

    def tell(self, batch: Columns) -> None:
        """Write what the flow table found into the batch."""
        whole, outer = self.columns, ~self.inside
        for name in _WRITTEN:
            getattr(batch, name)[:] = getattr(whole, name)[outer]
        inner, of = whole.select(self.inside), self.parents
        renamed = inner.protocol != self.protocol
        batch.protocol[of[renamed]] = inner.protocol[renamed]
        batch.layers[of] = batch.layers[of] & ~(self.layers & ~inner.layers) | inner.layers
        tcp = np.flatnonzero((inner.ip_proto == _TCP) & (batch.ip_proto[of] != _TCP))
        for name in ("seq_base", "ack_base", "window_shift"):
            getattr(batch, name)[of[tcp]] = getattr(inner, name)[tcp]
        batch.marks[of[tcp]] |= inner.marks[tcp] & ANALYSIS
        batch.stream[of] = inner.stream


def open_tunnels(batch: Columns, frames: Frames, found: Within) -> Opened | None:
    """The batch with what its tunnels carry; None where there are none. `found`: all that is within its packets."""
    ip = (found.columns.kind == AddressKind.IPV4) | (found.columns.kind == AddressKind.IPV6)
    ip &= (found.columns.marks & Mark.FRAGMENT) == 0
    at = np.flatnonzero(found.last & ip & one_of(found.columns.ip_proto, _WITH_PORTS))
    if not len(at):
        return None
    at = at[np.argsort(found.parents[at])]
    inner, parents = found.columns.select(at), found.parents[at]
    inner.stream[:] = NONE32
    inner.flow[:] = NONE32
    carries = np.zeros(len(batch), np.bool_)
    carries[parents] = True
    owner = np.repeat(np.arange(len(batch)), 1 + carries)
    inside = np.zeros(len(owner), np.bool_)
    inside[1:] = owner[1:] == owner[:-1]
    whole = batch.select(owner)
    for name in NAMES:
        getattr(whole, name)[inside] = getattr(inner, name)
    return Opened(whole, frames.select(owner), inside, parents, inner.protocol, inner.layers)
