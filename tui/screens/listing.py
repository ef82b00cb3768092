"""What the packet list shows: all packets kept, or those that a display filter matches, as they come."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import Columns, Mark
from tui.core.frames import FrameReader, Frames
from tui.screens.contract import SessionLike
from tui.screens.dressing import Dressing
from tui.screens.labels import NAME, PROCESS, asks_for_labels, known_rows
from tui.store.rows import Rows
from tui.store.view import SLICE, ByteView, View
from tui.widgets.packet_page import Page

if TYPE_CHECKING:
    from tui.filters import Place

Int64 = NDArray[np.int64]
SETTLED_NS = 3_000_000_000
"""How long after a packet the process of its flow is known, if it ever will be."""


class Describe(Protocol):
    """The info lines of packets: `tui.core.info.batch.infos`."""

    def __call__(self, columns: Columns, frames: Frames, wanted: str = "") -> Sequence[str]: ...


MOST_CARRIERS = 4_096
"""Packets that carry others whose bytes a filter may read while the screen waits: some 20 ms."""


class FilterLike(Protocol):
    """A compiled display filter: `tui.filters.Filter`."""

    @property
    def needs_bytes(self) -> bool: ...

    def match(
        self, columns: Columns, read: Callable[[Int64], Frames] | None = None, place: Place | None = None
    ) -> NDArray[np.bool_]: ...


class Listing:
    """A PacketSource over a view of the session's rows; `update` takes in what was published since.

    A filter that needs bytes looks through the packets in a thread; `close` stops it.
    """

    def __init__(
        self,
        session: SessionLike,
        describe: Describe,
        wanted: FilterLike | None = None,
        first_ns: int = 0,
        dressing: Dressing | None = None,
    ) -> None:
        """`first_ns`: the time of the session's first packet, where it is known already."""
        self._session = session
        self._reader: FrameReader = session.reader
        self._describe = describe
        self._rows = Rows()
        self.first_ns = first_ns
        self.names: dict[str, str] = {}
        """Names to write in place of addresses."""
        self.named = False
        self.dressing = dressing or Dressing(session)
        """What rows say beyond their own bytes."""
        self.filtered = wanted is not None
        self._wanted = wanted
        self.text = str(getattr(wanted, "text", ""))
        """The filter."""
        self._view = View(self._match if wanted else None, session.reader)
        if wanted is not None and (wanted.needs_bytes or asks_for_labels(self.text) or _carries_many(session.rows)):
            published = self._settled if asks_for_labels(self.text) else lambda: session.rows
            self._view = ByteView(self._match, published, session.reader)

    def _settled(self) -> Rows:
        """The packets that came so long ago that name and process of their flow are known, if they ever will be."""
        rows = known_rows(self._session) if NAME in self.text else self._session.rows
        if self._session.ended or not len(rows) or PROCESS not in self.text:
            return rows
        until = self._session.snapshot().now_ns - SETTLED_NS
        end = rows.end
        while end > rows.first:
            (_, columns), start = list(rows.slices(max(rows.first, end - SLICE), end))[-1], end
            end -= len(columns)
            if columns.time_ns[0] <= until:
                return replace(rows, end=end + int(np.searchsorted(columns.time_ns, until, "right")))
            assert end < start
        return replace(rows, end=rows.first)

    def _match(
        self, columns: Columns, read: Callable[[Int64], Frames] | None, first_sequence: int
    ) -> NDArray[np.bool_]:
        """The filter over a batch, with the numbers and times that its packets have in the session."""
        from tui.filters import Place  # late: a screen without a filter starts without the language

        assert self._wanted
        sequences = np.arange(first_sequence, first_sequence + len(columns))
        place = Place(
            first_sequence + 1,
            start_ns=self.first_ns or None,
            previous_ns=self._time_before(first_sequence),
            labels=self.dressing.labels(self.text, sequences),
        )
        return self._wanted.match(columns, read, place)

    def _time_before(self, sequence: int) -> int | None:
        """Time of the packet before this one, where it is still kept."""
        rows = self._session.rows
        if not rows.first < sequence <= rows.end:
            return None
        return int(rows.pick(np.asarray([sequence - 1]), ["time_ns"])[0][0])

    def revise(self, sequences: Int64) -> bool:
        """More is known of some packets: whether that changed the list."""
        return self._view.revise(sequences)

    @property
    def unsettled(self) -> bool:
        """Whether `settle` would change the list: packets were looked at again in a thread."""
        return isinstance(self._view, ByteView) and self._view.unsettled

    def settle(self) -> None:
        """Take in what that found."""
        if isinstance(self._view, ByteView):
            self._view.settle()

    def update(self, rows: Rows) -> None:
        """Take the rows published last."""
        self._rows = rows
        self._view.advance(rows)
        if not self.first_ns and len(rows):
            self.first_ns = int(rows.take(np.asarray([rows.first])).time_ns[0])

    @property
    def rows(self) -> Rows:
        """The rows published last."""
        return self._rows

    def close(self) -> None:
        """No more is wanted of this listing."""
        if isinstance(self._view, ByteView):
            self._view.cancel()

    @property
    def progress(self) -> float | None:
        """The part that has been looked at, while a search goes on."""
        if isinstance(self._view, ByteView) and not self._view.complete:
            return self._view.progress
        return None

    @property
    def problem(self) -> Exception | None:
        """Why a search ended early."""
        return self._view.problem if isinstance(self._view, ByteView) else None

    @property
    def sequences(self) -> Int64 | None:
        """The packets that match; None means all."""
        return self._view.sequences() if self.filtered else None

    @property
    def end(self) -> int:
        """The sequence number behind the newest packet there is."""
        return self._rows.end

    def __len__(self) -> int:
        return len(self._view)

    def at(self, start: int, stop: int) -> Int64:
        return self._view.take(max(0, start), max(0, stop))

    def position(self, sequence: int) -> int:
        return self._view.place(sequence)

    def page(self, sequences: Int64) -> Page:
        kept = sequences[(sequences >= self._rows.first) & (sequences < self._rows.end)]
        columns = self._rows.take(kept)
        frames = self._reader.read(kept)
        info = tuple(self._describe(columns, frames))
        return Page(
            kept,
            columns,
            info,
            ChainMap(self.dressing.cards(columns), self.names) if self.named else self.names,
            self.dressing.further(columns, kept, frames, self.first_ns),
            self._times_before(kept) if self.dressing.wants_before else (),
            self.dressing.inks(columns, kept, frames, self.first_ns),
        )

    def _times_before(self, sequences: Int64) -> Sequence[int]:
        """Time of the packet that is listed before each; 0 where there is none."""
        places = [self.position(sequence) for sequence in sequences.tolist()]
        found = np.array([int(self.at(place - 1, place)[0]) if place else -1 for place in places], np.int64)
        here = (found >= self._rows.first) & (found < self._rows.end)
        times = np.zeros(len(found), np.int64)
        times[here] = self._rows.pick(found[here], ["time_ns"])[0]
        return [int(time) for time in times]


def _carries_many(rows: Rows) -> bool:
    """Whether so many packets carry others (tunnels, ICMP errors) that their bytes are better read in a thread."""
    inner = np.uint32(Mark.INNER)
    carriers = sum(int(np.count_nonzero(columns.marks & inner)) for _, columns in rows.slices(rows.first, rows.end))
    return carriers > MOST_CARRIERS
