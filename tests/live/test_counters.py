"""Counters of loss against what a sender has sent: each kind is made to happen, and its number is exact."""

from __future__ import annotations

import signal
import struct
from pathlib import Path

import pytest

from tests.live.conftest import Lab, ip
from tests.live.drill import Sender, Watch, send, spooled
from tests.live.sender import HEAD
from tests.waiting import until
from tui.engine.monitor import NAME_BUDGET

pytestmark = pytest.mark.live


def test_what_the_interface_drops(in_b: Lab, home: Path) -> None:
    ip("-n", in_b.b, "link", "set", in_b.vb, "mtu", "1000")  # veth drops, at the receiver, what is longer
    with Watch(in_b) as watch:
        send(in_b, 1_000, 1400)  # while it still imports its parts
        Sender(in_b, 10_000, 500).wait()
        until(lambda: spooled(home))
        _, summary, _ = watch.end()
    assert summary["packets"] == 500
    assert summary["lost"]["interface"] == 1_000


def test_what_the_kernel_ring_drops(in_b: Lab, home: Path) -> None:
    with Watch(in_b, "--buffer", "1MB") as watch:
        Sender(in_b, 10_000, 100).wait()
        watch.process.send_signal(signal.SIGSTOP)
        Sender(in_b, 50_000, 30_000, 500).wait()
        watch.process.send_signal(signal.SIGCONT)
        _, summary, _ = watch.end()
    assert summary["lost"]["kernel"] > 20_000
    assert summary["packets"] + summary["lost"]["kernel"] == 30_100


def test_what_retention_lets_go(in_b: Lab, home: Path) -> None:
    with Watch(in_b, "--keep-packets", "1000") as watch:
        Sender(in_b, 20_000, 10_000).wait()
        _, summary, _ = watch.end()
    assert summary["packets"] == 10_000
    assert summary["lost"]["evicted"] == 9_000


def test_names_that_were_not_read(in_b: Lab, home: Path) -> None:
    sent = 3 * NAME_BUDGET
    with Watch(in_b) as watch:
        with in_b.sender() as sender:
            for number in range(sent):
                sender.send(query(number))
        _, summary, _ = watch.end()
    assert summary["packets"] == sent
    assert 0 < summary["lost"]["skipped_names"] <= sent - NAME_BUDGET


def query(number: int) -> bytes:
    """A DNS query for a name of its own."""
    label = f"n{number:06}".encode()
    question = bytes([len(label)]) + label + b"\x07example\x00" + struct.pack("!HH", 1, 1)
    dns = struct.pack("!HHHHHH", number & 0xFFFF, 0x0100, 1, 0, 0, 0) + question
    udp = struct.pack("!HHHH", 40_000, 53, 8 + len(dns), 0) + dns
    head = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, b"\x0a\x09\x00\x01", b"\x0a\x09\x00\x02"
    )
    return HEAD[:12] + b"\x08\x00" + head + udp
