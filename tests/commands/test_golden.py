"""Golden tables: what the commands say of three small captures.

The captures are made here, byte by byte. A table is written anew by NETTUI_GOLDEN=write, and then read by a person.
"""

from __future__ import annotations

import csv
import os
import re
from itertools import count
from pathlib import Path

import pytest

from tests.commands.test_learning import pcap, talk
from tests.filters.packets import dns, ether, ipv4, ipv6, tcp, udp
from tui.cli import main
from tui.learning import anomaly

GOLDEN = Path(__file__).parent / "golden"
Packets = list[tuple[float, bytes]]
SYN, ACK, PSH_ACK, FIN_ACK, RST_ACK = 0x02, 0x10, 0x18, 0x11, 0x14


def conversation() -> Packets:
    """A handshake, a question, two answers, a goodbye: state SF, 100 ms, 4 packets there and 4 back."""
    here, there = ("10.0.0.1", "192.0.2.7"), ("192.0.2.7", "10.0.0.1")
    steps = (
        (here, SYN, b""), (there, SYN | ACK, b""), (here, ACK, b""), (here, PSH_ACK, b"q" * 100),
        (there, PSH_ACK, b"a" * 1_000), (there, PSH_ACK, b"a" * 500), (here, FIN_ACK, b""), (there, FIN_ACK, b""),
    )  # fmt: skip
    ports = {here: (40_000, 443), there: (443, 40_000)}
    at = count()
    return [
        (1_000 + next(at) / 64, ether(ipv4(*ends, 6, tcp(*ports[ends], flags, data)))) for ends, flags, data in steps
    ]


def mixture() -> Packets:
    """A name that is asked for, an IPv6 datagram, an echo and its reply, a refused connection, one lone packet."""
    echo, reply = bytes.fromhex("0800f7fd00010001"), bytes.fromhex("0000fffd00010001")
    refused = (tcp(41_000, 23, SYN), tcp(23, 41_000, RST_ACK))
    return [
        (2_000.0, ether(ipv4("10.0.0.1", "10.0.0.53", 17, udp(5_000, 53, dns("www.example.org"))))),
        (2_000.25, ether(ipv6("2001:db8::1", "2001:db8::2", 17, udp(6_000, 7_000, b"x" * 30)), 0x86DD)),
        (2_000.5, ether(ipv4("10.0.0.1", "10.0.0.9", 1, echo))),
        (2_000.75, ether(ipv4("10.0.0.9", "10.0.0.1", 1, reply))),
        (2_001.0, ether(ipv4("10.0.0.1", "10.0.0.9", 6, refused[0]))),
        (2_001.5, ether(ipv4("10.0.0.9", "10.0.0.1", 6, refused[1]))),
        (2_002.0, ether(ipv4("10.0.0.3", "10.0.0.4", 17, udp(1, 2)))),
    ]


def many() -> Packets:
    """Twenty flows that are alike, and two that are not."""
    return talk(20, 200, 80) + talk(2, 1_400, 4_444, 1_015.0)


CAPTURES = {"conversation": conversation, "mixture": mixture, "many": many}
TABLES = [
    ("conversation", "flows", ["flows", "FILE", "--csv"]),
    ("mixture", "flows", ["flows", "FILE", "--csv"]),
    ("conversation", "stats", ["stats", "FILE", "--json"]),
    ("mixture", "stats", ["stats", "FILE", "--json"]),
    ("many", "anomalies", ["anomalies", "FILE", "--top", "3", "--json"]),
    ("many", "anomalies-text", ["anomalies", "FILE", "--top", "3"]),
]


def rounded(text: str) -> str:
    """With nine digits of each number: the last ones depend on how a processor adds up."""
    return re.sub(r"-?\d+\.\d+(?:e[-+]?\d+)?", lambda found: f"{float(found[0]):.9g}", text)


@pytest.mark.parametrize(("name", "table", "words"), TABLES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_small_capture_has_its_golden_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    name: str, table: str, words: list[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(anomaly, "there", lambda _: False)  # NumPy alone: no forest that changes with its version
    path = pcap(tmp_path / f"{name}.pcap", CAPTURES[name]())
    assert main([str(path) if word == "FILE" else word for word in words]) == 0
    said = capsys.readouterr().out
    golden = GOLDEN / f"{name}.{table}.txt"
    if os.environ.get("NETTUI_GOLDEN") == "write":
        golden.write_text(said)
    assert rounded(said) == rounded(golden.read_text())


def test_the_golden_flow_is_what_can_be_counted_by_hand() -> None:
    """Eight packets 1/64 s apart; Ethernet, IPv4 and TCP take 54 bytes of each."""
    (row,) = csv.DictReader((GOLDEN / "conversation.flows.txt").read_text().splitlines())
    assert (row["state"], row["flags"], row["packets"], row["packets_back"]) == ("SF", "APSF", "4", "4")
    assert (row["bytes"], row["bytes_back"]) == (str(4 * 54 + 100), str(4 * 54 + 1_500))
    assert (row["payload"], row["payload_back"]) == ("100", "1500")
    assert float(row["duration_s"]) == 7 / 64
    assert float(row["bytes_per_s"]) == pytest.approx((8 * 54 + 1_600) * 64 / 7)
    assert float(row["packets_per_s"]) == pytest.approx(8 * 64 / 7)
    assert float(row["mean_size"]) == (8 * 54 + 1_600) / 8
    assert [int(row[f"size_{n}"]) for n in range(1, 9)] == [54, -54, 54, 154, -1_054, -554, 54, -54]
    assert float(row["gap_mean_back_s"]) == pytest.approx(6 / 64 / 3)
    assert float(row["rtt_ms"]) == pytest.approx(1_000 * 2 / 64)
