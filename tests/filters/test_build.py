from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.filters.packets import SAMPLE
from tui import filters
from tui.filters import build
from tui.filters.build import Joining
from tui.filters.parser import parse
from tui.filters.syntax import Relation, Text


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (build.address("10.0.0.53"), [4]),
        (build.address("fe80::1"), [5]),
        (build.address("00:11:22:33:44:55"), [1, 2, 3, 4, 5, 6, 7, 8]),
        (build.source("192.168.1.1"), [2]),
        (build.destination("192.168.1.1"), [1, 3]),
        (build.conversation("192.168.1.1", "10.0.0.1", "tcp", 80, 40000), [1, 2, 3]),
        (build.protocol("DNS"), [4]),
        (build.one_of("udp.port", [9, 53]), [4, 8]),
        (build.equals("http.request", True), [3]),
        (build.equals("tcp", None), [1, 2, 3]),
    ],
)
def test_built_filters_pick_what_was_pointed_at(text: str, numbers: list[int]) -> None:
    assert SAMPLE.picked(text) == numbers


@pytest.mark.parametrize(
    ("joining", "wanted"),
    [
        (Joining.REPLACE, "arp"),
        (Joining.AND, "(tcp or udp) && arp"),
        (Joining.OR, "tcp or udp || arp"),
        (Joining.AND_NOT, "(tcp or udp) && !(arp)"),
        (Joining.OR_NOT, "tcp or udp || !(arp)"),
    ],
)
def test_joining_keeps_the_meaning(joining: Joining, wanted: str) -> None:
    assert build.join("tcp or udp", "arp", joining) == wanted


def test_joining_to_nothing_is_the_condition() -> None:
    assert build.join("  ", "arp", Joining.AND) == "arp"


@given(st.binary(max_size=30) | st.text(max_size=20).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_value_survives_quoting(value: bytes) -> None:
    tree = parse(f"http.host == {build.quoted(value)}")
    assert isinstance(tree, Relation)
    assert isinstance(tree.right, Text)
    assert tree.right.value == value


def test_quoting_leaves_nothing_that_could_act_on_a_terminal() -> None:
    assert build.quoted("a\x1b[31m\u202eb".encode()).isprintable()
    filters.compile(build.equals("http.host", "a\x1b\n"))
