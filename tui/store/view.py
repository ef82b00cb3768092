"""Views: the packets that match a filter, as growing rows of absolute sequence numbers."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import Columns
from tui.core.frames import FrameReader, Frames
from tui.store.rows import Rows

Int64 = NDArray[np.int64]
Read = Callable[[Int64], Frames]
"""Bytes of the packets at the given rows of a batch of columns."""
Matcher = Callable[[Columns, Read | None, int], NDArray[np.bool_]]
"""Which packets of a batch match, given the sequence number of its first one (for filters on packet numbers)."""

SLICE, FIRST_SLICE = 16_384, 2_048
"""Packets whose bytes are read at once, newest slice first: the first page is there after one of them, so the first is
small, and each is twice the one before.
"""
ROOM = 1024


class Sequences:
    """Ascending sequence numbers that grow at both ends. One thread writes; `array` may be read by any."""

    def __init__(self) -> None:
        self._buffer = np.empty(ROOM, np.int64)
        self._start = self._end = self._lowest = ROOM // 2
        self.array: Int64 = self._buffer[self._start : self._end]
        """What is published: a view that later writing does not change."""

    def append(self, numbers: Int64) -> None:
        """Add numbers behind the last."""
        if self._end + len(numbers) > len(self._buffer):
            self._grow(0, len(numbers))
        self._buffer[self._end : self._end + len(numbers)] = numbers
        self._end += len(numbers)
        self._publish()

    def prepend(self, numbers: Int64) -> None:
        """Add numbers before the first."""
        # What was published once is not written again, not even where it was trimmed since
        if self._start - len(numbers) < 0 or self._start > self._lowest:
            self._grow(len(numbers), 0)
        self._start -= len(numbers)
        self._buffer[self._start : self._start + len(numbers)] = numbers
        self._publish()

    def change(self, among: Int64, wanted: NDArray[np.bool_]) -> bool:
        """Of the ascending numbers `among`, the wanted ones are there and the others are not; whether that is new."""
        at = np.searchsorted(self.array, among)
        there = np.zeros(len(among), np.bool_)
        inside = at < len(self.array)
        there[inside] = self.array[at[inside]] == among[inside]
        if (there == wanted).all():
            return False
        rest = np.delete(self.array, at[there & ~wanted])
        new = among[wanted & ~there]
        whole = np.insert(rest, np.searchsorted(rest, new), new)
        self._start = self._end  # what was published is not written again
        self.append(whole)
        return True

    def trim(self, first: int) -> int:
        """Drop numbers below `first`; how many there were."""
        gone = int(np.searchsorted(self.array, first))
        if gone:
            self._start += gone
            self._publish()
        return gone

    def _grow(self, before: int, after: int) -> None:
        size = self._end - self._start
        room = max(ROOM, size)
        front = before + (room if before else ROOM // 2)
        fresh = np.empty(front + size + after + room, np.int64)
        fresh[front : front + size] = self._buffer[self._start : self._end]
        self._buffer, self._start, self._end, self._lowest = fresh, front, front + size, front

    def _publish(self) -> None:
        self._lowest = min(self._lowest, self._start)
        self.array = self._buffer[self._start : self._end]


class View:
    """The packets that match. Without a matcher all do, and nothing is stored."""

    def __init__(self, matcher: Matcher | None = None, reader: FrameReader | None = None) -> None:
        """`reader`: for filters that read bytes of a few packets only, those that carry others."""
        self._matcher = matcher
        self._reader = reader
        self._found = Sequences()
        self._rows = Rows()
        self._next = 0
        """All packets before this one have been looked at."""

    @property
    def complete(self) -> bool:
        """Whether every kept packet has been looked at."""
        return self._next >= self._rows.end

    def __len__(self) -> int:
        return len(self._rows) if self._matcher is None else len(self._found.array)

    def advance(self, rows: Rows, limit: int | None = None) -> int:
        """Look at the packets that are new since the last call, `limit` at most, and drop those that are gone.

        How many rows were dropped from the front, so that a list can keep its place.
        """
        if self._matcher is None:
            gone = max(0, min(rows.first, self._rows.end) - self._rows.first)
            self._rows, self._next = rows, rows.end
            return gone
        self._rows = rows
        stop = rows.end if limit is None else min(rows.end, max(self._next, rows.first) + limit)
        for start, columns in rows.slices(self._next, stop):
            self._found.append(start + np.flatnonzero(self._matcher(columns, self._read_from(start), start)))
        self._next = max(self._next, stop)
        return self._found.trim(rows.first)

    def revise(self, sequences: Int64) -> bool:
        """Look again at packets, of which more is known now; whether others match than before. For a few."""
        if self._matcher is None:
            return False
        rows = self._rows
        some = np.unique(sequences[(sequences >= rows.first) & (sequences < min(self._next, rows.end))])
        return self._found.change(some, self._match_each(rows, some))

    def _match_each(self, rows: Rows, some: Int64) -> NDArray[np.bool_]:
        assert self._matcher
        found = np.zeros(len(some), np.bool_)
        for index, sequence in enumerate(some.tolist()):
            for first, columns in rows.slices(sequence, sequence + 1):
                found[index] = self._matcher(columns, self._read_from(first), first)[0]
        return found

    def _read_from(self, start: int) -> Read | None:
        """How a filter gets the bytes of rows of a batch that begins with packet `start`."""
        reader = self._reader
        return None if reader is None else lambda index: reader.read(start + index)

    def take(self, start: int, stop: int) -> Int64:
        """The sequence numbers of places `start` to `stop` (not included), as far as there are any."""
        start = max(0, start)
        if self._matcher is None:
            return np.arange(self._rows.first + start, min(self._rows.first + stop, self._rows.end), dtype=np.int64)
        return self._found.array[start:stop]

    def sequences(self) -> Int64:
        """All sequence numbers, for saving."""
        return self.take(0, len(self)).copy()

    def place(self, sequence: int) -> int:
        """Where a packet stands, or the place of the next one that matches."""
        if self._matcher is None:
            return max(0, min(sequence, self._rows.end) - self._rows.first)
        return int(np.searchsorted(self._found.array, sequence))


class ByteView(View):
    """A view whose filter needs bytes: a thread of its own looks at new packets, then at older ones, newest first."""

    def __init__(self, matcher: Matcher, rows: Callable[[], Rows], reader: FrameReader) -> None:
        super().__init__(matcher, reader)
        self._published = rows
        self._size = FIRST_SLICE
        self._oldest = self._next = rows().end
        self._first = 0
        self._wake = threading.Event()
        self._cancelled = False
        self._again = np.zeros(0, np.int64)
        """Packets to look at again."""
        self._seen_again: list[tuple[Int64, NDArray[np.bool_]]] = []
        """What came of that, until `settle` takes it in."""
        self.problem: Exception | None = None
        """Why the search ended early."""
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._search, name="nettui-filter", daemon=True)
        self._thread.start()

    @property
    def complete(self) -> bool:
        return self._oldest <= self._published().first

    @property
    def progress(self) -> float:
        """The part of the kept packets that has been looked at, 0 to 1."""
        rows = self._published()
        return (self._next - max(self._oldest, rows.first)) / max(1, len(rows))

    def advance(self, rows: Rows, limit: int | None = None) -> int:
        """See View; the looking is done by the thread, which is woken here."""
        self._wake.set()
        self._rows = rows
        with self._lock:
            return self._found.trim(rows.first)

    def revise(self, sequences: Int64) -> bool:
        """See View; the thread looks soon, and then the view is `unsettled`."""
        with self._lock:
            self._again = np.union1d(self._again, sequences)
        self._wake.set()
        return False

    @property
    def unsettled(self) -> bool:
        """Whether something has come of looking again that `settle` is to take in: the list under the eye may move."""
        return bool(self._seen_again)

    def settle(self) -> None:
        """Take in what came of looking again."""
        with self._lock:
            again, self._seen_again = self._seen_again, []
            for some, wanted in again:
                self._found.change(some, wanted)

    def cancel(self) -> None:
        """Stop looking, after the slice at hand."""
        self._cancelled = True
        self._wake.set()

    def wait(self, timeout_s: float) -> bool:
        """Wait until the thread has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _search(self) -> None:
        try:
            while not self._cancelled:
                if not self._step():
                    self._wake.wait()
                    self._wake.clear()
        except Exception as error:  # noqa: BLE001  told to the screen: a thread must not die unheard
            self.problem = error

    def _step(self) -> bool:
        """Look at one slice; False when there is none."""
        rows = self._published()
        if len(self._again):
            self._look_again(rows)
            return True
        if self._oldest == self._next:  # nothing was looked at: begin where the newest is now
            self._oldest = self._next = rows.end
        if self._next < rows.end:
            start, stop = max(self._next, rows.first), min(rows.end, max(self._next, rows.first) + SLICE)
            found = self._matching(rows, start, stop)
            with self._lock:
                self._found.append(found)
            self._next = stop
            return True
        if self._oldest > rows.first:
            start, stop = max(rows.first, self._oldest - self._size), self._oldest
            self._size = min(SLICE, 2 * self._size)
            found = self._matching(rows, start, stop)
            with self._lock:
                self._found.prepend(found)
            self._oldest = start
            return True
        return False

    def _look_again(self, rows: Rows) -> None:
        with self._lock:
            again, self._again = self._again, self._again[:0]
        some = again[(again >= max(rows.first, self._oldest)) & (again < min(self._next, rows.end))]
        found = self._match_each(rows, some)
        with self._lock:
            self._seen_again.append((some, found))

    def _matching(self, rows: Rows, start: int, stop: int) -> Int64:
        assert self._matcher
        parts = [np.zeros(0, np.int64)]
        for first, columns in rows.slices(start, stop):
            parts.append(first + np.flatnonzero(self._matcher(columns, self._read_from(first), first)))
        return np.concatenate(parts)
