"""Which part of a filter a whole flow passes or fails; following only those flows changes nothing that is picked."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.commands.test_packets import capture
from tests.core.test_names import ETHERNET, ip, tcp, udp
from tui import filters
from tui.cli import main
from tui.filters import bothways


@pytest.mark.parametrize(
    "text",
    [
        "tcp.port == 443",
        "tcp.port == 443 && frame.len > 1000 && tls",
        "ip.addr == 10.0.0.0/8 and ip.src == 10.0.0.1",
        "ipv6.addr == fe80::/10",
        "!(udp.port == 53) && dns",
        "(tcp.port == 80 || tcp.port in {443, 8000..8080}) && http",
    ],
)
def test_conditions_on_both_ends_are_demanded(text: str) -> None:
    assert filters.compile(text).both_ways is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tcp",
        "tcp.srcport == 443",
        "ip.src == 10.0.0.1",
        "tcp.port == 443 || frame.len > 1000",
        "tcp.port == 443 && tcp.stream == 2",
        "tcp.port == tcp.srcport",
        "tls && !(tcp.port == 443 && tls)",
    ],
)
def test_what_does_not_hold_for_a_whole_flow_is_not(text: str) -> None:
    assert filters.compile(text).both_ways is None


@pytest.mark.parametrize(
    "text",
    [
        "tcp.port == 443",
        "tcp.port == 443 && frame.time_delta > 0.5",
        "tcp.port == 443 && frame.number > 50",
        "ip.addr == 93.184.216.34 && tcp.analysis.flags",
        "udp.port == 53 && dns",
        "tcp.port == 2021",
    ],
)
def test_the_lines_are_the_same(
    text: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(7)
    sent = [ip(6, tcp(b"227 Entering Passive Mode (10,0,0,1,7,229)\r\n", dport=21))]
    for _ in range(150):
        payload = chance.randbytes(chance.choice([0, 1, 30]))
        if chance.random() < 0.3:
            sent.append(ip(17, udp(payload)))
        else:
            sent.append(ip(6, tcp(payload, dport=chance.choice([80, 443, 2021]))))
    path = str(capture(tmp_path / "mixed.pcap", *(ETHERNET + packet for packet in sent)))
    assert main(["packets", path, "--csv", "-Y", text]) == 0
    some = capfd.readouterr().out
    monkeypatch.setattr(bothways, "FIELDS", frozenset())
    assert main(["packets", path, "--csv", "-Y", text]) == 0
    assert capfd.readouterr().out == some
