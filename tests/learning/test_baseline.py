from __future__ import annotations

import struct

import numpy as np
import pytest

from tests.filters.packets import dns, ether, ipv4, tcp, udp
from tui.core.baseline import Baseline
from tui.core.decode import decode
from tui.core.features import FEATURES
from tui.core.flow.table import FlowTable
from tui.core.frames import Frames, from_packets
from tui.errors import FormatError
from tui.learning import usual
from tui.learning.baseline import BaselineLearner
from tui.learning.sample import Sample, clean_matrix

ARP = ether(bytes.fromhex("000108000604000200aabbccddee0a0000010011223344550a000002"), 0x0806)


def learned(frames: Frames) -> Baseline:
    learner, table = BaselineLearner("eth0"), FlowTable(collect=True)
    columns = decode(frames)
    table.update(columns, frames)
    learner.add(columns, frames)
    table.end_all()
    learner.add_flows(table.take_ended())
    return learner.result()


def test_services_and_contacts_are_those_that_answered() -> None:
    made = learned(from_packets([
        ether(ipv4("10.0.0.1", "10.0.0.9", 6, tcp(4000, 80, 0x02))),
        ether(ipv4("10.0.0.9", "10.0.0.1", 6, tcp(80, 4000, 0x12))),
        ether(ipv4("10.0.0.1", "10.0.0.8", 6, tcp(4001, 81, 0x02))),
        ether(ipv4("10.0.0.1", "10.0.0.53", 17, udp(5000, 53, dns("a.b")))),
        ether(ipv4("10.0.0.53", "10.0.0.1", 17, udp(53, 5000, dns("a.b")))),
    ], times_ns=[0, 1, 2, 3, 4]))  # fmt: skip
    assert made.services == {"10.0.0.9:80/TCP", "10.0.0.53:53/UDP"}
    assert made.contacts == {"10.0.0.1 10.0.0.9:80/TCP", "10.0.0.1 10.0.0.53:53/UDP"}


def test_busy_services_and_uploads() -> None:
    opened = [
        ether(ipv4(*ends, 6, tcp(*ports, flags)))
        for i in range(30)
        for ends, ports, flags in (
            (("10.0.0.1", "10.0.0.9"), (4000 + i, 80), 0x02), (("10.0.0.9", "10.0.0.1"), (80, 4000 + i), 0x12)
        )
    ]  # fmt: skip
    sent = [ether(ipv4("10.0.0.1", "93.184.216.34", 17, udp(5000, 443, bytes(1_200)))) for _ in range(1_000)]
    local = [ether(ipv4("10.0.0.2", "10.0.0.9", 17, udp(5000, 443, bytes(1_200)))) for _ in range(1_000)]
    made = learned(from_packets(opened + sent + local, times_ns=[i * 10**6 for i in range(2_060)]))
    assert made.openings == {"10.0.0.9:80/TCP": 30.0}
    assert set(made.uploads) == {"10.0.0.1"}
    assert made.uploads["10.0.0.1"] == pytest.approx(1_000 * len(sent[0]))


def test_hosts_and_arp_pairs() -> None:
    made = learned(from_packets([ARP]))
    assert made.hosts == {"00:aa:bb:cc:dd:ee"}
    assert made.arp_pairs == {"10.0.0.1 00:aa:bb:cc:dd:ee"}


def test_traffic_is_counted_in_bins_of_five_seconds_and_silence_counts() -> None:
    packet = ether(ipv4("10.0.0.1", "10.0.0.2", 17, udp(1, 2, b"x" * 58)))
    assert len(packet) == 100
    times = [0, 10**9, 6 * 10**9, 21 * 10**9]
    made = learned(from_packets([packet] * 4, times_ns=times))
    assert made.bytes_per_s.bins == 4
    assert made.bytes_per_s.mean == pytest.approx((40 + 20 + 0 + 0) / 4)
    assert made.packets_per_s.median == pytest.approx(0.1)
    assert made.provisional


def test_a_baseline_keeps_a_sample_of_flows() -> None:
    rows = np.arange(3 * len(FEATURES), dtype=float).reshape(3, -1)
    text = usual.dumps(Baseline(interface="eth0"), rows)
    made, again = usual.loads(text)
    assert made.interface == "eth0"
    np.testing.assert_allclose(again, rows)
    assert Baseline.loads(text).interface == "eth0"


@pytest.mark.parametrize("change", [("flows", "x"), ("flows", [[1]]), ("flow_features", ["a"])])
def test_a_damaged_baseline_is_refused(change: tuple[str, object]) -> None:
    import json

    data = json.loads(usual.dumps(Baseline(), np.zeros((2, len(FEATURES)))))
    data[change[0]] = change[1]
    with pytest.raises(FormatError):
        usual.loads(json.dumps(data))


def test_a_sample_is_bounded_and_remembers_the_files() -> None:
    from tests.learning.flows import flows

    sample = Sample(most=50)
    for file in range(6):
        sample.add(flows(30, file), file)
    assert sample.seen == 180
    assert len(sample.flows) == len(sample.files) == 50
    assert len(clean_matrix(sample.flows)) == 50
    assert len(set(sample.files.tolist())) > 3


def test_other_link_types_have_no_hosts() -> None:
    raw = ipv4("10.0.0.1", "10.0.0.2", 17, udp(1, 2)) + struct.pack(">H", 0)
    assert learned(from_packets([raw], linktype=101)).hosts == set()
