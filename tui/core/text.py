"""Text from packets, made harmless: no control, bidirectional or invisible character reaches a terminal or a file."""

from __future__ import annotations

import unicodedata

REPLACEMENT = "\ufffd"
"""Stands where a character was taken out, so that "evil\\x00.com" is not read as "evil.com"."""
ELLIPSIS = "…"
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters and signs by category that draw nothing: Hangul fillers, the empty Braille cell."""
_COMBINING_IN_A_ROW = 2
"""More marks on one letter than any script needs only paint over the lines around it."""


def printable(value: str | bytes, limit: int = 0) -> str:
    """One line of visible text, cut to `limit` characters where a limit is given.

    Bytes are read as UTF-8. White space becomes a blank; control, format (bidirectional, zero width), private and
    unassigned characters and broken UTF-8 become U+FFFD.
    """
    text = value if isinstance(value, str) else value.decode("utf-8", "replace")
    if limit and len(text) > limit:
        text = text[: limit - 1] + ELLIPSIS
    if text.isascii() and text.isprintable():
        return text
    return _cleaned(text)


def _cleaned(text: str) -> str:
    out: list[str] = []
    marks = 0
    for character in text:
        if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
            marks += 1
            if marks > _COMBINING_IN_A_ROW or not out:
                continue
        else:
            marks = 0
        out.append(_visible(character))
    return "".join(out)


def _visible(character: str) -> str:
    if character.isspace() and character not in "\x1c\x1d\x1e\x1f":
        return " "
    return character if character.isprintable() and character not in _FILLERS else REPLACEMENT


def cell_width(text: str) -> int:
    """Terminal cells that printable text takes: wide East Asian characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def fit(text: str, width: int) -> str:
    """Printable text cut (with an ellipsis) or padded to exactly `width` cells."""
    have = cell_width(text)
    if have <= width:
        return text + " " * (width - have)
    if width <= 0:
        return ""
    head, used = _first(text, width - 1)
    return head + ELLIPSIS + " " * (width - 1 - used)


def middle(text: str, width: int) -> str:
    """Printable text in exactly `width` cells; what is too long keeps both ends, which tell hosts apart."""
    have = cell_width(text)
    if have <= width:
        return text + " " * (width - have)
    if width <= 0:
        return ""
    head, used = _first(text, (width - 1) * 3 // 5)
    tail, after = _first(text[::-1], width - 1 - used)
    return head + ELLIPSIS + tail[::-1] + " " * (width - 1 - used - after)


def _first(text: str, width: int) -> tuple[str, int]:
    """As many characters as fit into `width` cells, and the cells that they take."""
    if text.isascii():
        return text[:width], min(width, len(text))
    used = 0
    for at, character in enumerate(text):
        cells = _cells(character)
        if used + cells > width:
            return text[:at], used
        used += cells
    return text, used


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
