"""Info of a batch is the info of its rows; inside a tunnel it is about what the tunnel carries."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.core.test_names import QUERY, batch, ip, tcp, udp
from tui.capture.pcapfile import open_capture
from tui.core.columns import Mark
from tui.core.decode import decode
from tui.core.flow.table import FlowTable
from tui.core.info import info
from tui.core.info.batch import infos
from tui.core.protocols import ID


def test_a_batch_gives_the_same_as_its_rows(demo: Path) -> None:
    frames = open_capture(str(demo)).read(1.0)
    assert frames is not None
    columns = decode(frames)
    FlowTable().update(columns, frames)
    texts = infos(columns, frames)
    assert texts == [info(columns, row, frames.bytes_of(row)) for row in range(len(columns))]


def test_looking_for_a_text_misses_no_row_that_has_it(demo: Path) -> None:
    frames = open_capture(str(demo)).read(1.0)
    assert frames is not None
    columns = decode(frames)
    FlowTable().update(columns, frames)
    texts = infos(columns, frames)
    kinds = {re.sub(r"[0-9]+", "0", text): row for row, text in enumerate(texts)}
    random = np.random.default_rng(7)
    for row in kinds.values():
        one, its = columns.select(slice(row, row + 1)), frames.select(slice(row, row + 1))
        for _ in range(8):
            start, stop = sorted(random.integers(0, len(texts[row]) + 1, 2))
            assert infos(one, its, texts[row][start:stop].upper()) == [texts[row]]


def test_texts_that_cannot_have_it_are_not_made(demo: Path) -> None:
    """A miss among a million packets took 27 s: the info of each was made to look into it."""
    frames = open_capture(str(demo)).read(1.0)
    assert frames is not None
    columns = decode(frames)
    made = infos(columns, frames, "no packet says this")
    plain = (columns.protocol == ID["TCP"]) & (columns.marks & (Mark.INNER | Mark.FRAGMENT) == 0)
    assert plain.sum() > 50
    assert not any(made[row] for row in np.flatnonzero(plain).tolist())


def test_a_tunnel_is_about_what_it_carries() -> None:
    frames, columns = batch(ip(4, ip(17, udp(QUERY))))
    assert infos(columns, frames) == ["Standard query 0x1234 A a.example"]


def test_an_error_is_about_itself_and_not_about_what_it_quotes() -> None:
    error = bytes([3, 3, 0, 0]) + bytes(4) + ip(17, udp(QUERY))
    frames, columns = batch(ip(1, error), ip(4, ip(1, error)))
    assert infos(columns, frames) == ["Destination unreachable (Port unreachable)"] * 2


@pytest.mark.parametrize(("seq", "shown"), [(0xFFFFFFF0, "Seq=4294967280"), (5, "Seq=5")])
def test_without_a_flow_the_number_is_as_sent(seq: int, shown: str) -> None:
    frames, columns = batch(ip(6, tcp(b"", seq=seq)))
    assert shown in infos(columns, frames)[0]


def test_with_a_flow_the_number_counts_from_its_start() -> None:
    syn = bytearray(tcp(b"", seq=1000))
    syn[13] = 2
    frames, columns = batch(ip(6, bytes(syn)), ip(6, tcp(b"x", seq=1001)))
    FlowTable().update(columns, frames)
    assert ["Seq=0" in infos(columns, frames)[0], "Seq=1 " in infos(columns, frames)[1]] == [True, True]
