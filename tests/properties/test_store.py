"""The store and its views agree with a naive list, whatever comes in whatever pieces."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.captures import read_all
from tests.store.test_spool import INTERFACES, Kept
from tui.capture.pcapfile import open_capture
from tui.core.columns import Columns
from tui.core.frames import from_packets
from tui.store.layout import FileLayout, SpoolLayout
from tui.store.pool import cut
from tui.store.save import material, save
from tui.store.view import Read, View

PACKET = st.tuples(st.integers(0, 1), st.integers(0, 4000))
BATCHES = st.lists(st.lists(PACKET, max_size=60), max_size=25)
SLOW = settings(max_examples=25, deadline=None)

Batches = list[list[tuple[int, int]]]
Naive = list[tuple[int, bytes]]


def odd(columns: Columns, read: Read | None, first: int) -> np.ndarray:
    return columns.length % 2 == 1


def fill(kept: Kept, batches: Batches, after: Callable[[], None] = lambda: None) -> Naive:
    """Give batches of (interface, size) to a store; the same as a list."""
    naive: Naive = []
    for batch in batches:
        fresh = [(number, (len(naive) + i).to_bytes(4, "big") * (size // 4)) for i, (number, size) in enumerate(batch)]
        numbers = np.array([n for n, _ in fresh], np.uint16)
        times = [len(naive) + i for i in range(len(fresh))]
        frames = from_packets([p for _, p in fresh], 1, times)
        kept.add(replace(frames, interface=numbers, linktype=(numbers * 100 + 1).astype(np.uint16)))
        naive += fresh
        after()
    return naive


@SLOW
@given(BATCHES, st.integers(1, 2000))
def test_store_rows_and_view_agree_with_a_list(batches: Batches, keep: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kept = Kept(SpoolLayout(Path(folder), 2 << 20, {}), keep=keep)
        view = View(odd)
        naive = fill(kept, batches, lambda: view.advance(kept.writer.rows) and None)
        rows = kept.writer.rows
        assert rows.end == len(naive)
        assert len(rows) <= keep
        wanted = np.arange(-2, rows.end + 2)
        frames = kept.reader.read(wanted)
        for i, sequence in enumerate(wanted.tolist()):
            expected = naive[sequence][1] if rows.first <= sequence < rows.end else b""
            assert frames.bytes_of(i) == expected
        expected_view = [n for n in range(rows.first, rows.end) if len(naive[n][1]) % 2 == 1]
        assert view.sequences().tolist() == expected_view
        path = Path(folder) / "out.pcapng"
        save(material(rows, kept.reader, kept.store, INTERFACES), path)
        assert [p for _, _, p in read_all(open_capture(str(path)))] == [p for _, p in naive[rows.first :]]
        kept.store.close()


@SLOW
@given(BATCHES, st.integers(10_000, 200_000), st.integers(0, 4))
def test_files_of_a_rotation_hold_the_end_of_the_list(batches: Batches, size: int, files: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kept = Kept(FileLayout(Path(folder) / "out.pcapng", size, files))
        naive = fill(kept, batches)
        kept.store.close()
        found = [p for f in sorted(Path(folder).iterdir()) for _, _, p in read_all(open_capture(str(f)))]
        assert found == [p for _, p in naive][len(naive) - len(found) :]
        assert files or len(found) == len(naive)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.data())
def test_a_cut_of_pieces_covers_exactly_its_bytes(sizes: list[int], data: st.DataObject) -> None:
    base = np.cumsum([0, *sizes[:-1]]) + 1000
    pieces = np.stack([base, sizes], axis=1).astype(np.uint64)
    ends = np.cumsum(sizes)
    if not ends[-1]:
        return
    start = data.draw(st.integers(0, int(ends[-1]) - 1))
    stop = data.draw(st.integers(start + 1, int(ends[-1])))
    covered = [b for at, n in cut(pieces, ends, start, stop).tolist() for b in range(at, at + n)]
    assert covered == list(range(1000 + start, 1000 + stop))
