"""The list of flows for the learner: those that spoke last, and the rates of the screen's list stay as they were."""

from __future__ import annotations

import numpy as np

from tests.core.tcpflows import columns, handshake
from tui.core.frames import from_packets
from tui.engine.monitor import Monitor

MS = 1_000_000


def monitor(hosts: int) -> Monitor:
    """One conversation with each host, a second after the one before."""
    made = Monitor()
    for host in range(1, hosts + 1):
        packets = columns(handshake(ms=1_000.0 * host, host=host))
        made.ingest(packets, from_packets([bytes(60)] * len(packets), times_ns=packets.time_ns.tolist()))
    return made


def test_the_flows_that_spoke_last_are_recent() -> None:
    made = monitor(12)
    flows, total = made.recent_flows(5)
    assert total == 12
    assert sorted(flows.flow.tolist()) == [7, 8, 9, 10, 11]
    assert len(made.recent_flows(100)[0]) == 12


def test_flows_that_have_ended_are_among_them() -> None:
    made = monitor(4)
    made.flows.end_all()
    assert sorted(made.recent_flows(3)[0].flow.tolist()) == [1, 2, 3]


def test_a_replay_in_a_loop_lists_each_flow_once() -> None:
    """The flows of ten rounds stood there ten times, and hid all that is unusual on the screen of anomalies."""
    made = monitor(4)
    for n in (1, 2, 3):
        made.begin_round(4_000 * MS)
        for host in (1, 2):
            packets = columns(handshake(ms=4_000.0 * n + 1_000 * host, host=host))
            made.ingest(packets, from_packets([bytes(60)] * len(packets), times_ns=packets.time_ns.tolist()))
        rows = made.flow_rows(sort="first", descending=False)
        assert rows.total == (4 if n == 1 else 2), "those of hosts 3 and 4, too, until they are due again"
        assert len(set(zip(rows.flows.src_lo.tolist(), rows.flows.dst_lo.tolist(), strict=True))) == rows.total
        assert len(made.recent_flows(100)[0]) == rows.total
    assert made.snapshot().flows == 10


def test_what_is_handed_over_does_not_change_afterwards() -> None:
    made = monitor(3)
    flows, _ = made.recent_flows(10)
    before = flows.packets.copy()
    packets = columns(handshake(ms=9_000.0, host=1))
    made.ingest(packets, from_packets([bytes(60)] * len(packets), times_ns=packets.time_ns.tolist()))
    np.testing.assert_array_equal(flows.packets, before)


def test_the_rates_of_the_list_go_on_as_they_were() -> None:
    with_learner, without = monitor(2), monitor(2)
    for made in (with_learner, without):
        made.flow_rows()
        packets = columns(handshake(ms=5_000.0, host=1))
        made.ingest(packets, from_packets([bytes(60)] * len(packets), times_ns=packets.time_ns.tolist()))
        if made is with_learner:
            made.recent_flows(10)
    np.testing.assert_array_equal(with_learner.flow_rows().bytes_per_s, without.flow_rows().bytes_per_s)
