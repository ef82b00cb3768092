"""Lines of a conversation: turns, gaps, views, search, windows that go."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.dissect.stream import Chunk, Conversation
from tui.screens.document import KEPT, Document, View, cuts
from tui.widgets.glyphs import ASCII, UNICODE

HTTP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s"


def conversation(*parts: tuple[int, bytes] | int, complete: bool = True) -> Conversation:
    """(side, data), or a gap of so many bytes of side 0."""
    chunks = [
        Chunk(0, b"", part, at, at * 1_000) if isinstance(part, int) else Chunk(part[0], part[1], 0, at, at * 1_000)
        for at, part in enumerate(parts)
    ]
    return Conversation(tuple(chunks), complete)


def document(*parts: tuple[int, bytes] | int) -> Document:
    made = Document(UNICODE)
    made.put(conversation(*parts))
    return made


def lines(made: Document) -> list[str]:
    return ["".join(text for text, _ in line) for line in made.pieces(0, len(made))]


def test_the_sides_are_told_apart_without_colour() -> None:
    made = lines(document((0, b"GET / "), (0, b"HTTP/1.1\r\n"), (1, b"HTTP/1.1 200 OK")))
    assert made[0].startswith(" → packet 1")
    assert made[1] == " | GET / HTTP/1.1"
    assert made[2].startswith("     ← packet 3")
    assert made[3] == "     | HTTP/1.1 200 OK"


def test_a_gap_is_marked() -> None:
    made = document((0, b"abc"), 4_000, (0, b"def"))
    assert "4,000 bytes are missing" in lines(made)[2]
    assert made.missing == 4_000
    assert "[1 byte is missing in" in lines(document((0, b"abc"), 1))[2]


def test_views_and_sides() -> None:
    made = document((0, "grüß".encode()), (1, b"\x00answer"))
    assert lines(made)[1] == " | grüß"
    made.view = View.ASCII
    made.rebuild()
    assert lines(made)[1] == " | gr....", "two bytes each"
    made.view, made.side = View.HEX, 1
    made.rebuild()
    assert lines(made)[1] == "     | 0000  00 61 6e 73 77 65 72" + " " * 28 + "  .answer"


def test_http_bodies_are_unpacked_or_shown_as_sent() -> None:
    body = gzip.compress(b"the body")
    made = document((0, b"GET / HTTP/1.1\r\n\r\n"), (1, HTTP % (len(body), body)))
    assert " | the body" in lines(made)[-1]
    made.unpack = False
    made.rebuild()
    assert "the body" not in "".join(lines(made))


def test_hostile_text_is_harmless() -> None:
    text = "".join(lines(document((1, "a\x1b[2Jb\u202ec[red]".encode()))))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[red]" in text


@given(st.binary(max_size=400), st.integers(8, 80))
def test_lines_hold_every_byte_once_and_none_is_too_long(data: bytes, room: int) -> None:
    pieces = list(cuts(data, room))
    assert all(0 <= stop - start <= room for start, stop in pieces)
    assert b"".join(data[start:stop] for start, stop in pieces) == data.replace(b"\n", b"")


@given(st.text(alphabet="aäö漢\n", max_size=200))
def test_no_character_is_cut(text: str) -> None:
    data = text.encode()
    assert all("\ufffd" not in data[start:stop].decode("utf-8", "replace") for start, stop in cuts(data, 9))


@pytest.mark.parametrize("view", list(View))
def test_search_goes_both_ways_through_all_turns(view: View) -> None:
    made = document((0, b"one needle\ntwo"), (1, b"none"), (0, b"x" * 300 + b"NEEDLE needle\nend"))
    made.view, made.needle = view, b"needle"
    made.rebuild()
    found = [made.find(-1, 1)]
    while (line := made.find(found[-1], 1)) >= 0:
        found.append(line)
    assert found == sorted(set(found))
    assert found[0] == 1
    back = [found[-1]]
    while (line := made.find(back[-1], -1)) >= 0:
        back.append(line)
    assert back == found[::-1]


def test_what_was_found_is_picked_out() -> None:
    made = document((0, b"a Needle here"))
    made.needle = b"needle"
    assert ("Needle", "badge") in made.pieces(1, 2)[0]


def test_old_windows_go_and_are_counted() -> None:
    made = Document(ASCII)
    for number in range(KEPT):
        assert made.put(conversation((0, b"%d\n" % number), (1, b"ok"), complete=False)) == 0
    whole = len(made)
    gone = made.put(conversation((0, b"new\n"), (1, b"ok"), complete=False))
    assert gone == whole // KEPT
    assert made.dropped == 4
    assert lines(made)[1] == " | 1"
