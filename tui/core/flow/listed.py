"""FlowList: the flows as a screen lists them, those held and those that ended last, sorted, with their rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.arrays import sum_of_sides
from tui.core.clock import NS
from tui.core.columns import NONE32
from tui.core.flow.records import Event, FlowRecords, concatenate
from tui.core.flow.table import FlowTable
from tui.core.flow.tcpstate import conn_states
from tui.errors import UsageError

ENDED_KEPT = 10_000
"""Flows that have ended and are still listed; the oldest go first."""


@dataclass(frozen=True, slots=True)
class FlowRows:
    """Flows for a list; arrays of shape (n,), `flows` by field."""

    flows: FlowRecords
    state: NDArray[np.uint8]
    """Index into tcpstate.STATES."""
    ended: NDArray[np.bool_]
    bytes_per_s: NDArray[np.float64]
    """Both directions, since the list was asked for before; 0 for those that ended."""
    packets_per_s: NDArray[np.float64]
    total: int
    """Flows that could be listed; `flows` are the first of them."""

    def __len__(self) -> int:
        return len(self.flows)


class FlowList:
    """Remembers what each record had counted when the list was asked for last, which gives live rates."""

    def __init__(self) -> None:
        self._ended: list[FlowRecords] = []
        self._flow = np.empty(0, np.uint32)
        self._bytes = np.empty(0, np.int64)
        self._packets = np.empty(0, np.int64)
        self._asked_ns = 0

    def add_ended(self, ended: FlowRecords) -> None:
        """Remember flows that ended, within the bound."""
        flows = ended.select(ended.flow != NONE32)
        if len(flows) > ENDED_KEPT:
            flows = flows.select(np.arange(len(flows) - ENDED_KEPT, len(flows)))
        self._ended.append(flows)
        while sum(len(part) for part in self._ended[1:]) >= ENDED_KEPT:
            del self._ended[0]

    def forget(self, until_ns: int) -> None:
        """Leave out those that ended and that began until then: a replay in a loop has begun them anew."""
        self._ended = [part.select(part.first_ns > until_ns) for part in self._ended]

    def rows(self, table: FlowTable, now_ns: int, limit: int, sort: str, descending: bool) -> FlowRows:
        """At most `limit` flows by a column of SORTS. Raises UsageError for another."""
        if sort not in SORTS:
            raise UsageError(f"flows are not sorted by {sort!r}", "one of " + ", ".join(SORTS))
        held = table.records
        of = table.live()
        of = of[held.flow[of] != NONE32]
        byte_rate, packet_rate = self._rates(table, of, now_ns)
        ended = concatenate(self._ended)
        every = np.arange(len(ended))
        rates = {"bytes_per_s": byte_rate, "packets_per_s": packet_rate}
        rates = {name: np.concatenate([rate, np.zeros(len(ended))]) for name, rate in rates.items()}
        key = rates.get(sort)
        if key is None:
            key = np.concatenate([_key(sort, held, of), _key(sort, ended, every)], axis=-1)
        identity = np.concatenate([held.flow[of], ended.flow])
        order = np.lexsort((identity, *np.atleast_2d(key)[::-1]))
        order = order[::-1][:limit] if descending else order[:limit]
        here = order < len(of)
        flows = FlowRecords.empty(len(order))
        flows.put(np.flatnonzero(here), held.select(of[order[here]]))
        flows.put(np.flatnonzero(~here), ended.select(order[~here] - len(of)))
        return FlowRows(
            flows,
            conn_states(flows),
            ~here,
            rates["bytes_per_s"][order],
            rates["packets_per_s"][order],
            len(of) + len(ended),
        )

    def recent(self, table: FlowTable, limit: int) -> FlowRecords:
        """A copy of the flows that spoke last, held or ended; the rates of the list go on as they were."""
        of = table.live()
        of = of[table.records.flow[of] != NONE32]
        if len(of) > limit:
            of = np.sort(of[np.argpartition(table.records.last_ns[of], -limit)[-limit:]])
        found = concatenate([*self._ended, table.records.select(of)])
        if len(found) > limit:
            found = found.select(np.argpartition(found.last_ns, -limit)[-limit:])
        return found

    def _rates(
        self, table: FlowTable, of: NDArray[np.int64], now_ns: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bytes and packets per second of the live flows since the last call."""
        if not len(self._flow):
            n = len(table.records)
            self._flow = np.full(n, NONE32, np.uint32)
            self._bytes, self._packets = np.zeros(n, np.int64), np.zeros(n, np.int64)
        live = table.records
        volume, packets = sum_of_sides(live.bytes[:, of]), sum_of_sides(live.packets[:, of])
        same = self._flow[of] == live.flow[of]
        seconds = max((now_ns - self._asked_ns) / NS, 1e-3)
        byte_rate = np.where(same, volume - self._bytes[of], volume) / seconds
        packet_rate = np.where(same, packets - self._packets[of], packets) / seconds
        if not self._asked_ns:
            byte_rate, packet_rate = np.zeros(len(of)), np.zeros(len(of))
        self._flow[of], self._bytes[of], self._packets[of] = live.flow[of], volume, packets
        self._asked_ns = now_ns
        return byte_rate, packet_rate


SORTS = (
    "bytes", "packets", "first", "last", "duration", "src", "dst", "sport", "dport", "protocol", "state", "rtt",
    "retransmissions", "bytes_per_s", "packets_per_s", "live_rtt", "ttl", "out_of_order", "zero_window",
)  # fmt: skip
"""Columns that flows can be sorted by."""
_FIELDS = {"first": "first_ns", "last": "last_ns", "rtt": "rtt_ns", "live_rtt": "live_rtt_ns"}
_EVENTS = {
    "retransmissions": Event.RETRANSMISSION, "out_of_order": Event.OUT_OF_ORDER, "zero_window": Event.ZERO_WINDOW,
}  # fmt: skip


def sort_order(rows: FlowRows, sort: str, descending: bool) -> NDArray[np.int64]:
    """Index of the flows by a column of SORTS; equal ones keep their order, or turn it round with the rest."""
    if sort in ("bytes_per_s", "packets_per_s", "state"):
        key: NDArray[Any] = getattr(rows, sort)
    else:
        key = _key(sort, rows.flows, np.arange(len(rows)))
    # records lie side by side, so a column is strided: sorting a compact copy is several times faster
    keys = [np.ascontiguousarray(values) for values in np.atleast_2d(key)[::-1]]
    order: NDArray[np.int64] = np.lexsort(
        [values for values in keys if len(values) and (values != values[0]).any()] or keys
    )
    return order[::-1] if descending else order


def _key(sort: str, flows: FlowRecords, of: NDArray[np.int64]) -> NDArray[Any]:
    """What the flows `of` are sorted by; two rows where the first decides."""
    if sort in ("bytes", "packets"):
        total: NDArray[Any] = sum_of_sides(getattr(flows, sort)[:, of])
        return total
    if sort in ("src", "dst"):
        return np.stack([getattr(flows, f"{sort}_{word}")[of] for word in ("hi", "lo")])
    if sort == "duration":
        lasted: NDArray[np.int64] = flows.last_ns[of] - flows.first_ns[of]
        return lasted
    if sort == "state":
        return conn_states(flows.select(of))
    if sort in _EVENTS:
        times: NDArray[np.uint32] = flows.events[_EVENTS[sort], of]
        return times
    if sort in ("live_rtt", "ttl"):
        both: NDArray[Any] = getattr(flows, _FIELDS.get(sort, sort))[:, of]
        highest: NDArray[Any] = both.max(axis=0)
        return highest
    field: NDArray[Any] = getattr(flows, _FIELDS.get(sort, sort))[of]
    return field
