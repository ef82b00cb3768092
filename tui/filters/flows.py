"""The same language over flows and alerts: what a packet of them would have in its headers, and their own labels.

Fields that only a single packet has (tcp.len, dns.qry.name, frame.number) are refused with the place.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tui.core.alert.alerts import Alert, Endpoint
from tui.core.columns import AddressKind, Columns, Mark
from tui.core.flow.records import FlowRecords
from tui.core.protocols import ID, LAYERS_OF, Layer
from tui.errors import FilterError
from tui.filters import syntax
from tui.filters.filter import Filter
from tui.filters.filter import compile as compile_filter
from tui.filters.packets import Mask, Place, Rows
from tui.filters.parser import parse
from tui.filters.tables import FIELDS
from tui.filters.tables.protocols import PROTOCOLS

_ADDRESSES = ("ip.addr", "ip.src", "ip.dst", "ip.host", "ip.src_host", "ip.dst_host", "ipv6.addr", "ipv6.src",
"ipv6.dst",
              "ipv6.host")  # fmt: skip
_PORTS = tuple(f"{name}.{end}" for name in ("tcp", "udp", "sctp", "dccp") for end in ("port", "srcport", "dstport"))
FLOW_FIELDS = frozenset({
    *_ADDRESSES, *_PORTS, "tcp.stream", "udp.stream", "tcp.flags", "tcp.flags.syn", "tcp.flags.ack", "tcp.flags.fin",
    "tcp.flags.reset", "tcp.flags.push", "tcp.flags.urg", "frame.time", "frame.time_epoch", "nettui.protocol",
    "nettui.process", "nettui.alert", "nettui.name", *(field.name for field in PROTOCOLS),
})  # fmt: skip
"""Fields that a flow has. Flags are those of any of its packets; the time is its first packet's."""
ALERT_FIELDS = frozenset({*_ADDRESSES, *_PORTS, "eth.addr", "frame.time", "frame.time_epoch", "nettui.alert",
"nettui.interface",
                          "tcp", "udp", "icmp", "icmpv6", "arp", "ip", "ipv6", "vlan.id"})  # fmt: skip
_TRANSPORT = {
    1: Layer.ICMP,
    2: Layer.IGMP,
    6: Layer.TCP,
    17: Layer.UDP,
    33: Layer.DCCP,
    58: Layer.ICMPV6,
    132: Layer.SCTP,
}
_BY_NAME = {"TCP": 6, "UDP": 17, "ICMP": 1, "ICMPV6": 58, "SCTP": 132, "DCCP": 33, "IGMP": 2}
_WITH_PORTS = (6, 17, 33, 132)


@dataclass(frozen=True, slots=True)
class FlowFilter:
    """A filter for flows. Immutable."""

    filter: Filter

    def match(self, flows: FlowRecords, place: Place | None = None) -> Mask:
        """Which flows are picked. `place` may give labels: processes, alerts, names."""
        return self.filter.match(flow_columns(flows), None, place)


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """A filter for alerts. Immutable."""

    filter: Filter

    def match(self, alerts: Sequence[Alert]) -> Mask:
        """Which alerts are picked."""
        rules = [alert.rule.encode() for alert in alerts]
        networks = [alert.interface.encode() for alert in alerts]

        def rule_of(_columns: Columns) -> tuple[Rows, list[bytes]]:
            return np.arange(len(rules)), rules

        def interface_of(_columns: Columns) -> tuple[Rows, list[bytes]]:
            return np.arange(len(networks)), networks

        labels = {"nettui.alert": rule_of, "nettui.interface": interface_of}
        return self.filter.match(alert_columns(alerts), None, Place(labels=labels))


def compile_flows(text: str) -> FlowFilter:
    """Raises FilterError, also for a field that flows do not have."""
    return FlowFilter(_compile(text, FLOW_FIELDS, "flows"))


def compile_alerts(text: str) -> AlertFilter:
    """Raises FilterError, also for a field that alerts do not have."""
    return AlertFilter(_compile(text, ALERT_FIELDS, "alerts"))


def _compile(text: str, known: frozenset[str], what: str) -> Filter:
    made = compile_filter(text)
    tree = parse(text)
    for name in _names(tree) if tree is not None else ():
        if name.text in FIELDS and name.text not in known:
            hint = f"{what} have addresses, ports, protocols and times: ip.addr, tcp.port, dns"
            raise FilterError(f"{name.text} is asked of packets, {what} have none", name.start, hint, text)
    return made


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


def alert_columns(alerts: Sequence[Alert]) -> Columns:
    """Alerts as if each were one packet from its source to its target."""
    made = Columns.empty(len(alerts))
    for row, alert in enumerate(alerts):
        made.time_ns[row] = alert.first_ns
        made.ip_proto[row] = _BY_NAME.get(alert.proto.upper(), 0)
        made.protocol[row] = ID.get(alert.proto, 0)
        for side, port, end in (("src", "sport", alert.src), ("dst", "dport", alert.dst)):
            kind, hi, lo = _address(end)
            if kind != AddressKind.NONE:
                made.kind[row] = kind
            getattr(made, side + "_hi")[row], getattr(made, side + "_lo")[row] = hi, lo
            getattr(made, port)[row] = end.port or 0
        if alert.vlan is not None:
            made.vlan[row] = alert.vlan
    _finish(made)
    return made


def _address(end: Endpoint) -> tuple[int, int, int]:
    """Kind, upper and lower word of an endpoint's address."""
    try:
        address = ipaddress.ip_address(end.ip or "")
    except ValueError:
        mac = (end.mac or "").replace(":", "")
        return (AddressKind.MAC, 0, int(mac, 16)) if len(mac) == 12 else (AddressKind.NONE, 0, 0)
    number = int(address)
    kind = AddressKind.IPV4 if address.version == 4 else AddressKind.IPV6
    return kind, number >> 64, number & 0xFFFFFFFFFFFFFFFF
