"""One packet, decoded: what the tests of decode look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.benchmarks.traffic import ethernet, ipv4, ipv6, tcp, udp
from tui.core.columns import Columns, Mark, address_text
from tui.core.decode import decode
from tui.core.frames import from_packets
from tui.core.protocols import NAMES, Layer

__all__ = ["Seen", "ethernet", "ipv4", "ipv6", "see", "tcp", "udp"]


@dataclass(frozen=True)
class Seen:
    """The columns of one packet in words."""

    columns: Columns

    def __getattr__(self, name: str) -> int:
        return int(getattr(self.columns, name)[0])

    @property
    def src(self) -> str | None:
        return address_text(self.kind, self.src_hi, self.src_lo)

    @property
    def dst(self) -> str | None:
        return address_text(self.kind, self.dst_hi, self.dst_lo)

    @property
    def name(self) -> str:
        return NAMES[self.protocol]

    @property
    def layer_names(self) -> set[str]:
        return {layer.name for layer in Layer if self.layers >> layer & 1}

    @property
    def ports(self) -> tuple[int, int] | None:
        return (self.sport, self.dport) if self.marks & Mark.PORTS else None

    def has(self, mark: int) -> bool:
        return bool(self.marks & mark)


def see(packet: bytes, linktype: int = 1, length: int | None = None) -> Seen:
    """Decode a packet among others, so that an index is used, and alone; both must agree."""
    other = ethernet(0x0800, ipv4(6, tcp(1, 2)))
    alone = decode(from_packets([packet], linktype, lengths=[length or len(packet)]))
    frames = from_packets([other, packet, other], lengths=[len(other), length or len(packet), len(other)])
    types = np.array([1, linktype, 1], np.uint16)
    among = decode(type(frames)(**{f: getattr(frames, f) for f in frames.__slots__} | {"linktype": types}))
    for name in ("protocol", "marks", "layers", "src_lo", "dst_lo", "sport", "l4", "payload", "vlan"):
        assert getattr(alone, name)[0] == getattr(among, name)[1], name
    return Seen(alone)
