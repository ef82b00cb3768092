"""Segments: what TCP's analysis reads of the packets of a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import Columns

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Segments:
    """The TCP columns of m sorted packets."""

    row: Index
    """Place in the batch."""
    time_ns: Index
    seq: NDArray[np.uint32]
    ack: NDArray[np.uint32]
    flags: NDArray[np.uint16]
    window: NDArray[np.uint16]
    size: Index
    """Payload bytes."""

    @classmethod
    def of(cls, columns: Columns, rows: Index) -> Segments:
        """Those of some packets, in this order."""
        return cls(
            rows,
            columns.time_ns.take(rows),
            columns.seq.take(rows),
            columns.ack.take(rows),
            columns.tcp_flags.take(rows),
            columns.window.take(rows),
            columns.payload_len.take(rows).astype(np.int64),
        )
