"""Arithmetic: as in C, and the same for values as for fields."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.filters.reckoning import reckon, reckon_arrays, reckon_with

NUMBERS = st.integers(-(1 << 31), 1 << 31)


@pytest.mark.parametrize(
    ("sign", "a", "b", "result"),
    [
        ("/", 7, 2, 3), ("/", -7, 2, -3), ("/", 7, -2, -3), ("/", -7, -2, 3), ("/", 7, 0, 0),
        ("%", 7, 2, 1), ("%", -7, 2, -1), ("%", 7, -2, 1), ("%", -7, 0, 0), ("&", 6, 3, 2),
    ],
)  # fmt: skip
def test_a_quotient_is_cut_towards_zero(sign: str, a: int, b: int, result: int) -> None:
    """A difference of lengths was divided downwards: {frame.len - 67} / 2 of 60 bytes was -4, in Wireshark it is -3."""
    assert reckon(sign, a, b) == result
    assert reckon_with(sign, np.array([a]), b).tolist() == [result]


@given(st.sampled_from("&+-*/%"), st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1))
def test_values_and_fields_agree(sign: str, pairs: list[tuple[int, int]]) -> None:
    of_fields = reckon_arrays(sign, *np.array(pairs, np.int64).T)
    assert of_fields.tolist() == [reckon(sign, a, b) for a, b in pairs]


def test_a_large_value_is_divided_to_the_last_digit() -> None:
    assert reckon("/", (1 << 62) + 1, 1) == (1 << 62) + 1


def test_a_value_that_no_field_can_have_overflows_nothing() -> None:
    assert reckon_with("-", np.array([0]), 1 << 70).tolist() == [-(1 << 63) + 1]
