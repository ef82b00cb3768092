"""Rows that cannot have a text are told from their columns; no row that has it is left out, whatever its options."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.test_names import batch, ip, udp
from tui.core.info.batch import infos
from tui.core.protocols import ID

OPTION = st.one_of(
    st.integers(0, 0xFFFF).map(lambda mss: struct.pack(">BBH", 2, 4, mss)),
    st.integers(0, 255).map(lambda shift: bytes((3, 3, shift))),
    st.tuples(*[st.integers(0, 0xFFFF_FFFF)] * 2).map(lambda times: struct.pack(">BBII", 8, 10, *times)),
    st.sampled_from([b"\1", b"\4\2", b"\x22\2", b"\0"]),
    st.binary(max_size=6),
)
"""As they are sent, and any bytes."""


def syn(sport: int, seq: int, window: int, options: bytes) -> bytes:
    options = options[: len(options) // 4 * 4][:40]
    return ip(6, struct.pack(">HHIIBBHHH", sport, 80, seq, 0, (5 + len(options) // 4) << 4, 2, window, 0, 0) + options)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF_FFFF),
    st.lists(OPTION, max_size=6),
    st.integers(0, 80),
    st.data(),
)
def test_no_row_that_has_the_text_is_left_out(
    port: int, number: int, options: list[bytes], cut: int, data: st.DataObject
) -> None:
    packets = (syn(port, number, port, b"".join(options)), ip(17, udp(b"x" * 17, port, 9)))
    frames, columns = batch(packets[0][: len(packets[0]) - cut if cut < 20 else None], packets[1])
    for row, text in enumerate(infos(columns, frames)):
        begin = data.draw(st.integers(0, len(text)))
        part = text[begin : data.draw(st.integers(begin, len(text)))]
        assert infos(columns, frames, part.upper())[row] == text


@pytest.mark.parametrize("wanted", ["4711", "Seq=4711", "471", "4711 → 80"])
def test_digits_that_are_in_no_number_of_the_row_make_no_text(wanted: str) -> None:
    """Digits alone took four times as long to find as other texts, in SYNs sixty times."""
    options = b"".join((struct.pack(">BBH", 2, 4, 1460), b"\4\2", struct.pack(">BBII", 8, 10, 123, 0), b"\1\3\3\7"))
    frames, columns = batch(syn(5000, 81, 64240, options), syn(5000, 81, 64240, b""), ip(17, udp(b"", 5000, 9)))
    assert infos(columns, frames, wanted) == ["", "", ""]


def test_digits_in_an_option_are_found() -> None:
    frames, columns = batch(syn(5000, 81, 64240, struct.pack(">BBIIBB", 8, 10, 1, 994711, 1, 1)))
    assert "994711" in infos(columns, frames, "4711")[0]


@given(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=20), st.from_regex(r"[0-9]{1,6}", fullmatch=True))
@settings(deadline=None)
def test_only_rows_with_the_digits_are_made(ports: list[int], digits: str) -> None:
    frames, columns = batch(*(ip(17, udp(b"x" * 12, port, 9)) for port in ports))
    plain = np.flatnonzero(columns.protocol == ID["UDP"]).tolist()  # some ports tell another protocol
    made, written = infos(columns, frames, digits), infos(columns, frames)
    assert [bool(made[row]) for row in plain] == [digits in written[row] for row in plain]
