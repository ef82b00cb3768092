"""Batch: packets among which the detectors' ones are picked, and what is worked out of all of them for that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import Columns, Mark
from tui.core.decode.gather import Bytes
from tui.core.frames import Frames
from tui.core.hashing import HashKey
from tui.detectors.tables import U64


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """n packets of one second, with their bytes; arrays of shape (n,)."""

    columns: Columns
    frames: Frames
    data: Bytes
    """The buffer of the frames."""
    ports: NDArray[np.bool_]
    """Which of them have ports: no later fragments, no headers that are cut."""
    src: U64
    dst: U64
    """Hashes of the addresses alone, never 0."""
    tuples: U64
    """Hashes of both addresses, both ports and the protocol: the same in either direction."""
    why: NDArray[np.uint8]
    """Bits of `Why`, 0 at first; those who pick packets write them."""

    @classmethod
    def of(cls, columns: Columns, frames: Frames, key: HashKey) -> Batch:
        """Hash the addresses and ports of packets; `columns` and `frames` are of the same n packets."""
        src = key.address(columns.src_hi, columns.src_lo, columns.kind)
        dst = key.address(columns.dst_hi, columns.dst_lo, columns.kind)
        return cls(
            columns,
            frames,
            data=Bytes(frames.buffer),
            ports=(columns.marks & np.uint32(Mark.PORTS)) != 0,
            src=src,
            dst=dst,
            tuples=key.pair(src + ported(columns.sport), dst + ported(columns.dport), columns.ip_proto),
            why=np.zeros(len(columns), np.uint8),
        )

    def __len__(self) -> int:
        return len(self.why)


def ported(port: NDArray[np.uint16]) -> U64:
    """Ports spread over 64 bits, to be added to the hash of an address."""
    return port.astype(np.uint64) * np.uint64(0xD6E8FEB86659FD93)
