"""The stream screen: what both sides of a conversation said, read a window at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from tui.core.columns import NONE32, Columns, address_text
from tui.core.text import printable
from tui.dissect.content import hex_text
from tui.dissect.stream import Conversation, Follower
from tui.errors import NettuiError, SaveError
from tui.screens import keys
from tui.screens.contract import SessionLike
from tui.screens.document import Document, Turn, View, missing_text, turns
from tui.screens.page import Page
from tui.store.places import is_folder, is_there
from tui.widgets.numbers import octets
from tui.widgets.query_bar import QueryBar
from tui.widgets.reading import Reading


class StreamScreen(Page):
    """Windows are read in a thread, when one scrolls near the end or searches."""

    place = keys.STREAM
    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings(keys.STREAM))

    def __init__(self, session: SessionLike, offered: Sequence[keys.Key], flow: int, folder: Path) -> None:
        """`flow`: as in `Columns.flow`; `folder`: where files go unless one says otherwise."""
        super().__init__(session, offered)
        self._flow = flow
        self._folder = folder
        self._follower: Follower | None = None
        self._between = ""
        self._busy = False
        self._then: Callable[[], None] | None = None
        self.bar = QueryBar("search", id="bar")
        self.reading = Reading(Document(Reading.glyphs), id="text")
        self.reading.empty_text = "reading ..."

    @property
    def document(self) -> Document:
        assert isinstance(self.reading.text, Document)
        return self.reading.text

    def body(self) -> ComposeResult:
        yield self.bar
        yield self.reading

    def main(self) -> Reading:
        return self.reading

    def on_mount(self) -> None:
        super().on_mount()
        self._load()

    # windows

    def _load(self, then: Callable[[], None] | None = None) -> None:
        """Read the next window in a thread, and do `then` afterwards; one at a time."""
        self._then = then or self._then
        if not self._busy:
            self._busy = True
            self.run_worker(self._read, thread=True, exit_on_error=False, group="stream")

    def _read(self) -> None:
        try:
            if self._follower is None:
                columns, sequences = packets_of(self.session, self._flow)
                self._between = between(columns)
                self._follower = Follower(self.session.reader, columns, sequences)
            window = self._follower.more()
        except (NettuiError, OSError, LookupError) as error:
            self.app.call_from_thread(self._failed, error)
        else:
            self.app.call_from_thread(self._take, window)

    def _take(self, window: Conversation) -> None:
        self._busy = False
        gone = self.document.put(window)
        self.reading.empty_text = "nothing was said: the flow's packets that are kept carry no data"
        self.reading.top -= gone
        self.reading.hit = self.reading.hit - gone if self.reading.hit >= gone else -1
        self._refresh()
        then, self._then = self._then, None
        if then:
            then()

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self.document.complete = True
        self.say(f"the packets can no longer be read: {error}", bad=True)

    def on_reading_near_end(self) -> None:
        if not self.document.complete:
            self._load()

    def _refresh(self) -> None:
        document = self.document
        side = "both sides" if document.side is None else ("first side", "other side")[document.side]
        self.reading.title(f"stream {self._between}", "   ".join(self._state(side)))
        self.reading.redraw()

    def _state(self, side: str) -> list[str]:
        document = self.document
        state = [document.view.value, side]
        if not document.unpack:
            state.append("as sent")
        if document.dropped:
            state.append(f"{octets(document.dropped).strip()} before: g")
        state.append(octets(document.size).strip() + ("" if document.complete else ", more below"))
        if document.missing:
            state.append(missing_text(document.missing))
        return state

    # keys

    def action_move(self, by: int) -> None:
        if isinstance(self.focused, Input):
            self.bar.box.recall(by)
        else:
            self.reading.scroll(by)

    def action_page(self, by: int) -> None:
        self.reading.scroll(by * max(1, self.reading.page_size - 1))

    def action_first(self) -> None:
        """The beginning, read again where it is no longer kept."""
        if self.document.dropped:
            self.action_again()
        self.reading.go(0)

    def action_last(self) -> None:
        """The end; all windows up to it are read."""
        if self.document.complete:
            self.reading.go(len(self.document))
        else:
            self.say("reading to the end ...   g goes back")
            self._load(self.action_last)

    def action_again(self) -> None:
        """Follow it anew, with what has come since."""
        if self._busy:
            return
        old, new = self.document, Document(self.reading.glyphs)
        new.view, new.side, new.unpack, new.needle = old.view, old.side, old.unpack, old.needle
        self.reading.text, self.reading.hit, self._follower = new, -1, None
        self._load()

    def action_view(self, by: int) -> None:
        views = [*View]
        self.document.view = views[(views.index(self.document.view) + by) % len(views)]
        self._changed()

    def action_sides(self) -> None:
        self.document.side = {None: 0, 0: 1, 1: None}[self.document.side]
        self._changed()

    def action_unpack(self) -> None:
        self.document.unpack = not self.document.unpack
        self._changed()

    def _changed(self) -> None:
        self.document.rebuild()
        self.reading.hit = -1
        self._refresh()

    def action_back(self) -> None:
        if isinstance(self.focused, Input):
            self.set_focus(self.reading)
        elif self.document.needle:
            self.document.needle, self.reading.hit = b"", -1
            self.bar.put("")
            self._refresh()
        else:
            super().action_back()

    # searching

    def action_filter(self) -> None:
        self.bar.box.take_keys()

    def on_query_bar_applied(self, event: QueryBar.Applied) -> None:
        self.bar.put(event.text)
        self.document.needle = event.text.lower().encode()
        self.reading.hit = -1
        self.set_focus(self.reading)
        if event.text:
            self.action_find(1)

    def action_find(self, by: int) -> None:
        """The next place of what is searched for, in windows that are still to be read, too."""
        if not self.document.needle:
            self.say("nothing is searched for: /")
            return
        line = self.document.find(self.reading.hit, by)
        if line >= 0:
            self.say("")
            self.reading.show_hit(line)
        elif by > 0 and not self.document.complete:
            self.say("searching ...")
            self._load(lambda: self.action_find(by))
        else:
            self.say("no further match")

    # saving

    def action_keep(self) -> None:
        """Save the whole stream, in the view and of the sides that are shown."""
        from tui.screens.ask import Line

        suffix = "txt" if self.document.view is View.HEX else "bin"
        what = "a hex listing" if self.document.view is View.HEX else "the bytes"
        path = self._folder / f"stream-{self._flow}.{suffix}"
        words = f"{what} of the sides shown, to the end   enter saves   esc goes back"
        self.app.push_screen(Line("save the stream", words, str(path), check_path), self._save_to)

    def _save_to(self, answer: str | None) -> None:
        if answer:
            path = Path(answer).expanduser()
            self.run_worker(lambda: self._save(path), thread=True, exit_on_error=False)

    def _save(self, path: Path) -> None:
        document = self.document
        view, side, unpack = document.view, document.side, document.unpack
        columns, sequences = packets_of(self.session, self._flow)
        follower = Follower(self.session.reader, columns, sequences)
        size = missing = 0
        try:
            with path.open("xb") as file:
                complete = False
                while not complete:
                    window = follower.more()
                    complete = window.complete
                    missing += window.missing
                    for turn in turns(window, unpack):
                        if side is None or turn.side == side:
                            size += file.write(as_bytes(turn, view))
        except (NettuiError, OSError) as error:
            self.app.call_from_thread(self.say, f"not saved: {error}", bad=True)
        else:
            lost = f"; {missing_text(missing)} in the capture" if missing else ""
            self.app.call_from_thread(self.say, f"saved {size:,} bytes to {path}{lost}")


def as_bytes(turn: Turn, view: View) -> bytes:
    """A turn as it is saved: the bytes themselves, or a listing of them."""
    if view is not View.HEX:
        return turn.data
    arrow = "<-" if turn.side else "->"
    head = f"{arrow} packet {turn.sequence + 1}" + (f": {missing_text(turn.gap)}" if turn.gap else "")
    return "\n".join([head, *hex_text(turn.data), ""]).encode()


def check_path(text: str) -> None:
    """Raises SaveError where no new file can be made."""
    path = Path(text).expanduser()
    if not text or is_there(path):
        raise SaveError(f"{printable(text) or 'nothing'} is there already" if text else "a file needs a name",
                        "choose another name")  # fmt: skip
    if not (is_folder(path.parent) and os.access(path.parent, os.W_OK)):
        raise SaveError(f"cannot write in {printable(str(path.parent))}", "choose another folder")


def packets_of(session: SessionLike, flow: int) -> tuple[Columns, NDArray[np.int64]]:
    """The packets of a flow that are kept, in capture order, and their sequence numbers."""
    rows = session.rows
    found = [first + np.flatnonzero(part.flow == flow) for first, part in rows.slices(rows.first, rows.end)]
    sequences = np.concatenate(found) if found and flow != NONE32 else np.empty(0, np.int64)
    return rows.take(sequences), sequences


def between(columns: Columns) -> str:
    """Both ends, the side whose packet came first at the left."""
    if not len(columns):
        return ""
    c, kind = columns, int(columns.kind[0])
    source = address_text(kind, int(c.src_hi[0]), int(c.src_lo[0]))
    target = address_text(kind, int(c.dst_hi[0]), int(c.dst_lo[0]))
    return f"{source}:{int(c.sport[0])} → {target}:{int(c.dport[0])}"
