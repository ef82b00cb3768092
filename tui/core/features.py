"""Flow features: the numbers by which flows are described, compared and classified.

`FEATURES` names them in the order of the matrix; the names are those of `nettui flows`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.core.flow.records import FIRST_SIZES, Event, FlowRecords, Seen

Floats = NDArray[np.float64]

_NS = 1e-9
_FLAGS = (("syn", Seen.SYN_ANY), ("fin", Seen.FIN), ("rst", Seen.RST), ("psh", Seen.PSH))


def features(flows: FlowRecords) -> dict[str, Floats]:
    """Every feature of n flows, arrays of shape (n,). A flow of no duration has rates of 0."""
    packets = flows.packets.astype(np.float64)
    volume = flows.bytes.astype(np.float64)
    duration = ((flows.last_ns - flows.first_ns) * _NS).astype(np.float64)
    all_packets, all_bytes = packets[0] + packets[1], volume[0] + volume[1]
    mean = all_bytes / np.maximum(all_packets, 1)
    spread = (flows.squares[0] + flows.squares[1]) / np.maximum(all_packets, 1) - mean * mean
    found = {
        "duration_s": duration,
        "packets": packets[0],
        "bytes": volume[0],
        "packets_back": packets[1],
        "bytes_back": volume[1],
        "bytes_per_s": _rate(all_bytes, duration),
        "packets_per_s": _rate(all_packets, duration),
        "mean_size": mean,
        "std_size": np.sqrt(np.maximum(spread, 0)),
        "payload": flows.payload[0].astype(np.float64),
        "payload_back": flows.payload[1].astype(np.float64),
        "mean_size_out": volume[0] / np.maximum(packets[0], 1),
        "mean_size_back": volume[1] / np.maximum(packets[1], 1),
        "retransmissions": flows.events[Event.RETRANSMISSION].astype(np.float64),
        "rtt_ms": flows.rtt_ns * 1e-6,
    }
    for side, name in enumerate(("out", "back")):
        gaps = np.maximum(packets[side] - 1, 0)
        total = (flows.last_dir_ns[side] - flows.first_dir_ns[side]) * _NS
        mean_gap = total / np.maximum(gaps, 1)
        found[f"gap_mean_{name}_s"] = mean_gap
        spread = flows.gap_squares[side] / np.maximum(gaps, 1) - mean_gap * mean_gap
        found[f"gap_std_{name}_s"] = np.sqrt(np.maximum(spread, 0))
    seen = flows.seen[0] | flows.seen[1]
    for name, bit in _FLAGS:
        found[name] = ((seen & bit) != 0).astype(np.float64)
    for rank in range(FIRST_SIZES):
        found[f"size_{rank + 1}"] = flows.sizes[rank].astype(np.float64)
    return found


def _rate(amount: Floats, duration: Floats) -> Floats:
    return np.divide(amount, duration, out=np.zeros_like(amount), where=duration > 0)


def matrix(flows: FlowRecords) -> Floats:
    """All features, shape (n, len(FEATURES)); each column lies in one piece, for what is computed of columns."""
    return np.stack(list(features(flows).values())).T


FEATURES: tuple[str, ...] = tuple(features(FlowRecords.empty(0)))
WHOLE = frozenset((
    "packets", "bytes", "packets_back", "bytes_back", "payload", "payload_back", "retransmissions",
    *(name for name, _ in _FLAGS), *(f"size_{rank + 1}" for rank in range(FIRST_SIZES)),
))  # fmt: skip
"""Features that are counts, or yes (1) and no (0)."""
