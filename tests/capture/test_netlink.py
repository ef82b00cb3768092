"""What the kernel tells of links, read by hand and beside other ways to ask."""

from __future__ import annotations

import socket
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.capture import netlink

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="rtnetlink is Linux's")


def test_links_are_those_that_the_c_library_knows() -> None:
    assert {link.index: link.name for link in netlink.links()} == dict(socket.if_nameindex())


def test_loopback_is_what_it_is_everywhere() -> None:
    link = next(link for link in netlink.links() if link.name == "lo")
    assert (link.hatype, link.flags & netlink.IFF_LOOPBACK) == (772, netlink.IFF_LOOPBACK)
    assert netlink.link(link.index) is not None
    assert netlink.link(link.index).name == "lo"


def test_an_index_of_no_interface_is_none() -> None:
    assert netlink.link(2**30) is None


def test_addresses_have_their_prefix() -> None:
    lo = next(link for link in netlink.links() if link.name == "lo")
    if lo.up:
        assert "127.0.0.1/8" in netlink.addresses()[lo.index]


def test_drops_are_three_counters_and_no_other() -> None:
    counters = list(range(100, 124))
    statistics = struct.pack("=24Q", *counters)
    assert netlink.interface_drops(statistics) == counters[6] + counters[14] + counters[15]


@given(st.binary(max_size=200))
def test_attributes_of_any_bytes_end(body: bytes) -> None:
    for kind, value in netlink._attributes(body, 0):
        assert kind < 1 << 14
        assert len(value) <= len(body)


def route(table: int = 254, prefix: int = 0, index: int = 4, metric: int | None = None, kind: int = 1) -> bytes:
    body = struct.pack("=8BI", socket.AF_INET, prefix, 0, 0, table, 0, 0, kind, 0)
    body += struct.pack("=HHI", 8, netlink.RTA_OIF, index)
    return body + (struct.pack("=HHI", 8, netlink.RTA_PRIORITY, metric) if metric is not None else b"")


def test_only_a_default_route_of_the_main_table_counts() -> None:
    assert netlink._default(route(metric=100), socket.AF_INET) == (100, 4)
    assert netlink._default(route(), socket.AF_INET) == (0, 4)
    assert netlink._default(route(prefix=8), socket.AF_INET) is None
    assert netlink._default(route(table=255), socket.AF_INET) is None
    assert netlink._default(route(kind=7), socket.AF_INET) is None


def test_the_first_hop_of_several_is_taken() -> None:
    body = struct.pack("=8BI", socket.AF_INET, 0, 0, 0, 254, 0, 0, 1, 0)
    hops = struct.pack("=HBBi", 8, 0, 0, 9)
    body += struct.pack("=HH", 4 + len(hops), netlink.RTA_MULTIPATH) + hops
    assert netlink._default(body, socket.AF_INET) == (0, 9)
