from __future__ import annotations

import pytest

from tests.filters.packets import SAMPLE
from tui.core.alert.alerts import Alert, Endpoint, Event, Evidence, Explanation, Severity, Status
from tui.core.flow.records import FlowRecords
from tui.core.flow.table import FlowTable
from tui.errors import FilterError
from tui.filters.flows import ALERT_FIELDS, FLOW_FIELDS, compile_alerts, compile_flows
from tui.filters.tables import FIELDS


def sample_flows() -> FlowRecords:
    table = FlowTable(collect=True)
    table.update(SAMPLE.columns.select(slice(None)), SAMPLE.frames)
    table.end_all()
    ended = table.take_ended()
    return ended.over_ip()


def picked(text: str) -> set[tuple[int, int]]:
    flows = sample_flows()
    mask = compile_flows(text).match(flows)
    return {(int(s), int(d)) for s, d in zip(flows.sport[mask], flows.dport[mask], strict=True)}


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("tcp", {(40000, 80)}),
        ("tcp.port == 80 && ip.addr == 192.168.0.0/16", {(40000, 80)}),
        ("udp.dstport in {53, 54}", {(5353, 53)}),
        ("dns", {(5353, 53)}),
        ("tcp.flags.syn == 1", {(40000, 80)}),
        ("!tcp && udp.port < 100", {(5353, 53), (7, 9)}),
        ('nettui.protocol == "DNS"', {(5353, 53)}),
    ],
)
def test_flows_are_picked_as_packets_are(text: str, ports: set[tuple[int, int]]) -> None:
    assert picked(text) == ports


@pytest.mark.parametrize(("text", "position"), [("tcp.len > 0", 0), ('tcp && dns.qry.name contains "x"', 7)])
def test_what_only_packets_have_is_refused(text: str, position: int) -> None:
    with pytest.raises(FilterError) as caught:
        compile_flows(text)
    assert caught.value.position == position
    assert "ip.addr" in caught.value.hint


def alert(rule: str, src: Endpoint, dst: Endpoint, proto: str = "TCP") -> Alert:
    return Alert(
        "1", "1", Event.OPEN, rule, Severity.HIGH, 0.9, Status.OPEN, 0, 0, 0, 1, 0, 1, src, 1, dst, proto, "eth0", None,
        Evidence(1, 1, "ports"), Explanation("what"), "", "",
    )  # fmt: skip


ALERTS = [
    alert("scan.vertical", Endpoint("10.0.0.66"), Endpoint("10.0.0.1", 22)),
    alert("flood.udp", Endpoint("10.9.9.9"), Endpoint("2001:db8::1", 53), "UDP"),
    alert("arp.spoof", Endpoint(mac="00:11:22:33:44:55"), Endpoint("10.0.0.1"), "ARP"),
]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ip.src == 10.0.0.66", [True, False, False]),
        ("tcp.port == 22", [True, False, False]),
        ("udp", [False, True, False]),
        ('nettui.alert contains "arp"', [False, False, True]),
        ('nettui.interface == "eth0"', [True, True, True]),
        ("ip.dst == 10.0.0.1", [True, False, True]),
    ],
)
def test_alerts_are_picked(text: str, wanted: list[bool]) -> None:
    assert compile_alerts(text).match(ALERTS).tolist() == wanted


def test_the_fields_of_flows_and_alerts_are_fields() -> None:
    assert set(FIELDS) >= FLOW_FIELDS | ALERT_FIELDS
