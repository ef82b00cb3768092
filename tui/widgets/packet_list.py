"""The packet list: draws the rows in sight and no others; follows, pauses, keeps what is chosen under the eye."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from textual import events
from textual.message import Message

from tui.core.text import printable
from tui.widgets.ink import Canvas, Piece
from tui.widgets.list_columns import Layout
from tui.widgets.packet_page import PacketSource, Page, Row, header, pieces, plain, rows_of

NOTED = "\N{PILCROW SIGN}"
"""Stands before a packet that has a note."""
ROW_CACHE = 2_000
"""Rows kept as text: some screens of scrolling; a row costs about 1 KB."""


class PacketList(Canvas, can_focus=True):
    """Holds positions as sequence numbers, so what arrives below or is let go above moves nothing.

    There is no scroll bar: one that moves with every packet costs more bytes than the rows. The border says where
    one is.
    """

    class Moved(Message):
        """Another packet is chosen (None: the list follows)."""

        def __init__(self, sequence: int | None) -> None:
            super().__init__()
            self.sequence = sequence

    class Opened(Message):
        """The person wants to look into this packet."""

        def __init__(self, sequence: int) -> None:
            super().__init__()
            self.sequence = sequence

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._source: PacketSource | None = None
        self._rows: dict[int, Row] = {}
        self._resized = False
        self._top = 0
        """Sequence number of the first row while the list stands still."""
        self._seen = 0
        """Packets from this sequence number on are new to the person."""
        self._drawn: tuple[int, int, int] = (-1, -1, -1)
        self.layout_of = Layout()
        """Which columns there are; shared with who fills them."""
        self.following = True
        self.chosen: int | None = None
        self.marked: frozenset[int] = frozenset()
        self.noted: Mapping[int, str] = {}
        """Notes by packet; shared with who writes them."""
        self.empty_text = "waiting for packets"
        self.edge_text = "following"
        """What the border says while the list shows the newest packets."""
        self.complete = False
        """Nothing new will come into it: it is of a time that has passed."""

    # what is shown

    def show(self, source: PacketSource, *, changed: bool = False) -> None:
        """The packets to list have grown, or are others (`changed`)."""
        if source is not self._source:
            self._seen = source.end
        self._source = source
        if changed:
            self._keep_in_sight()
        count = len(source)
        last = int(source.at(count - 1, count)[0]) if count else -1
        first = int(source.at(0, 1)[0]) if count else -1
        state = (count, first, last)
        if state != self._drawn or changed:
            if changed or self.following or count < self._height():
                self.redraw()
            self._drawn = state
        self._say_state()

    def _keep_in_sight(self) -> None:
        """Under another filter the chosen packet stays where it is, if it is still listed."""
        if self.following or self.chosen is None or self._source is None:
            return
        at = self._source.position(self.chosen)
        self._put_top(at - self._height() // 2)

    def stand(self, edge_text: str, *, complete: bool) -> None:
        """What the border says of the last row, and whether no more will come."""
        if (edge_text, complete) != (self.edge_text, self.complete):
            self.edge_text, self.complete = edge_text, complete
            self._say_state()

    def _say_state(self) -> None:
        count = len(self._source) if self._source else 0
        if self.following:
            self.title("packets", self.edge_text)
        else:
            new = count - self._position(self._seen)
            at = self._position(self.chosen if self.chosen is not None else self._top) + 1
            state = self.edge_text if self.complete else f"paused, {new:,} new"
            self.title("packets", f"{min(at, count):,} of {count:,}   {state}")

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        columns = self.layout_of.fitted(width)
        yield header(columns)
        if self._source is None or not len(self._source):
            yield [(f" {printable(self.empty_text)}", "dim")]
            return
        if self._resized and self.chosen is not None:
            self._bring_in(self._position(self.chosen))
        self._resized = False
        for row in self._in_sight(height - 1):
            mark = self.glyphs.mark if row.sequence in self.marked else NOTED * (row.sequence in self.noted)
            chosen = row.sequence == self.chosen
            yield pieces(row, self._source.first_ns, columns, self.layout_of.times, mark, chosen)

    def _in_sight(self, n: int) -> list[Row]:
        assert self._source is not None
        count = len(self._source)
        start = count - n if self.following else min(self._position(self._top), count - n)
        sequences = self._source.at(max(0, start), max(0, start) + n)
        return self._texts(sequences)

    def _texts(self, sequences: NDArray[np.int64]) -> list[Row]:
        assert self._source is not None
        wanted = sequences.tolist()
        missing = [s for s in wanted if s not in self._rows]
        if missing:
            if len(self._rows) > ROW_CACHE:
                self._rows.clear()
                missing = wanted
            page: Page = self._source.page(np.asarray(missing, np.int64))
            self._rows.update((row.sequence, row) for row in rows_of(page))
        return [self._rows[s] for s in wanted if s in self._rows]

    def forget_rows(self) -> None:
        """Rows are to be written anew: another session's packets, or names instead of addresses."""
        self._rows.clear()
        self.redraw()

    # where one is

    def _height(self) -> int:
        return max(1, self.content_size.height - 1)

    def _position(self, sequence: int) -> int:
        return self._source.position(sequence) if self._source else 0

    def on_resize(self) -> None:
        """A smaller list keeps the chosen packet in sight: known when it is drawn, not before."""
        self._resized = True
        self.redraw()

    @contextmanager
    def held_still(self) -> Iterator[None]:
        """While other packets come into the list or leave it, the chosen one, or else the first, stays on its line."""
        top = self._position(self._top)
        line = self._position(self.chosen) - top if self.chosen is not None else 0
        anchor = self.chosen if self.chosen is not None and 0 <= line < self._height() else self._top
        yield
        if not self.following and self._source is not None:
            self._put_top(self._position(anchor) - (line if anchor == self.chosen else 0))

    def _bring_in(self, position: int) -> None:
        top, height = self._position(self._top), self._height()
        if position < top:
            self._put_top(position)
        elif position >= top + height:
            self._put_top(position - height + 1)

    def _put_top(self, position: int) -> None:
        assert self._source is not None
        position = max(0, min(position, len(self._source) - self._height()))
        found = self._source.at(position, position + 1)
        self._top = int(found[0]) if len(found) else 0

    def pause(self) -> None:
        """Stand still; capture goes on."""
        if not self.following or self._source is None:
            return
        count = len(self._source)
        self._put_top(count - self._height())
        self._seen = self._source.end
        self.following = False
        self._say_state()

    def follow(self) -> None:
        """Show the newest packets as they come; nothing is chosen any more."""
        self.following, self.chosen = True, None
        self.post_message(self.Moved(None))
        self._say_state()
        self.redraw()

    def move(self, by: int) -> None:
        """Choose the packet so many rows further; the first move of a following list chooses its last row."""
        if self._source is None or not len(self._source):
            return
        if self.chosen is None:
            self.pause()
            at = self._position(self._top) + self._height() - 1 if by <= 1 else 0
            self.choose_position(min(at, len(self._source) - 1) + (by if abs(by) > 1 else 0))
        else:
            self.choose_position(self._position(self.chosen) + by)

    def page(self, by: int) -> None:
        self.move(by * max(2, self._height() - 1))

    def choose_position(self, position: int) -> None:
        """Choose a row by its place in the list and bring it into sight."""
        if self._source is None or not len(self._source):
            return
        self.pause()
        position = max(0, min(position, len(self._source) - 1))
        self.chosen = int(self._source.at(position, position + 1)[0])
        self._bring_in(position)
        self._seen = max(self._seen, self.chosen + 1)
        self.post_message(self.Moved(self.chosen))
        self._say_state()
        self.redraw()

    def choose(self, sequence: int) -> None:
        """Choose a packet by its number; the nearest after it where it is not listed."""
        self.choose_position(self._position(sequence))

    def open(self) -> None:
        """Look into the chosen packet; of a following list, the last one."""
        if self.chosen is None:
            self.move(0)
        if self.chosen is not None:
            self.post_message(self.Opened(self.chosen))

    def line(self) -> str:
        """The chosen row (of a following list, the last one) as plain text."""
        if self._source is None or not len(self._source):
            return ""
        count = len(self._source)
        sequences = self._source.at(count - 1, count)
        rows = self._texts(np.asarray([self.chosen]) if self.chosen is not None else sequences)
        return plain(rows[0], self._source.first_ns) if rows else ""

    def mark(self) -> None:
        """Mark the chosen packet, or take the mark away."""
        if self.chosen is not None:
            self.marked ^= {self.chosen}
            self.redraw()

    def next_mark(self, by: int) -> None:
        """Go to the next (1) or the previous (-1) marked packet, around the end."""
        listed = sorted(self.marked)
        if listed:
            here = self.chosen if self.chosen is not None else -1
            side = [s for s in listed if (s > here if by > 0 else s < here)]
            self.choose((side or listed)[0 if by > 0 else -1])

    # the mouse

    def on_click(self, event: events.Click) -> None:
        y = event.y - 2
        if self._source is not None and 0 <= y < min(self._height(), len(self._source)):
            self.pause()
            self.choose_position(self._position(self._top) + y)
            if event.chain == 2:
                self.open()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll(3)

    def _scroll(self, by: int) -> None:
        """Move the window, not the choice; at the end the list follows again."""
        if self._source is None or (self.following and by > 0):
            return
        self.pause()
        at = self._position(self._top) + by
        if by > 0 and at + self._height() >= len(self._source):
            self.follow()
            return
        self._put_top(at)
        self._say_state()
        self.redraw()
