"""Text from packets becomes one visible line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.text import cell_width, fit, middle, printable


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        (b"\x1b]0;pwned\x07", "�]0;pwned�"),
        ("a\u202eb", "a�b"),
        ("good\u200b.com", "good�.com"),
        ("two\r\nlines\tand tab", "two  lines and tab"),
        (b"caf\xc3\xa9", "café"),
        (b"\xff\x9b6n", "��6n"),
        ("[red]X[/red]", "[red]X[/red]"),
        ("blank\u3164", "blank�"),
    ],
)
def test_what_could_harm_is_replaced(hostile: str | bytes, shown: str) -> None:
    assert printable(hostile) == shown


def test_marks_piled_on_a_letter_are_cut() -> None:
    assert printable("e" + "\u0301" * 50) == "e\u0301\u0301"


@given(st.one_of(st.text(), st.binary()))
def test_every_text_becomes_printable(value: str | bytes) -> None:
    text = printable(value)
    assert text.isprintable()
    assert printable(text) == text


@given(st.one_of(st.text(), st.binary()), st.integers(1, 40))
def test_the_limit_holds(value: str | bytes, limit: int) -> None:
    assert len(printable(value, limit)) <= limit


@given(st.text(), st.integers(0, 40))
def test_fitted_text_takes_exactly_the_cells(value: str, width: int) -> None:
    assert cell_width(fit(printable(value), width)) == width


@given(st.text(), st.integers(0, 40))
def test_a_text_cut_in_its_middle_takes_exactly_the_cells(value: str, width: int) -> None:
    """Wide characters pushed the columns after them aside."""
    assert cell_width(middle(printable(value), width)) == width


def test_a_cut_middle_leaves_both_ends() -> None:
    assert middle("enp129s0f1np1v12", 9) == "enp1…1v12"
    assert middle("網路監視台", 8) == "網路…台 "
    assert middle("eth0", 6) == "eth0  "


def test_wide_characters_count_two_cells() -> None:
    assert fit("網路監視", 5) == "網路…"
