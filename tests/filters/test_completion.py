from __future__ import annotations

import pytest

from tui import filters
from tui.filters.completion import COMMON, complete
from tui.filters.tables import FIELDS


def names(text: str, cursor: int | None = None) -> list[str]:
    return [candidate.text for candidate in complete(text, cursor)]


def test_the_common_fields_stand_first_when_nothing_is_typed() -> None:
    assert names("")[:3] == ["ip.addr", "tcp.port", "udp.port"]
    assert all(name in FIELDS for name in COMMON)


@pytest.mark.parametrize(
    ("text", "first"),
    [("tcp.fl", "tcp.flags"), ("tcp and udp.po", "udp.port"), ("(dns.q", "dns.qry.class"),
     ("retrans", "tcp.analysis.retransmission"),
     ("tcp.port ", "=="), ("dns.qry.name c", "contains"), ("tcp.port == 80 ", "and"), ("tcp.port == 80 o", "or"),
     ("arp.opcode == ", "1"), ("tcp.flags.syn == ", "1"), ("any tcp.p", "tcp.payload"), ("!ic", "icmp"),
     ("up", "upper(")],
)  # fmt: skip
def test_what_comes_first(text: str, first: str) -> None:
    assert first in names(text)[:8]


def test_nothing_inside_quotes() -> None:
    assert names('http.host contains "tc') == []


def test_the_word_under_the_cursor_is_replaced() -> None:
    text = "tcp.po == 80"
    candidate = next(c for c in complete(text, 6) if c.text == "tcp.port")
    assert text[: candidate.start] + candidate.text + text[candidate.end :] == "tcp.port == 80"


def test_every_candidate_field_compiles() -> None:
    for prefix in ("tcp.", "dns.", "ip", "frame", "tls."):
        for name in names(prefix):
            filters.compile(name)


def test_what_is_known_of_answers_and_stations_is_offered() -> None:
    for begun, whole in (
        ("dns.ti", "dns.time"),
        ("wlan.bs", "wlan.bssid"),
        ("tcp.analysis.init", "tcp.analysis.initial_rtt"),
    ):
        assert whole in [item.text for item in complete(begun)]
