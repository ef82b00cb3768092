"""Comforts of the packet list: columns, times, find, notes, export; each key is one call on what does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from textual.worker import get_current_worker

from tui.core.alert.alerts import Alert
from tui.core.flow.owners import NOBODY, Owners
from tui.core.text import printable
from tui.screens.ask import Line
from tui.screens.contract import SessionLike
from tui.screens.dressing import Dressing
from tui.screens.labels import asks_for_alerts
from tui.screens.listing import Describe, FilterLike, Listing
from tui.screens.looks import Looks
from tui.screens.panes import Panes
from tui.store.rows import Rows
from tui.widgets.detail import Node
from tui.widgets.list_columns import TIME_WORDS, Layout, Times
from tui.widgets.packet_list import PacketList

if TYPE_CHECKING:
    from tui.screens.find import Seeker, Wanted

NOTE_WORDS = "saved with the packet in pcapng files; empty takes the note away   enter keeps it   esc goes back"


class Comforts(Panes):
    """For the live screen, which gives it the session and the list that is shown."""

    listing: Listing
    dressing: Dressing
    finds_by: Callable[[str], FilterLike]
    describes: Describe
    _wanted: Wanted | None = None
    """What was looked for last; n and N go on with it until packets are marked."""
    _owners: Owners = NOBODY
    _notes_seen = 0
    _marks: frozenset[int] = frozenset()
    """The marks when it was looked for."""

    def dress(
        self, session: SessionLike, looks: Looks, describe: Describe, compile_filter: Callable[[str], FilterLike]
    ) -> None:
        """Begin: how rows look, over a session."""
        self.dressing = Dressing(session, looks.layout, looks.rules, session.notes, place_of=looks.place_of)
        self.list.layout_of = looks.layout
        self.list.noted = session.notes
        self.describes, self.finds_by = describe, compile_filter

    @property
    def listed_rows(self) -> Rows:
        """The rows that the list is of: all, or those of a window of time."""
        return self.listing.rows

    @property
    def _listed(self) -> NDArray[np.int64] | None:
        """The packets of the list; None: all of the rows."""
        return self.listing.sequences if self.listing.filtered else None

    def show_alerted(self, alerts: Sequence[Alert]) -> None:
        """The packets that show an alert stand out."""
        alerted = {sample: alert.rule for alert in alerts for sample in alert.evidence.samples}
        before = self.dressing.alerted
        if alerted == before:
            return
        other = {sequence for sequence, _ in alerted.items() ^ before.items()}
        self.dressing.alerted = alerted
        if asks_for_alerts(self.listing.text):
            with self.list.held_still():
                self.listing.revise(np.array(sorted(other), np.int64))
        self.list.forget_rows()

    def redress(self) -> None:
        """Write rows anew where more is known of them: processes, notes of a file."""
        dressing = self.dressing
        known = dressing.session.owners if dressing.follows_owners else NOBODY
        if known is not self._owners or dressing.session.notes.changed != self._notes_seen:
            self._owners, self._notes_seen = known, dressing.session.notes.changed
            self.list.marked = dressing.session.notes.marks
            self.list.forget_rows()

    def known_of(self, sequence: int, data: bytes) -> Sequence[Node]:
        """What is known of a packet beside its bytes: its process, places, cards, note. Called in a thread."""
        from tui.screens.known import known

        return known(self.dressing, sequence, data)

    # how rows look

    def action_columns(self) -> None:
        """Choose columns, their order and width."""
        from tui.filters.show import check
        from tui.screens.columns import ColumnsDialog

        self.app.push_screen(
            ColumnsDialog(self.dressing.layout, check, self.list.content_size.width), self._columns_chosen
        )

    def _columns_chosen(self, layout: Layout | None) -> None:
        if layout is None:
            return
        shown = self.dressing.layout
        shown.names, shown.widths, shown.times = layout.names, layout.widths, layout.times
        self.list.forget_rows()

    def action_times(self) -> None:
        """Relative, delta, clock, date in turn."""
        every = [*Times]
        layout = self.dressing.layout
        layout.times = every[(every.index(layout.times) + 1) % len(every)]
        self.list.forget_rows()
        self.say(f"times: {TIME_WORDS[layout.times]}")

    # find

    def action_find(self) -> None:
        """Ask what to look for, and go to the next packet that has it."""
        from tui.screens.find import FindDialog

        self.app.push_screen(FindDialog(self._wanted, self.finds_by), self._find)

    def _find(self, wanted: Wanted | None) -> None:
        if wanted is not None:
            self._wanted, self._marks = wanted, self.list.marked
            self._seek(1)

    def action_next_mark(self, by: int) -> None:
        """On with the last find; where packets were marked since, or nothing was looked for, to the next mark."""
        if self._wanted is not None and self.list.marked == self._marks:
            self._seek(by)
        else:
            self._wanted = None
            self.list.next_mark(by)

    def stop_finding(self) -> bool:
        """End a search that goes on; False where there is none."""
        return bool(self.workers.cancel_group(self, "find"))

    def _seek(self, by: int) -> None:
        from tui.screens.find import Seeker

        assert self._wanted is not None
        place = partial(self.dressing.place, first_ns=self.listing.first_ns)
        seeker = Seeker(self.listed_rows, self.dressing.session.reader, self.describes, self._listed, place)
        job = partial(self._seek_in_thread, seeker, self._wanted, self.list.chosen, by)
        self.run_worker(job, thread=True, exclusive=True, group="find")

    def _seek_in_thread(self, seeker: Seeker, wanted: Wanted, after: int | None, by: int) -> None:
        from tui.screens.find import Cancelled

        worker = get_current_worker()

        def tell(part: float) -> bool:
            if not worker.is_cancelled:
                self.app.call_from_thread(self.say, f"looking for {printable(wanted.text)}: {part:.0%}   esc stops")
            return not worker.is_cancelled

        try:
            found = seeker.seek(wanted, after, by, tell)
        except Cancelled:
            return
        if not worker.is_cancelled:
            self.app.call_from_thread(self._sought, wanted, found)

    def _sought(self, wanted: Wanted, found: tuple[int, bool] | None) -> None:
        what = f"{wanted.kind.value} {printable(wanted.text)}"
        if found is None:
            self.say(f"no packet of the list has {what}", bad=True)
            return
        sequence, passed = found
        self.list.choose(sequence)
        self.say(f"{what}: {'round the end of the list to' if passed else 'in'} packet {sequence + 1:,}")

    # marks, notes, and rows to a file

    def mark(self, marks: frozenset[int]) -> None:
        """These packets are marked from now on."""
        self.list.marked = marks
        self.dressing.session.notes.mark(marks)

    def action_mark(self) -> None:
        super().action_mark()
        self.mark(self.list.marked)

    def action_note(self) -> None:
        """Write a note on the chosen packet."""
        if self.list.chosen is None:
            self.list.move(0)
        sequence = self.list.chosen
        if sequence is None:
            return
        notes = self.dressing.session.notes
        keep = partial(notes.put, sequence)
        title = f"note on packet {sequence + 1:,}"
        self.app.push_screen(Line(title, NOTE_WORDS, notes.get(sequence, ""), keep), self._noted)

    def _noted(self, text: str | None) -> None:
        if text is not None:
            self.list.forget_rows()
            self.list.post_message(PacketList.Moved(self.list.chosen))  # the detail says it, too
            self.say("noted" if text else "no note")

    def action_export(self) -> None:
        """Write the listed packets to a file, a line each."""
        from tui.screens.export import ExportDialog, PacketExport

        what = PacketExport(self.listed_rows, self.dressing.session.reader, self._listed)
        self.app.push_screen(ExportDialog(what, "packets", self.folder), self._exported)

    def _exported(self, told: str | None) -> None:
        if told:
            self.say(told)
