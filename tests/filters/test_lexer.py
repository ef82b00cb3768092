from __future__ import annotations

import pytest

from tui.errors import FilterError
from tui.filters.lexer import MAX_LENGTH, TokenKind, tokens


def texts(text: str) -> list[str]:
    return [token.text for token in tokens(text)][:-1]


def test_words_and_signs_need_no_blanks() -> None:
    assert texts("tcp.port==80&&!udp") == ["tcp.port", "==", "80", "&&", "!", "udp"]


def test_a_range_is_three_tokens() -> None:
    assert texts("{1..5,10.0.0.1..10.0.0.9}") == ["{", "1", "..", "5", ",", "10.0.0.1", "..", "10.0.0.9", "}"]


def test_addresses_are_one_word() -> None:
    assert texts("fe80::/10 ::1 00:11:22:33:44:55 10.0.0.0/8") == [
        "fe80::/10",
        "::1",
        "00:11:22:33:44:55",
        "10.0.0.0/8",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"a\x41\102\n\"\\"', b'aAB\n"\\'),
        (r'r"a\x41\d"', rb"a\x41\d"),
        (r'"é☃"', "é☃".encode()),
        (r'"\u2603"', "☃".encode()),
        ("'P'", b"P"),
        (r"'\n'", b"\n"),
    ],
)
def test_escapes(text: str, value: bytes) -> None:
    assert tokens(text)[0].value == value


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("tcp.port = 5", 9),
        ('a contains "x', 11),
        (r'"\q"', 1),
        ("'ab'", 0),
        ("'", 0),
        (r'"\400"', 1),
        (r'"\ud800"', 1),
        ("tcp | udp", 4),
        ("a" * (MAX_LENGTH + 1), MAX_LENGTH),
    ],
)
def test_errors_point_at_the_place(text: str, position: int) -> None:
    with pytest.raises(FilterError) as caught:
        tokens(text)
    assert caught.value.position == position
    assert caught.value.hint


def test_the_end_is_a_token() -> None:
    assert [t.kind for t in tokens("  ")] == [TokenKind.END]
