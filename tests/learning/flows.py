"""Flows for the tests of learning, made without packets."""

from __future__ import annotations

import ipaddress

import numpy as np

from tui.core.columns import AddressKind
from tui.core.flow.records import FlowRecords


def flows(n: int, seed: int = 1, packets: int = 10, size: int = 500, dport: int = 443) -> FlowRecords:
    """n TCP flows of about so many packets of about such a size."""
    random = np.random.default_rng(seed)
    made = FlowRecords.empty(n)
    made.kind[:] = AddressKind.IPV4
    made.src_lo[:] = int(ipaddress.ip_address("10.0.0.1")) + random.integers(0, 50, n)
    made.dst_lo[:] = int(ipaddress.ip_address("192.0.2.1"))
    made.sport[:] = random.integers(30_000, 60_000, n)
    made.dport[:] = dport
    made.ip_proto[:] = 6
    made.flow[:] = np.arange(n)
    made.first_ns[:] = np.arange(n) * 1_000_000_000
    made.last_ns[:] = made.first_ns + random.integers(10**8, 10**9, n)
    for side in (0, 1):
        made.packets[side] = packets + random.integers(0, 4, n)
        made.bytes[side] = made.packets[side] * (size + random.integers(0, 40, n))
        made.squares[side] = made.bytes[side].astype(float) ** 2 / made.packets[side]
        made.last_dir_ns[side] = made.last_ns
        made.first_dir_ns[side] = made.first_ns
    made.sizes[:] = size
    return made
