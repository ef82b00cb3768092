"""The same language over flows: what a packet of them would have in its headers, and their own labels.

Fields that only a single packet has (tcp.len, dns.qry.name, frame.number) are refused with the place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tui.core.columns import AddressKind, Columns, Mark
from tui.core.flow.records import FlowRecords
from tui.core.protocols import LAYERS_OF, Layer
from tui.errors import FilterError
from tui.filters import syntax
from tui.filters.filter import Filter
from tui.filters.filter import compile as compile_filter
from tui.filters.packets import Mask, Place
from tui.filters.parser import parse
from tui.filters.tables import FIELDS
from tui.filters.tables.protocols import PROTOCOLS

_ADDRESSES = ("ip.addr", "ip.src", "ip.dst", "ip.host", "ip.src_host", "ip.dst_host", "ipv6.addr", "ipv6.src",
              "ipv6.dst", "ipv6.host")  # fmt: skip
_PORTS = tuple(f"{name}.{end}" for name in ("tcp", "udp", "sctp", "dccp") for end in ("port", "srcport", "dstport"))
FLOW_FIELDS = frozenset({
    *_ADDRESSES, *_PORTS, "tcp.stream", "udp.stream", "tcp.flags", "tcp.flags.syn", "tcp.flags.ack", "tcp.flags.fin",
    "tcp.flags.reset", "tcp.flags.push", "tcp.flags.urg", "frame.time", "frame.time_epoch", "nettui.protocol",
    "nettui.process", "nettui.alert", "nettui.name", *(field.name for field in PROTOCOLS),
})  # fmt: skip
"""Fields that a flow has. Flags are those of any of its packets; the time is its first packet's."""
_TRANSPORT = {
    1: Layer.ICMP,
    2: Layer.IGMP,
    6: Layer.TCP,
    17: Layer.UDP,
    33: Layer.DCCP,
    58: Layer.ICMPV6,
    132: Layer.SCTP,
}
_WITH_PORTS = (6, 17, 33, 132)


@dataclass(frozen=True, slots=True)
class FlowFilter:
    """A filter for flows. Immutable."""

    filter: Filter

    def match(self, flows: FlowRecords, place: Place | None = None) -> Mask:
        """Which flows are picked. `place` may give labels: processes, alerts, names."""
        return self.filter.match(flow_columns(flows), None, place)


def compile_flows(text: str) -> FlowFilter:
    """Raises FilterError, also for a field that flows do not have."""
    made = compile_filter(text)
    tree = parse(text)
    for name in _names(tree) if tree is not None else ():
        if name.text in FIELDS and name.text not in FLOW_FIELDS:
            hint = "flows have addresses, ports, protocols and times: ip.addr, tcp.port, dns"
            raise FilterError(f"{name.text} is asked of packets, flows have none", name.start, hint, text)
    return FlowFilter(made)


def _names(node: syntax.Condition | syntax.Entity) -> Iterator[syntax.Name]:
    """The words of a tree."""
    if isinstance(node, syntax.Name):
        yield node
        return
    parts: tuple[syntax.Condition | syntax.Entity | None, ...] = ()
    match node:
        case syntax.Logic():
            parts = node.parts
        case syntax.Not() | syntax.Exists() | syntax.Slice() | syntax.Negative():
            parts = (node.of,)
        case syntax.Relation() | syntax.Arithmetic():
            parts = (node.left, node.right)
        case syntax.Membership():
            parts = (node.left, *(end for element in node.elements for end in element))
        case syntax.Call():
            parts = node.arguments
    for part in parts:
        if part is not None:
            yield from _names(part)


def flow_columns(flows: FlowRecords) -> Columns:
    """Flows as if each were one packet of its first direction."""
    made = Columns.empty(len(flows))
    for name in (
        "kind",
        "src_hi",
        "src_lo",
        "dst_hi",
        "dst_lo",
        "sport",
        "dport",
        "ip_proto",
        "protocol",
        "flow",
        "stream",
    ):
        getattr(made, name)[:] = getattr(flows, name)
    made.time_ns[:] = flows.first_ns
    made.tcp_flags[:] = (flows.seen[0] | flows.seen[1]) & 0x1FF
    made.length[:] = np.minimum(flows.bytes.sum(axis=0), 0xFFFFFFFF)
    _finish(made)
    return made


def _finish(made: Columns) -> None:
    """Offsets and layers that the columns which are there imply, as of a plain packet that is whole."""
    made.caplen[:] = 0xFFFF
    made.l3[:] = 14
    made.l4[:] = np.where(made.ip_proto != 0, 34, made.l4)
    made.payload[:] = made.l4
    bits = LAYERS_OF[made.protocol].copy()
    bits[made.kind == AddressKind.IPV4] |= np.uint64(1 << Layer.IP)
    bits[made.kind == AddressKind.IPV6] |= np.uint64(1 << Layer.IPV6)
    for number, layer in _TRANSPORT.items():
        bits[made.ip_proto == number] |= np.uint64(1 << layer)
    made.layers[:] = bits
    made.marks[np.isin(made.ip_proto, _WITH_PORTS)] |= np.uint32(Mark.PORTS)
