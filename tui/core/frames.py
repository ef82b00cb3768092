"""Frames: raw packets of one read as one buffer and arrays, exactly as they were on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Frames:
    """n frames in one buffer. All arrays have shape (n,).

    The buffer belongs to the source and may be reused after `Source.release`; copy what must outlive it.
    Bytes are as on the wire: a VLAN tag that the kernel had stripped is back in place, and a cooked capture
    carries its SLL2 header, so `buffer[offset:offset + caplen]` is what a capture file holds.
    `linktype` and `interface` may be broadcast (stride 0) arrays.
    """

    buffer: NDArray[np.uint8]
    offset: NDArray[np.int64]
    caplen: NDArray[np.int64]
    length: NDArray[np.int64]
    time_ns: NDArray[np.int64]
    linktype: NDArray[np.uint16]
    interface: NDArray[np.uint16]
    direction: NDArray[np.uint8]
    """A `Direction` for each frame."""
    position: NDArray[np.int64] | None = None
    """Where the bytes of each frame begin in the plain capture file that is being read; None for all else."""
    headroom: int = 0
    """Bytes before each frame that may be overwritten, so that a record header and the frame go out as one piece."""

    def __len__(self) -> int:
        return len(self.offset)

    def bytes_of(self, index: int) -> bytes:
        """The captured bytes of one frame."""
        start = int(self.offset[index])
        return self.buffer[start : start + int(self.caplen[index])].tobytes()

    def select(self, index: NDArray[np.bool_] | NDArray[np.int64] | slice) -> Frames:
        """The frames that a mask, an index array or a slice picks, over the same buffer."""
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        picked = {k: v if k in ("buffer", "headroom") or v is None else v[index] for k, v in parts.items()}
        return Frames(**picked)


class FrameReader(Protocol):
    """How others ask for the bytes of packets that are kept."""

    def read(self, sequences: NDArray[np.int64]) -> Frames:
        """The frames of the given absolute sequence numbers; those no longer kept have caplen 0."""
        ...


class Direction:
    """Values of `Frames.direction`, as far as the capture tells (linux/if_packet.h, pcapng epb_flags)."""

    UNKNOWN, IN, OUT, BROADCAST, MULTICAST, OTHERHOST = range(6)


def from_packets(
    packets: Sequence[bytes],
    linktype: int = 1,
    times_ns: Sequence[int] | None = None,
    lengths: Sequence[int] | None = None,
    interface: int = 0,
) -> Frames:
    """Frames made of byte strings: for the portable source, the scripted source and tests."""
    n = len(packets)
    caplen = np.fromiter((len(p) for p in packets), np.int64, n)
    offset = np.zeros(n, np.int64)
    np.cumsum(caplen[:-1], out=offset[1:])
    return Frames(
        buffer=np.frombuffer(b"".join(packets), np.uint8),
        offset=offset,
        caplen=caplen,
        length=caplen if lengths is None else np.asarray(lengths, np.int64),
        time_ns=np.zeros(n, np.int64) if times_ns is None else np.asarray(times_ns, np.int64),
        linktype=np.broadcast_to(np.uint16(linktype), n),
        interface=np.broadcast_to(np.uint16(interface), n),
        direction=np.broadcast_to(np.uint8(Direction.UNKNOWN), n),
    )
