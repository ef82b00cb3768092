from __future__ import annotations

import pytest

from tests.filters.packets import SAMPLE
from tui.core.flow.records import FlowRecords
from tui.core.flow.table import FlowTable
from tui.errors import FilterError
from tui.filters.flows import FLOW_FIELDS, compile_flows
from tui.filters.tables import FIELDS


def sample_flows() -> FlowRecords:
    table = FlowTable(collect=True)
    table.update(SAMPLE.columns.select(slice(None)), SAMPLE.frames)
    table.end_all()
    ended = table.take_ended()
    return ended.select(FlowTable.is_ip(ended))


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


def test_the_fields_of_flows_are_fields() -> None:
    assert set(FIELDS) >= FLOW_FIELDS
