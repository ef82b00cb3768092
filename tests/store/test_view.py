"""Views: the packets that match, as they come and as they go."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from tests.store.test_rows import batch, filled
from tests.waiting import until
from tui.core.columns import Columns
from tui.core.frames import Frames, from_packets
from tui.store.rows import Rows, RowWriter
from tui.store.view import FIRST_SLICE, ByteView, Read, Sequences, View


def every_third(columns: Columns, read: Read | None, first: int) -> np.ndarray:
    return columns.time_ns % 3 == 0


class Bytes:
    """A reader whose packets hold their own number."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.go = threading.Event()
        self.go.set()

    def read(self, sequences: np.ndarray) -> Frames:
        self.go.wait(30)
        self.asked.append(int(sequences[0]))
        return from_packets([int(n).to_bytes(8, "big") for n in sequences.tolist()])


def by_bytes(columns: Columns, read: Read | None, first: int) -> np.ndarray:
    assert read
    frames = read(np.arange(len(columns), dtype=np.int64))
    return frames.buffer.reshape(-1, 8)[:, 7] % 4 == 0


def test_without_a_filter_all_packets_are_there() -> None:
    view = View()
    view.advance(filled(1_000).rows)
    assert len(view) == 1_000
    assert view.take(990, 2_000).tolist() == list(range(990, 1_000))
    assert view.place(17) == 17


def test_a_filter_looks_at_new_packets_only() -> None:
    seen: list[int] = []

    def match(columns: Columns, read: Read | None, first: int) -> np.ndarray:
        seen.extend(columns.time_ns.tolist())
        return every_third(columns, read, first)

    writer, view = RowWriter(10_000), View(match)
    for first in range(0, 3_000, 1_000):
        view.advance(writer.append(batch(first, 1_000)))
    assert seen == list(range(3_000))
    assert view.sequences().tolist() == list(range(0, 3_000, 3))
    assert (view.place(9), view.place(10)) == (3, 4)
    assert view.complete


def test_packets_that_are_gone_leave_the_view() -> None:
    writer, view = RowWriter(1_000), View(every_third)
    view.advance(writer.append(batch(0, 900)))
    assert view.advance(writer.append(batch(900, 900))) == len(range(0, 800, 3))
    assert view.sequences().tolist() == list(range(801, 1_800, 3))
    everything = View()
    everything.advance(Rows(0, 900))
    assert everything.advance(writer.rows) == 800


def test_a_limit_spreads_the_work() -> None:
    rows, view = filled(100_000).rows, View(every_third)
    view.advance(rows, 30_000)
    assert not view.complete
    assert len(view) == 10_000
    while not view.complete:
        view.advance(rows, 30_000)
    assert len(view) == 33_334


def test_a_filter_of_bytes_looks_at_the_newest_first() -> None:
    rows, reader = filled(100_000).rows, Bytes()
    view = ByteView(by_bytes, lambda: rows, reader)
    view.advance(rows)
    while not view.complete:
        assert view.problem is None
    view.cancel()
    assert view.wait(10)
    assert view.sequences().tolist() == list(range(0, 100_000, 4))
    assert (reader.asked[0], reader.asked[-1]) == (100_000 - FIRST_SLICE, 0)
    assert view.progress == 1.0


def test_a_filter_of_bytes_can_be_cancelled_after_the_slice_at_hand() -> None:
    rows, reader = filled(100_000).rows, Bytes()
    reader.go.clear()
    view = ByteView(by_bytes, lambda: rows, reader)
    view.cancel()
    reader.go.set()
    assert view.wait(10)
    assert len(reader.asked) <= 1


def test_a_filter_that_fails_says_so() -> None:
    def broken(columns: Columns, read: Read | None, first: int) -> np.ndarray:
        raise RuntimeError("broken")

    view = ByteView(broken, lambda: filled(10).rows, Bytes())
    assert view.wait(10)
    assert str(view.problem) == "broken"


class Known:
    """A filter on what is known of packets; more is known later."""

    def __init__(self) -> None:
        self.numbers: set[int] = {3, 900}

    def match(self, columns: Columns, read: Read | None, first: int) -> np.ndarray:
        return np.isin(np.arange(first, first + len(columns)), list(self.numbers))


def test_packets_of_which_more_is_known_later_come_into_the_view_and_leave_it() -> None:
    known, writer = Known(), RowWriter(1_000)
    view = View(known.match)
    view.advance(writer.append(batch(0, 1_000)))
    known.numbers = {900, 901, 5, 1_500}
    assert view.revise(np.array([3, 5, 901, 1_500]))
    assert view.sequences().tolist() == [5, 900, 901]
    assert not view.revise(np.array([5, 901]))
    view.advance(writer.append(batch(1_000, 600)))
    assert view.sequences().tolist() == [900, 901, 1_500]
    known.numbers = set()
    assert view.revise(np.array([5, 900, 901, 1_500]))
    assert not len(view)


def test_a_search_in_bytes_looks_again_too() -> None:
    known, rows, reader = Known(), filled(1_000).rows, Bytes()
    view = ByteView(known.match, lambda: rows, reader)
    while not view.complete:
        view.advance(rows)
    known.numbers = {900, 17}
    view.revise(np.array([3, 17]))

    until(lambda: view.unsettled)
    assert 17 not in view.sequences(), "who reads the list says when it may change"
    view.settle()
    assert not view.unsettled
    assert view.sequences().tolist() == [17, 900]
    view.cancel()


@pytest.mark.parametrize("seed", range(5))
def test_sequences_grow_at_both_ends_and_shrink_at_the_front(seed: int) -> None:
    random = np.random.default_rng(seed)
    sequences, model, low, high = Sequences(), [], 1_000_000, 1_000_000
    published: list[tuple[np.ndarray, list[int]]] = []
    for _ in range(60):
        n = int(random.integers(0, 700))
        match random.integers(0, 4):
            case 0:
                sequences.append(np.arange(high, high + n))
                model += range(high, high + n)
                high += n
            case 1:
                sequences.prepend(np.arange(low - n, low))
                model = [*range(low - n, low), *model]
                low -= n
            case 2:
                some = random.choice(np.arange(low, high + 1), n // 10 + 1)
                some = np.unique(some[some < high])
                wanted = random.random(len(some)) < 0.5
                model = sorted(set(model) - set(some[~wanted].tolist()) | set(some[wanted].tolist()))
                sequences.change(some, wanted)
            case _:
                gone = model[: n // 4]
                model = model[n // 4 :]
                if gone:
                    assert sequences.trim(gone[-1] + 1) == len(gone)
        assert sequences.array.tolist() == model
        published.append((sequences.array, list(model)))
    assert all(array.tolist() == then for array, then in published)
