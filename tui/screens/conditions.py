"""What can be filtered by where a person points: a packet's row, a flow, an alert; in the filter language."""

from __future__ import annotations

from dataclasses import dataclass

from tui.core.alert.alerts import Alert, Endpoint
from tui.core.columns import NONE16, NONE32, AddressKind, Columns, Mark, address_text
from tui.core.flow.order import ends
from tui.core.flow.records import FlowRecords
from tui.core.protocols import ID, NAMES, Layer

_TRANSPORTS = {6: "tcp", 17: "udp", 33: "dccp", 132: "sctp"}
_CONTROL = {1: "icmp", 58: "icmpv6"}
_ETHERNET = 1


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing to filter by: what it is in words, and as a display filter."""

    words: str
    text: str


def of_packet(columns: Columns, row: int) -> list[Condition]:
    """The cells of a packet's row, from the left, then what they say together."""
    from tui.filters import build  # late: a screen without a filter starts without the language

    kind = int(columns.kind[row])
    source = address_text(kind, int(columns.src_hi[row]), int(columns.src_lo[row]))
    target = address_text(kind, int(columns.dst_hi[row]), int(columns.dst_lo[row]))
    fields = _address_fields(columns, row)
    found = []
    if fields:
        sides = (("source", source), ("destination", target))
        found += [
            Condition(words, f"{name} == {value}") for (words, value), name in zip(sides, fields, strict=True) if value
        ]
    protocol = int(columns.protocol[row])
    if protocol != ID["Unknown"]:
        found.append(Condition("protocol", build.protocol(NAMES[protocol])))
    found.append(Condition("length", f"frame.len == {int(columns.length[row])}"))
    transport = _TRANSPORTS.get(int(columns.ip_proto[row]))
    hosts = fields is not None and fields[0].startswith("ip") and source and target
    if hosts and transport and columns.marks[row] & Mark.PORTS:
        sport, dport = int(columns.sport[row]), int(columns.dport[row])
        found += _conversation(str(source), str(target), transport, sport, dport)
        if transport in ("tcp", "udp") and columns.stream[row] != NONE32:
            found.append(Condition("stream", f"{transport}.stream == {int(columns.stream[row])}"))
        if transport == "tcp":
            found.append(Condition("flags", f"tcp.flags == 0x{int(columns.tcp_flags[row]):03x}"))
    elif hosts:
        found.append(Condition("both hosts", build.pair(str(source), str(target))))
    found += _control(columns, row)
    if columns.vlan[row] != NONE16:
        found.append(Condition("VLAN", f"vlan.id == {int(columns.vlan[row])}"))
    return found


def _address_fields(columns: Columns, row: int) -> tuple[str, str] | None:
    """The fields of source and destination; None where the language has none."""
    kind = int(columns.kind[row])
    if kind == AddressKind.IPV4:
        arp = int(columns.layers[row]) >> Layer.ARP & 1 and columns.ip_proto[row] == 0
        return ("arp.src.proto_ipv4", "arp.dst.proto_ipv4") if arp else ("ip.src", "ip.dst")
    if kind == AddressKind.IPV6:
        return "ipv6.src", "ipv6.dst"
    if kind == AddressKind.MAC and columns.linktype[row] == _ETHERNET:
        return "eth.src", "eth.dst"
    return None


def _conversation(source: str, target: str, transport: str, sport: int, dport: int) -> list[Condition]:
    from tui.filters import build

    return [
        Condition("source port", f"{transport}.srcport == {sport}"),
        Condition("destination port", f"{transport}.dstport == {dport}"),
        Condition("both hosts", build.pair(source, target)),
        Condition("conversation", build.conversation(source, target, transport, sport, dport)),
    ]


def _control(columns: Columns, row: int) -> list[Condition]:
    name = _CONTROL.get(int(columns.ip_proto[row]))
    if name is None or not int(columns.layers[row]) >> Layer[name.upper()] & 1:
        return []
    code = int(columns.code[row])
    return [
        Condition("type", f"{name}.type == {code >> 8}"),
        Condition("type and code", f"{name}.type == {code >> 8} && {name}.code == {code & 0xFF}"),
    ]


def of_flow(flows: FlowRecords, at: int) -> list[Condition]:
    """The cells of a flow's row, in words that hold for flows and for packets alike."""
    from tui.filters import build

    source, target = ends(flows, at)
    found = [Condition("client", build.address(source)), Condition("server", build.address(target))]
    transport = _TRANSPORTS.get(int(flows.ip_proto[at]))
    if transport:
        sport, dport = int(flows.sport[at]), int(flows.dport[at])
        found += [
            Condition("server port", build.port(dport, transport)),
            Condition("client port", build.port(sport, transport)),
        ]
    found.append(Condition("protocol", build.protocol(NAMES[int(flows.protocol[at])])))
    found.append(Condition("both hosts", build.pair(source, target)))
    return found


def of_alert(alert: Alert) -> list[Condition]:
    """What an alert is about, and each of its sides."""
    from tui.filters import build

    found = [Condition("its packets", alert.filter_display)] if alert.filter_display else []
    for words, end in (("source", alert.src), ("target", alert.dst)):
        address = end.ip or end.mac
        if address:
            found.append(Condition(words, build.address(address)))
    transport = alert.proto.lower()
    if alert.dst.port and transport in _TRANSPORTS.values():
        found.append(Condition("target port", build.port(alert.dst.port, transport)))
    if _is(alert.src) and _is(alert.dst):
        found.append(Condition("both hosts", build.pair(_is(alert.src), _is(alert.dst))))
    return found


def _is(end: Endpoint) -> str:
    return end.ip or end.mac or ""
