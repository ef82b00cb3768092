"""FlowOrder: which flows a screen lists, in which order, and where each stands; arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import AddressKind, address_text
from tui.core.flow.listed import FlowRows, sort_order
from tui.core.flow.records import FlowRecords
from tui.core.judged import Labels

Int64 = NDArray[np.int64]
_TCP, _UDP = 6, 17


class FlowFilterLike(Protocol):
    """`tui.filters.flows.FlowFilter`."""

    def match(self, flows: FlowRecords) -> NDArray[np.bool_]: ...


class FlowOrder:
    """Which flows are listed, in which order. Immutable but for the caches; a change makes a new one."""

    def __init__(self, rows: FlowRows, order: Int64) -> None:
        """`order`: index in rows of each flow that is listed."""
        self.rows = rows
        self.order = order
        self.identities = rows.flows.flow[order]
        self._by_identity = np.argsort(self.identities, kind="stable")

    def __len__(self) -> int:
        return len(self.order)

    def identity(self, place: int) -> int:
        """The flow at a place of the list."""
        return int(self.identities[place])

    def place(self, identity: Hashable) -> int:
        """Where a flow is listed; -1 where it is not."""
        assert isinstance(identity, int)
        at = int(np.searchsorted(self.identities, identity, sorter=self._by_identity))
        if at == len(self.order):
            return -1
        place = int(self._by_identity[at])
        return place if self.identities[place] == identity else -1


def ordered(
    rows: FlowRows,
    sort: str,
    descending: bool,
    wanted: FlowFilterLike | None = None,
    labels: Labels | None = None,
    key: NDArray[np.int64] | None = None,
) -> FlowOrder:
    """The flows that a filter picks, sorted by a column of flowlist.SORTS, by their labels ("label"), or by a key."""
    order = sort_order(rows, "bytes" if sort == "label" or key is not None else sort, descending)
    if key is not None:
        found = np.argsort(key[order], kind="stable")
        order = order[found[::-1] if descending else found]
    if sort == "label" and labels:
        number, sure = labels.of(rows.flows.flow[order])
        found = np.lexsort((-sure, np.where(number < 0, len(labels.classes), number)))
        order = order[found[::-1] if descending else found]
    if wanted is not None:
        order = order[wanted.match(rows.flows)[order]]
    return FlowOrder(rows, order)


def in_place(before: FlowOrder, rows: FlowRows) -> FlowOrder:
    """The same flows in the same order with newer numbers; those that are gone are left out, new ones stay out."""
    sorter = np.argsort(rows.flows.flow, kind="stable")
    known = rows.flows.flow[sorter]
    at = np.searchsorted(known, before.identities)
    at = np.minimum(at, max(0, len(known) - 1))
    there = known[at] == before.identities if len(known) else np.zeros(len(before), np.bool_)
    return FlowOrder(rows, sorter[at[there]] if len(known) else np.empty(0, np.int64))


def ends(flows: FlowRecords, at: int) -> tuple[str, str]:
    """The addresses of both ends, the side that began first."""
    kind = int(flows.kind[at])
    source = address_text(kind, int(flows.src_hi[at]), int(flows.src_lo[at]))
    target = address_text(kind, int(flows.dst_hi[at]), int(flows.dst_lo[at]))
    return source or "?", target or "?"


def expression(flows: FlowRecords, at: int) -> str:
    """The display filter of one flow's packets."""
    proto = int(flows.ip_proto[at])
    if proto == _TCP:
        return f"tcp.stream == {int(flows.stream[at])}"
    field = "ipv6" if int(flows.kind[at]) == AddressKind.IPV6 else "ip"
    source, target = ends(flows, at)
    number = "ipv6.nxt" if field == "ipv6" else "ip.proto"
    hosts = f"{field}.addr == {source} && {field}.addr == {target}"
    if proto == _UDP:  # a datagram that carries a tunnel has the stream of what is inside
        return f"{hosts} && udp.port == {int(flows.sport[at])} && udp.port == {int(flows.dport[at])}"
    return f"{hosts} && {number} == {proto}"
