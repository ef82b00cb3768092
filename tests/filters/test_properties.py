"""Filters for any text and any packets: they give a mask, or a FilterError that points into the text."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.filters.packets import SAMPLE
from tui import filters
from tui.core.decode import decode
from tui.core.frames import from_packets
from tui.errors import FilterError
from tui.filters.completion import complete
from tui.filters.tables import FIELDS

WORDS = st.sampled_from([
    *["tcp", "ip.addr", "tcp.port", "dns.qry.name", "eth.src", "frame", "http.host", "ipv6.src",
      "vlan.id", "tcp.flags"],
    *["==", "!=", "===", "<", ">=", "contains", "matches", "in", "{", "}", "(", ")", "[", "]", "&&", "or",
      "not", "xor", "&"],
    *["80", "0x50", "10.0.0.0/8", "fe80::/10", '"x"', '"["', "00:11", "..", ",", "any", "all", "len(", "#2",
      "-", "+", ":"],
])  # fmt: skip


def check(text: str) -> None:
    try:
        mask = filters.compile(text).match(SAMPLE.columns, SAMPLE.frames.select)
    except FilterError as error:
        assert 0 <= error.position <= len(text) + 1
        assert error.message
    else:
        assert mask.shape == (len(SAMPLE.columns),)
        assert mask.dtype == np.bool_


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    check(text)


@given(st.lists(WORDS, max_size=14).map(" ".join))
@settings(max_examples=300)
def test_any_sequence_of_words(text: str) -> None:
    check(text)


@given(st.text(alphabet="tcp.ipdns= <\"'{}()[]&|!~0123456789", max_size=40), st.integers(-2, 50))
def test_completion_never_raises(text: str, cursor: int) -> None:
    for candidate in complete(text, cursor):
        assert 0 <= candidate.start <= candidate.end <= len(text)


PACKETS = st.lists(st.binary(max_size=120), min_size=1, max_size=6)
SHAPED = st.builds(
    lambda head, tail: head + tail,
    st.sampled_from([SAMPLE.frames.bytes_of(i)[: 14 + 28] for i in range(len(SAMPLE.columns))]), st.binary(max_size=80),
)  # fmt: skip


@given(PACKETS | st.lists(SHAPED, min_size=1, max_size=6))
@settings(max_examples=30)
def test_every_field_of_any_packets(packets: list[bytes]) -> None:
    frames = from_packets(packets)
    columns = decode(frames)
    names = list(FIELDS)
    for some in (names[at : at + 400] for at in range(0, len(names), 400)):
        everything = filters.compile(" or ".join(some))
        nothing = filters.compile(" and ".join(f"!{name}" for name in some))
        assert (everything.match(columns, frames.select) == ~nothing.match(columns, frames.select)).all()
    for name in ("ip.addr", "tcp.port", "dns.qry.name", "tls.handshake.type", "dhcp.option.dhcp", "eth.src", "vlan.id"):
        exists = filters.compile(name).match(columns, frames.select)
        equal = filters.compile(f"{name} == {name}").match(columns, frames.select)
        assert (exists == equal).all()


@given(st.sampled_from(["tcp.port", "udp.port", "ip.ttl", "frame.len", "tcp.flags"]), st.integers(0, 240))
def test_comparisons_agree_with_each_other(name: str, value: int) -> None:
    def picked(text: str) -> set[int]:
        return set(SAMPLE.picked(text))

    every = picked(name)
    assert picked(f"{name} == {value}") | picked(f"{name} != {value}") == every
    assert picked(f"!({name} == {value})") == set(range(1, 9)) - picked(f"{name} == {value}")
    assert picked(f"all {name} < {value}") == every - picked(f"any {name} >= {value}")
    assert picked(f"{name} in {{{value}..{value + 9}}}") >= picked(f"{name} == {value}")
