"""The live screen's detail: the chosen packet is dissected in a thread while one goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from textual.worker import get_current_worker

from tui.screens.ask import Line, Pick
from tui.screens.timed import TimedPanes
from tui.widgets.detail import Node
from tui.widgets.packet_list import PacketList

if TYPE_CHECKING:
    from tui.screens.copying import Form

Dissect = Callable[[bytes, int], Sequence[Node]]
"""From a packet's bytes and link type to the tree of its layers and fields; total."""


class DetailPanes(TimedPanes):
    """What it needs beside the panes: `dissect`, which the live screen is given."""

    dissect: Dissect

    def known_of(self, sequence: int, data: bytes) -> Sequence[Node]:
        """What is known of a packet beside its bytes. Called in a thread."""
        return ()

    def on_packet_list_opened(self, event: PacketList.Opened) -> None:
        if self.has_class("-detail"):
            self.set_focus(self.detail.fields)
        else:
            self.add_class("-detail")
            self._dissect_soon(event.sequence)

    def on_packet_list_moved(self, event: PacketList.Moved) -> None:
        self.point_chart(event.sequence)
        if event.sequence is None:
            self.close_detail()
        elif self.has_class("-detail"):
            self._dissect_soon(event.sequence)

    def _dissect_soon(self, sequence: int) -> None:
        """Dissect in a thread; what was asked for before is no longer wanted."""
        self.run_worker(partial(self._dissect_in_thread, sequence), thread=True, exclusive=True, group="dissect")

    def _dissect_in_thread(self, sequence: int) -> None:
        worker = get_current_worker()
        number = np.asarray([sequence])
        rows = self.past.rows
        if not rows.first <= sequence < rows.end:
            return
        frames = self.past.reader.read(number)
        data = frames.bytes_of(0)
        nodes = [*self.dissect(data, int(frames.linktype[0])), *self.known_of(sequence, data)]
        if not worker.is_cancelled:
            self.app.call_from_thread(self._show_detail, sequence, nodes, data)

    def _show_detail(self, sequence: int, nodes: Sequence[Node], data: bytes) -> None:
        self.detail.show(f"packet {sequence + 1:,}", nodes, data)

    def action_copy_as(self) -> None:
        """Ask in which form the chosen packet, or the chosen field of it, is copied."""
        from tui.screens import copying

        if self.list.chosen is None:
            self.list.move(0)
        sequence, rows = self.list.chosen, self.past.rows
        if sequence is None or not rows.first <= sequence < rows.end:
            self.say("there is no packet to copy")
            return
        frames = self.past.reader.read(np.asarray([sequence]))
        field, part = self.detail.chosen if self.has_class("-detail") else ("", b"")
        made = copying.forms(self.list.line(), field, part, frames.bytes_of(0))
        options = [*((form.name, form.words) for form in made), (copying.FILE, copying.FILE_WORDS)]
        self.app.push_screen(Pick("copy as", options), partial(self._copy, sequence, made))

    def _copy(self, sequence: int, made: Sequence[Form], name: str | None) -> None:
        from tui.screens import copying

        if name == copying.FILE:
            write = partial(copying.write, made)
            path = self.folder / f"packet-{sequence + 1}.txt"
            asked = Line("copy into a file", copying.ASKED, str(path), write)
            self.app.push_screen(asked, lambda path: self.say(f"wrote {path}") if path is not None else None)
        for form in made:
            if form.name == name:
                self.app.copy_to_clipboard(form.text)
                self.say(f"copied as {form.name}: {form.words}")
