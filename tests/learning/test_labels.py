from __future__ import annotations

import ipaddress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.learning.flows import flows
from tui.core.features import FEATURES
from tui.errors import UsageError
from tui.learning.labels import addresses, label_flows, read_labels, weak_labels
from tui.learning.sample import clean_matrix

HEADER = "file\tkind\tattacker\tvictim\tlabel\tt0\tt1\tnote"


def table(*lines: str) -> list[str]:
    return [HEADER, *lines]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("10.0.0.1", ["10.0.0.1/32"]),
        ("10.0.0.0/8+192.168.0.0/16", ["10.0.0.0/8", "192.168.0.0/16"]),
        ("10.77.0.20<->10.77.0.1", ["10.77.0.20/32", "10.77.0.1/32"]),
        ("10.0.0.1,.2,.3", ["10.0.0.1/32", "10.0.0.2/32", "10.0.0.3/32"]),
        ("fe80::1, ff02::/16", ["fe80::1/128", "ff02::/16"]),
        ("10.0.0.1 (spoofs 10.0.0.9)", ["10.0.0.1/32", "10.0.0.9/32"]),
        ("random MACs", []),
        ("LAN", []),
        ("-", []),
        ("", []),
    ],
)
def test_addresses(text: str, wanted: list[str]) -> None:
    assert addresses(text) == tuple(ipaddress.ip_network(net) for net in wanted)


def test_flows_between_the_two_carry_the_first_part_of_the_kind() -> None:
    made = flows(6)
    made.src_lo[:3] = int(ipaddress.ip_address("172.16.0.1"))
    made.src_lo[3:] = int(ipaddress.ip_address("172.16.0.2"))
    rules = read_labels(table("a.pcap\tport_scan.vertical\t172.16.0.1\t192.0.2.1\tattack\t\t\t"))
    assert label_flows(made, "/somewhere/a.pcap", rules).tolist() == ["port_scan"] * 3 + ["benign"] * 3


def test_the_direction_does_not_matter() -> None:
    made = flows(2)
    rules = read_labels(table("a.pcap\tflood.syn\t192.0.2.1\t10.0.0.0/24\tattack\t\t\t"))
    assert label_flows(made, "a.pcap", rules).tolist() == ["flood", "flood"]


def test_only_flows_that_touch_the_time_are_labelled() -> None:
    rules = read_labels(table("a.pcap\tscan\t10.0.0.0/24\t\tattack\t1.5\t2.2\t"))
    made = flows(4)
    made.last_ns[:] = made.first_ns + 900_000_000
    assert label_flows(made, "a.pcap", rules).tolist() == ["benign", "scan", "scan", "benign"]


def test_words_match_anything_and_a_benign_file_is_benign() -> None:
    rules = read_labels(table("a.pcap\tflood.udp\trandom\tLAN\tattack\t\t\t", "b.pcap\tlan\t-\t-\tbenign\t\t\t"))
    assert set(label_flows(flows(3), "a.pcap", rules)) == {"flood"}
    assert set(label_flows(flows(3), "b.pcap", rules)) == {"benign"}


def test_a_file_that_is_not_in_the_table_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"nothing of c\.pcap"):
        label_flows(flows(1), "c.pcap", read_labels(table("a.pcap\tx\t\t\tattack\t\t\t")))


@pytest.mark.parametrize(
    "lines",
    [["file\tlabel"], [], table("a.pcap\tx\t\t\tattack\tyesterday\t\t"), table("a.pcap\tx\t\t\tattack\tnan\t\t")],
)
def test_tables_that_cannot_be_read_are_explained(lines: list[str]) -> None:
    with pytest.raises(UsageError):
        read_labels(lines)


@given(st.text(max_size=40))
def test_any_text_is_some_addresses_or_none(text: str) -> None:
    assert isinstance(addresses(text), tuple)


def test_weak_rules() -> None:
    web, other, fast = flows(1, dport=80), flows(1, dport=22), flows(1, dport=80, packets=4000, size=1400)
    fast.last_ns[:] = fast.first_ns + 10**8
    labels = [str(weak_labels(made, clean_matrix(made))[0]) for made in (web, other, fast)]
    assert labels == ["web_traffic", "other", "high_traffic"]
    assert np.isfinite(clean_matrix(fast)).all()
    assert clean_matrix(fast).shape == (1, len(FEATURES))
