"""Wanted: which rows of TCP and UDP could have a text in their info, told from their columns, before any is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import Columns, TcpFlag
from tui.core.frames import Frames
from tui.core.info.transport import ANY_ANALYSIS, analysis_text, flags_text

UDP_WORDS = "→ Len="
TCP_WORDS = "→ Seq= Ack= Win= Len= MSS= WS= SACK_PERM TSval= TSecr= TFO"
"""All that stands beside numbers in the texts of TCP and UDP; a test holds them to it."""

Bools = NDArray[np.bool_]
Int64 = NDArray[np.int64]
Numbers = NDArray[np.uint64]
_HEADER, _MOST_OPTIONS, _LONGEST = 20, 40, 10
"""Bytes of a TCP header without options, of all the options that it has room for, and of the longest one with numbers
(timestamps; RFC 7323, section 3.2)."""
_MOST_SHIFT = 14
"""A larger window scale counts as this one (RFC 7323, section 2.3)."""


def tcp_may_have(c: Columns, frames: Frames, wanted: str) -> Bools:
    """Which rows of TCP could have a text: by what the flow table found of them and their flags, which are few, and by
    their numbers."""
    forms, form = np.unique((c.marks & ANY_ANALYSIS).astype(np.int64) << 16 | c.tcp_flags, return_inverse=True)
    words = (f"{analysis_text(form >> 16)}{flags_text(form & 0xFFFF)} {TCP_WORDS}" for form in forms.tolist())
    told: Bools = np.array([_in_words(text, wanted) for text in words], np.bool_)[form]
    digits = _digits(wanted)
    if not digits or not told.any():
        return told
    window = c.window.astype(np.uint32) << c.window_shift
    numbers = (c.sport, c.dport, c.seq - c.seq_base, c.ack - c.ack_base, window, c.payload_len)
    found = [_in_numbers(numbers, some) for some in digits]
    syn = np.flatnonzero(told & (c.tcp_flags & TcpFlag.SYN != 0))
    for rows, values in _option_numbers(c.select(syn), frames.select(syn)):
        for some, rows_with in zip(digits, found, strict=True):
            rows_with[syn[rows]] |= _with_digits(values, some)
    return _all([told, *found])


def udp_may_have(c: Columns, wanted: str) -> Bools:
    """Which rows of UDP could have a text."""
    if not _in_words(UDP_WORDS, wanted):
        return np.zeros(len(c), np.bool_)
    numbers = (c.sport, c.dport, c.payload_len)
    return _all([np.ones(len(c), np.bool_), *(_in_numbers(numbers, some) for some in _digits(wanted))])


def _in_words(words: str, wanted: str) -> bool:
    """Whether numbers and blanks could make a text of these words that has the wanted one."""
    known = words.lower()
    return all(part in known for part in re.split(r"[0-9\s]+", wanted.lower()))


def _digits(wanted: str) -> list[str]:
    """The runs of digits of a text: each must stand in a number of the row."""
    return re.findall(r"[0-9]+", wanted)


def _in_numbers(numbers: Iterable[NDArray[Any]], digits: str) -> Bools:
    """Rows of which some number has these digits."""
    found: Bools = np.logical_or.reduce([_with_digits(column.astype(np.uint64), digits) for column in numbers])
    return found


def _all(conditions: list[Bools]) -> Bools:
    """Rows for which every condition holds."""
    both: Bools = np.logical_and.reduce(conditions)
    return both


def _with_digits(values: Numbers, digits: str) -> Bools:
    """Which numbers have these digits when they are written."""
    found = values == 0 if digits == "0" else np.zeros(len(values), np.bool_)
    rest, least = values, 10 ** (len(digits) - 1)
    while int(rest.max(initial=0)) >= least:
        found |= (rest % (10 * least) == int(digits)) & (rest >= least)
        rest = rest // 10
    return found


def _option_numbers(c: Columns, frames: Frames) -> Iterator[tuple[Int64, Numbers]]:
    """What may be written of the options of SYNs, an option at a time: rows, and a number of each; zeros between."""
    start = frames.offset + c.l4 + _HEADER
    end = np.minimum(frames.offset + frames.caplen, start + _MOST_OPTIONS)
    last = len(frames.buffer) - 1
    room = end - start
    data = frames.buffer[np.minimum(start[:, None] + np.arange(_MOST_OPTIONS + _LONGEST), last)].astype(np.uint64)
    rows, at = np.flatnonzero(room > 0), np.zeros(len(c), np.int64)
    while len(rows):
        here = at[rows]
        kind, size = data[rows, here], data[rows, here + 1]
        first, second = _word(data, rows, here + 2), _word(data, rows, here + 6)
        shift = np.uint64(1) << np.minimum(data[rows, here + 2], np.uint64(_MOST_SHIFT))
        yield rows, np.select([kind == 2, kind == 3, kind == 8], [first >> np.uint64(16), shift, first], np.uint64(0))
        yield rows, second * (kind == 8)
        at[rows] = here + np.where(kind == 1, 1, np.maximum(size, 2)).astype(np.int64)
        rows = rows[(kind != 0) & (at[rows] < room[rows])]


def _word(data: Numbers, rows: Int64, at: Int64) -> Numbers:
    """Four bytes of each row, from its place on."""
    word = np.zeros(len(rows), np.uint64)
    for step in range(4):
        word = word << np.uint64(8) | data[rows, at + step]
    return word
