from __future__ import annotations

import pytest

from tui.errors import FilterError
from tui.filters.parser import MAX_DEPTH, parse
from tui.filters.syntax import Arithmetic, Exists, Logic, Membership, Not, Quantifier, Range, Relation, Slice


def test_nothing_is_no_condition() -> None:
    assert parse("  ") is None


def test_and_binds_more_than_or() -> None:
    tree = parse("a or b and c")
    assert isinstance(tree, Logic)
    assert tree.operator == "or"
    assert isinstance(tree.parts[1], Logic)
    assert tree.parts[1].operator == "and"


def test_not_takes_the_whole_comparison() -> None:
    tree = parse("!tcp.port == 80")
    assert isinstance(tree, Not)
    assert isinstance(tree.of, Relation)


def test_two_nots_are_none() -> None:
    assert isinstance(parse("not ! tcp"), Exists)


@pytest.mark.parametrize(
    ("sign", "test"),
    [("==", "EQ"), ("eq", "EQ"), ("!=", "NE"), ("ne", "NE"), ("===", "ALL_EQ"), ("~=", "ANY_NE"), ("!==", "ANY_NE"),
     ("<", "LT"), ("le", "LE"), ("gt", "GT"), (">=", "GE"), ("contains", "CONTAINS"), ("~", "MATCHES")],
)  # fmt: skip
def test_signs_and_their_words(sign: str, test: str) -> None:
    tree = parse(f'a.b {sign} "x"')
    assert isinstance(tree, Relation)
    assert tree.test.name == test


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("2", Range(2, 1)), ("2:3", Range(2, 3)), ("2-3", Range(2, None, 3)), (":4", Range(0, 4)), ("4:", Range(4, None)),
     ("-4:2", Range(-4, 2)), ("-2", Range(-2, 1)), ("0x10", Range(16, 1)), ("0-", None), ("", None), ("a", None),
     ("1:0", None), ("5-2", None), ("1:2:3", None)],
)  # fmt: skip
def test_slices(text: str, wanted: Range | None) -> None:
    if wanted is None:
        with pytest.raises(FilterError):
            parse(f"eth.src[{text}] == 00")
        return
    tree = parse(f"eth.src[{text}] == 00")
    assert isinstance(tree, Relation)
    assert isinstance(tree.left, Slice)
    assert tree.left.ranges == (wanted,)


def test_a_slice_of_several_parts() -> None:
    tree = parse("eth[0:2,4-5,-1] == 00")
    assert isinstance(tree, Relation)
    assert isinstance(tree.left, Slice)
    assert tree.left.ranges == (Range(0, 2), Range(4, None, 5), Range(-1, 1))


def test_a_set_with_ranges_and_without_commas() -> None:
    tree = parse("tcp.port in {80 443, 8000..8080}")
    assert isinstance(tree, Membership)
    assert [high is not None for _, high in tree.elements] == [False, False, True]


def test_not_in() -> None:
    tree = parse("tcp.port not in {80}")
    assert isinstance(tree, Not)


def test_arithmetic_in_parentheses() -> None:
    tree = parse("(tcp.flags & 2) == 2")
    assert isinstance(tree, Relation)
    assert isinstance(tree.left, Arithmetic)


def test_products_bind_more_than_sums_and_those_more_than_masks() -> None:
    tree = parse("a.b + 2 * 3 & 4 == 1")
    assert isinstance(tree, Relation)
    assert isinstance(tree.left, Arithmetic)
    assert tree.left.operator == "&"
    assert isinstance(tree.left.left, Arithmetic)
    assert tree.left.left.operator == "+"


def test_quantifiers() -> None:
    tree = parse("all tcp.port > 1024")
    assert isinstance(tree, Relation)
    assert tree.quantifier is Quantifier.ALL


def test_comparisons_in_a_chain_are_joined_by_and() -> None:
    tree = parse("0 < tcp.len < 100")
    assert isinstance(tree, Logic)
    assert tree.operator == "and"


@pytest.mark.parametrize(
    ("text", "position"),
    [("(tcp", 4), ("tcp)", 3), ("tcp &&", 6), ("&& tcp", 0), ("tcp udp", 4), ("tcp.port in {}", 13),
     ("tcp.port in 80", 12), ("tcp.port in {80", 15), ("tcp[", 4), ("tcp[] == 5", 4),
     ("any tcp", 7), ("tcp.port#x == 1", 9), ("len(tcp", 7),
     ("tcp.port ==", 11), ("(" * (MAX_DEPTH + 1) + "tcp", MAX_DEPTH), ("-" * 500 + "1", MAX_DEPTH)],
)  # fmt: skip
def test_errors_point_at_the_place(text: str, position: int) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert caught.value.position == position
    assert caught.value.hint
