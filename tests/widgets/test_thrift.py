"""What is sent to the terminal draws the same screen as Textual's own output, with far fewer bytes."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui.widgets.thrift import Shadow, thrifty

WIDTH, HEIGHT = 24, 3
STYLES = [None, Style(color="red"), Style(color="#4fb3bf", bgcolor="#11151c"), Style(bold=True), Style(reverse=True)]
words = st.text(alphabet="ab 01→é漢", min_size=1, max_size=10)
lines = st.lists(st.tuples(words, st.sampled_from(STYLES)), max_size=5)
screens = st.lists(st.lists(lines, min_size=HEIGHT, max_size=HEIGHT), min_size=1, max_size=4)


def strip(pieces: list[tuple[str, Style | None]]) -> Strip:
    return Strip([Segment(text, style) for text, style in pieces]).adjust_cell_length(WIDTH)


def whole(pieces: list[list[tuple[str, Style | None]]]) -> LayoutUpdate:
    return LayoutUpdate([[strip(line)] for line in pieces], Region(0, 0, WIDTH, HEIGHT))


def send(shadow: Shadow, update: CompositorUpdate) -> str:
    return shadow.update(update, ColorSystem.TRUECOLOR)


def drawn(*sequences: str) -> list[list[tuple[object, ...]]]:
    """The cells of a terminal that was sent these."""
    screen = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.Stream(screen)
    for sequence in sequences:
        stream.feed(sequence)
    cells = [[screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]
    return [[(c.data, c.fg, c.bg, c.bold, c.reverse) for c in line] for line in cells]


def textual_says(pieces: list[list[tuple[str, Style | None]]]) -> str:
    """The same screen, drawn whole and line by line."""
    shadow = Shadow()
    return send(shadow, whole(pieces))


@given(screens)
def test_changes_lead_to_the_same_screen_as_drawing_it_whole(
    frames: list[list[list[tuple[str, Style | None]]]],
) -> None:
    shadow = Shadow()
    sent = [send(shadow, whole(frame)) for frame in frames]
    assert drawn(*sent) == drawn(textual_says(frames[-1]))


def test_a_screen_that_has_not_changed_costs_nothing() -> None:
    shadow = Shadow()
    frame = whole([[("hello", STYLES[1])], [], []])
    send(shadow, frame)
    assert send(shadow, frame) == ""


def test_only_the_changed_word_is_sent() -> None:
    shadow = Shadow()
    send(shadow, whole([[("packets 1,204,331 lost 0", None)], [], []]))
    assert send(shadow, whole([[("packets 1,204,332 lost 0", None)], [], []])) == "\x1b[1;9H1,204,332"


def test_a_part_of_the_screen_can_change_by_itself() -> None:
    shadow = Shadow()
    send(shadow, whole([[("aaaa bbbb", None)], [], []]))
    update = ChopsUpdate([{5: Strip([Segment("cccc")])}, {}, {}], [(0, 5, 9)], [[9], [], []])
    assert send(shadow, update) == "\x1b[1;6Hcccc"


def test_after_a_resize_everything_is_sent_again() -> None:
    shadow = Shadow()
    frame = whole([[("hello", None)], [], []])
    first = send(shadow, frame)
    shadow.forget()
    assert send(shadow, frame) == first


def test_what_was_sent_is_counted_in_bytes() -> None:
    shadow = Shadow()
    text = send(shadow, whole([[("→", None)], [], []]))
    assert shadow.sent == len(text.encode())


@pytest.mark.parametrize("other", [None, "text"])
def test_other_updates_pass_as_they_are(other: str | None) -> None:
    assert thrifty(other, Shadow()) is other
