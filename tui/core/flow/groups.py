"""FlowGroups: the flows of a list summed up by host, by service or by process; arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import run_lengths, run_starts, sum_of_sides
from tui.core.columns import AddressKind, address_text
from tui.core.flow.listed import FlowRows
from tui.core.flow.owners import UNKNOWN, Owners
from tui.core.flow.records import Event
from tui.core.protocols import NAMES

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_TRANSPORTS = {6: "tcp", 17: "udp", 33: "dccp", 132: "sctp"}
MEASURES = ("flows", "packets", "bytes", "bytes_per_s", "retransmissions")


class By(Enum):
    """What flows are put together by."""

    HOST = "host"
    SERVICE = "service"
    PROCESS = "process"


@dataclass(frozen=True, slots=True, eq=False)
class FlowGroups:
    """n groups; arrays of shape (n,). A host counts the flows of both its sides, so hosts add up to twice the flows."""

    by: By
    flows: I64
    packets: F64
    bytes: F64
    bytes_per_s: F64
    retransmissions: F64
    keys: NDArray[np.uint64]
    """What each is known by, ascending."""
    _rows: FlowRows
    _example: I64
    """One flow of each group; for hosts beyond the number of flows, the side that answered."""
    _owners: Owners

    def __len__(self) -> int:
        return len(self.flows)

    def order(self, measure: str, descending: bool) -> I64:
        """Index of the groups by a column of MEASURES."""
        order = np.argsort(getattr(self, measure), kind="stable")
        return order[::-1] if descending else order

    def label(self, group: int) -> str:
        """What the flows of a group have in common."""
        at, side = self._place(group)
        flows = self._rows.flows
        if self.by is By.HOST:
            return self._address(at, side)
        if self.by is By.PROCESS:
            code = int(self._owners.of(flows.flow[at : at + 1])[0])
            return "?" if code == UNKNOWN else self._owners.known[code].name or "?"
        port, transport = int(flows.dport[at]), _TRANSPORTS.get(int(flows.ip_proto[at]), "")
        return f"{NAMES[int(flows.protocol[at])]} {port}/{transport}" if transport else NAMES[int(flows.protocol[at])]

    def expression(self, group: int) -> str:
        """The filter of flows that picks a group; empty where the language has none."""
        at, side = self._place(group)
        flows = self._rows.flows
        if self.by is By.HOST:
            kind = int(flows.kind[at])
            field = {AddressKind.IPV4: "ip.addr", AddressKind.IPV6: "ipv6.addr"}.get(kind)
            return f"{field} == {self._address(at, side)}" if field else ""
        if self.by is By.PROCESS:
            name = self.label(group).replace("\\", "\\\\").replace('"', '\\"')
            return "!nettui.process" if name == "?" else f'nettui.process == "{name}"'
        transport = _TRANSPORTS.get(int(flows.ip_proto[at]))
        protocol = f'nettui.protocol == "{NAMES[int(flows.protocol[at])]}"'
        return f"{protocol} && {transport}.dstport == {int(flows.dport[at])}" if transport else protocol

    def _place(self, group: int) -> tuple[int, str]:
        at, n = int(self._example[group]), len(self._rows)
        return (at - n, "dst") if at >= n else (at, "src")

    def _address(self, at: int, side: str) -> str:
        flows = self._rows.flows
        high, low = int(getattr(flows, f"{side}_hi")[at]), int(getattr(flows, f"{side}_lo")[at])
        return address_text(int(flows.kind[at]), high, low) or "?"


def group(rows: FlowRows, of: I64, by: By, owners: Owners) -> FlowGroups:
    """The flows `of`, put together."""
    key, place = _KEYS[by](rows, of, owners)
    in_order = np.argsort(key)  # not np.unique: it sorts stably, which takes three times as long
    key = key[in_order]
    first = run_starts(key)
    flow = place[in_order] % max(1, len(rows))

    def total(values: NDArray[Any]) -> F64:
        if not len(first):
            return np.zeros(0)
        sums: F64 = np.add.reduceat(np.ascontiguousarray(values, np.float64)[flow], first)
        return sums

    flows = rows.flows
    return FlowGroups(
        by,
        run_lengths(first, len(key)),
        total(sum_of_sides(flows.packets)),
        total(sum_of_sides(flows.bytes)),
        total(rows.bytes_per_s),
        total(flows.events[Event.RETRANSMISSION]),
        key[first],
        rows,
        place[in_order[first]],
        owners,
    )


def _hosts(rows: FlowRows, of: I64, owners: Owners) -> tuple[NDArray[np.uint64], I64]:
    """Both addresses of each flow as a number each: sources first. A hash of 64 bits; IPv4 addresses never meet."""
    flows = rows.flows
    parts = []
    for side in ("src", "dst"):
        high, low = getattr(flows, f"{side}_hi")[of], getattr(flows, f"{side}_lo")[of]
        parts.append((high * _GOLDEN ^ low) * _GOLDEN ^ flows.kind[of])
    return np.concatenate(parts), np.concatenate([of, of + len(rows)])


def _services(rows: FlowRows, of: I64, owners: Owners) -> tuple[NDArray[np.uint64], I64]:
    flows = rows.flows
    ported = np.isin(flows.ip_proto[of], list(_TRANSPORTS))
    port = np.where(ported, flows.dport[of], 0).astype(np.uint64)
    key = flows.protocol[of].astype(np.uint64) << np.uint64(24) | port << np.uint64(8) | flows.ip_proto[of]
    return key, of


def _processes(rows: FlowRows, of: I64, owners: Owners) -> tuple[NDArray[np.uint64], I64]:
    """By name: the workers of one server belong together."""
    numbers: dict[str, int] = {"": 0}
    names = np.array([numbers.setdefault(owner.name, len(numbers)) for owner in owners.known] + [0], np.uint64)
    return names[owners.of(rows.flows.flow[of])], of


_KEYS: dict[By, Callable[[FlowRows, I64, Owners], tuple[NDArray[np.uint64], I64]]] = {
    By.HOST: _hosts,
    By.SERVICE: _services,
    By.PROCESS: _processes,
}
