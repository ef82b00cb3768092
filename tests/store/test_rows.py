"""Rows: blocks that never move, and a bound."""

from __future__ import annotations

import numpy as np
import pytest

from tests.captures import columns_of, some_frames
from tui.core.columns import Columns
from tui.store.rows import BLOCK, RowWriter


def batch(first: int, count: int) -> Columns:
    columns = Columns.empty(count)
    columns.time_ns[:] = np.arange(first, first + count)
    return columns


def filled(total: int, keep: int = 1 << 40, step: int = 40_000) -> RowWriter:
    writer = RowWriter(keep)
    for first in range(0, total, step):
        writer.append(batch(first, min(step, total - first)))
    return writer


def test_rows_hold_what_was_appended() -> None:
    rows = filled(200_000).rows
    assert (rows.first, rows.end, len(rows)) == (0, 200_000, 200_000)
    wanted = np.array([199_999, 0, BLOCK - 1, BLOCK, BLOCK + 1, 0], np.int64)
    assert rows.pick(wanted, ("time_ns",))[0].tolist() == wanted.tolist()
    assert rows.take(np.sort(wanted)).time_ns.tolist() == sorted(wanted.tolist())


def test_slices_cover_a_range_without_copies() -> None:
    rows = filled(200_000).rows
    parts = list(rows.slices(1_000, 150_000))
    assert [start for start, _ in parts] == [1_000, BLOCK, 2 * BLOCK]
    assert np.concatenate([c.time_ns for _, c in parts]).tolist() == list(range(1_000, 150_000))
    assert all(np.shares_memory(c.time_ns, rows.blocks[i].time_ns) for i, (_, c) in enumerate(parts))


def test_an_old_publication_stays_true() -> None:
    writer = filled(100_000)
    old = writer.rows
    before = old.take(np.arange(90_000, 100_000)).time_ns.copy()
    writer.append(batch(100_000, 100_000))
    assert (old.take(np.arange(90_000, 100_000)).time_ns == before).all()
    assert old.end == 100_000


@pytest.mark.parametrize("keep", [1, 1_000, BLOCK, 100_000])
def test_no_more_rows_than_the_bound(keep: int) -> None:
    rows = filled(300_000, keep).rows
    assert (rows.first, rows.end) == (300_000 - keep, 300_000)
    assert len(rows.blocks) <= keep // BLOCK + 2
    assert rows.pick(np.array([rows.first]), ("time_ns",))[0][0] == rows.first


def test_rows_whose_bytes_are_gone_go_too() -> None:
    writer = filled(100_000)
    frames = some_frames(100_000, 10)
    rows = writer.append(columns_of(frames, np.zeros(10, np.uint64)), first_kept=70_000)
    assert (rows.first, rows.base) == (70_000, BLOCK)


def pointers(writer: RowWriter) -> set[int]:
    return {block.time_ns.ctypes.data for block in writer.rows.blocks}


def test_blocks_whose_packets_are_gone_are_used_again() -> None:
    writer = RowWriter(BLOCK)
    seen = set()
    for first in range(0, 20 * BLOCK, BLOCK // 2):
        writer.append(batch(first, BLOCK // 2))
        seen |= pointers(writer)
    assert len(seen) <= 4


def test_a_block_that_somebody_still_reads_is_not_used_again() -> None:
    writer = filled(BLOCK, keep=BLOCK)
    held = writer.rows.blocks[0].time_ns[100:200]
    for first in range(BLOCK, 10 * BLOCK, BLOCK // 2):
        writer.append(batch(first, BLOCK // 2))
    assert held.tolist() == list(range(100, 200))


def test_what_is_seldom_set_is_zero_in_a_block_that_is_used_again() -> None:
    writer = RowWriter(BLOCK)
    for first in range(0, 6 * BLOCK, BLOCK):
        columns = batch(first, BLOCK)
        columns.src_hi[:] = 7 * (first % (2 * BLOCK) == 0)
        writer.append(columns)
        assert (writer.rows.take(np.arange(first + 1, first + BLOCK)).src_hi == columns.src_hi[0]).all()
