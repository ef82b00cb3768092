"""Sample: the flows of captures, each with the file it is from; a fair choice of them where there are too many."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE32, address_text
from tui.core.features import matrix
from tui.core.flow.records import FlowRecords, concatenate
from tui.core.ipproto import WITH_PORTS
from tui.core.protocols import NAMES

MOST = 300_000
"""Flows held at once, about 100 MB; of more, each has the same chance to be among them."""
_SEED = 20_261_120


class Sample:
    """Feed it flows that have ended; ask for `flows` and `files` when all are in."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._parts: list[FlowRecords] = []
        self._files: list[NDArray[np.int64]] = []
        self._held = 0
        self._random = np.random.default_rng(_SEED)
        self.seen = 0
        """Flows that were added."""

    def add(self, flows: FlowRecords, file: int = 0) -> None:
        """Take in the IP flows among these."""
        flows = flows.select(flows.flow != NONE32)
        if not len(flows):
            return
        self._parts.append(flows)
        self._files.append(np.full(len(flows), file))
        self._held += len(flows)
        self.seen += len(flows)
        if self._held > 2 * self._most:
            self._thin()

    def _thin(self) -> None:
        """Choose `most` of those held, the older ones with the chance that their number before the choice gives."""
        flows, files = concatenate(self._parts), np.concatenate(self._files)
        chosen = np.sort(self._random.choice(len(flows), self._most, replace=False))
        self._parts, self._files, self._held = [flows.select(chosen)], [files[chosen]], self._most

    @property
    def flows(self) -> FlowRecords:
        if self._held > self._most:
            self._thin()
        return concatenate(self._parts)

    @property
    def files(self) -> NDArray[np.int64]:
        """Index of the file of each flow."""
        if self._held > self._most:
            self._thin()
        return np.concatenate(self._files) if self._files else np.empty(0, np.int64)


def clean_matrix(flows: FlowRecords) -> NDArray[np.float64]:
    """Features of n flows, shape (n, len(FEATURES)), without NaN or infinity."""
    return np.nan_to_num(matrix(flows), nan=0.0, posinf=0.0, neginf=0.0)


def facts(flows: FlowRecords, row: int) -> dict[str, Any]:
    """Which flow it is: the first keys of `nettui flows --json`."""
    kind = int(flows.kind[row])
    ports = int(flows.ip_proto[row]) in WITH_PORTS
    return {
        "first_ns": int(flows.first_ns[row]),
        "last_ns": int(flows.last_ns[row]),
        "src": address_text(kind, int(flows.src_hi[row]), int(flows.src_lo[row])),
        "sport": int(flows.sport[row]) if ports else None,
        "dst": address_text(kind, int(flows.dst_hi[row]), int(flows.dst_lo[row])),
        "dport": int(flows.dport[row]) if ports else None,
        "ip_proto": int(flows.ip_proto[row]),
        "protocol": NAMES[int(flows.protocol[row])],
        "packets": int(flows.packets[0, row]),
        "bytes": int(flows.bytes[0, row]),
        "packets_back": int(flows.packets[1, row]),
        "bytes_back": int(flows.bytes[1, row]),
    }


def endpoints(found: dict[str, Any]) -> str:
    """`10.0.0.1:40000 -> 10.0.0.2:443`."""
    return " -> ".join(_endpoint(found[a], found[p]) for a, p in (("src", "sport"), ("dst", "dport")))


def _endpoint(address: str | None, port: int | None) -> str:
    if port is None:
        return str(address)
    return f"[{address}]:{port}" if address and ":" in address else f"{address}:{port}"
