"""TCP conversations for tests of flows: segments as columns, one line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tui.core.columns import AddressKind, Columns, Mark, TcpFlag
from tui.core.protocols import ID, Layer

START_NS = 1_700_000_000_000_000_000
MS = 1_000_000
FLAGS = {"F": TcpFlag.FIN, "S": TcpFlag.SYN, "R": TcpFlag.RST, "P": TcpFlag.PSH, ".": TcpFlag.ACK}


@dataclass(frozen=True)
class Segment:
    """`back`: from the server; `flags` in tcpdump's letters; `host` tells conversations apart."""

    back: bool
    flags: str
    seq: int
    ack: int = 0
    size: int = 0
    ms: float = 0.0
    window: int = 1000
    host: int = 1
    proto: int = 6


def columns(segments: Sequence[Segment]) -> Columns:
    made = Columns.empty(len(segments))
    for i, s in enumerate(segments):
        client, server = (0x0A000000 + s.host, 40_000 + s.host % 1000), (0xC0A80001, 443)
        (src, sport), (dst, dport) = (server, client) if s.back else (client, server)
        values = {
            "time_ns": START_NS + round(s.ms * MS), "length": 54 + s.size, "caplen": 54 + s.size,
            "kind": AddressKind.IPV4, "src_lo": src, "dst_lo": dst, "sport": sport, "dport": dport,
            "ip_proto": s.proto, "ttl": 64, "window": s.window, "seq": s.seq & 0xFFFFFFFF, "ack": s.ack & 0xFFFFFFFF,
            "tcp_flags": sum(FLAGS[c] for c in s.flags), "payload_len": s.size, "marks": Mark.PORTS,
            "layers": 1 << Layer.IP, "protocol": ID["TCP" if s.proto == 6 else "UDP"],
        }  # fmt: skip
        for name, value in values.items():
            getattr(made, name)[i] = np.asarray(value).astype(getattr(made, name).dtype)
    return made


def handshake(
    client: int = 100, server: int = 500, ms: float = 0.0, rtt_ms: float = 10.0, host: int = 1
) -> list[Segment]:
    return [
        Segment(False, "S", client, ms=ms, host=host),
        Segment(True, "S.", server, client + 1, ms=ms + rtt_ms * 0.9, host=host),
        Segment(False, ".", client + 1, server + 1, ms=ms + rtt_ms, host=host),
    ]
