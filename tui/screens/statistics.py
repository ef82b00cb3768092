"""The statistics screen: charts of the session, one at a time, that can be saved as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.binding import BindingType

from tui.core.columns import TcpFlag
from tui.screens import keys
from tui.screens.contract import SessionLike
from tui.screens.page import Page
from tui.screens.stream import check_path
from tui.store.rows import Rows
from tui.widgets.ink import Canvas, Piece
from tui.widgets.numbers import clock
from tui.widgets.plots import Packets, Plot, Statistics, draw

_SYN, _ACK = TcpFlag.SYN, TcpFlag.ACK


class PlotPane(Canvas, can_focus=True):
    """Draws one chart of what it was given last."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.plot = Plot.TRAFFIC
        self.data: Statistics | None = None

    def lines(self, width: int, height: int) -> Sequence[Sequence[Piece]]:
        return draw(self.plot, self.data, width, height, self.glyphs) if self.data else []

    def paint(self, width: int, height: int) -> Iterator[Sequence[Piece]]:
        yield from self.lines(width, height)

    def text(self) -> str:
        """The chart as plain text."""
        drawn = self.lines(*self.content_size)
        return "\n".join([self.plot.value, *("".join(text for text, _ in line).rstrip() for line in drawn), ""])


class StatisticsScreen(Page):
    """Traffic is of the whole session; what packets themselves tell is of those that are kept, and says so."""

    place = keys.STATISTICS
    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings(keys.STATISTICS))

    def __init__(self, session: SessionLike, offered: Sequence[keys.Key]) -> None:
        super().__init__(session, offered)
        self.pane = PlotPane(id="plot")

    def body(self) -> ComposeResult:
        yield self.pane

    def main(self) -> PlotPane:
        return self.pane

    def refresh_body(self) -> None:
        snapshot, rows = self.session.snapshot(), self.session.rows
        self.pane.data = Statistics(snapshot.series, snapshot.now_ns // 10**9, snapshot.protocols, kept(rows))
        self._show()

    def _show(self) -> None:
        plots = [*Plot]
        number = f"{plots.index(self.pane.plot) + 1} of {len(plots)}"
        whole = self.pane.plot in (Plot.TRAFFIC, Plot.PROTOCOLS)
        times = self.pane.data.kept.time_ns if self.pane.data else np.empty(0, np.int64)
        since = f"of {len(times):,} packets kept, since {clock(int(times[0]))}" if len(times) else ""
        self.pane.title(self.pane.plot.value, f"{'whole session' if whole else since}   {number}")
        self.pane.redraw()

    def action_turn(self, by: int) -> None:
        plots = [*Plot]
        self.pane.plot = plots[(plots.index(self.pane.plot) + by) % len(plots)]
        self._show()

    def action_move(self, by: int) -> None:
        self.action_turn(by)

    def action_keep(self) -> None:
        """Save the chart as it is drawn."""
        from tui.screens.ask import Line

        path = Path.cwd() / f"{self.pane.plot.name.lower()}.txt"
        words = "the chart as text   enter saves   esc goes back"
        self.app.push_screen(Line("save the chart", words, str(path), check_path), self._save_to)

    def _save_to(self, answer: str | None) -> None:
        if not answer:
            return
        path = Path(answer).expanduser()
        try:
            with path.open("x") as file:
                file.write(self.pane.text())
        except OSError as error:
            self.say(f"not saved: {error}", bad=True)
        else:
            self.say(f"saved the chart to {path}")


def kept(rows: Rows) -> Packets:
    """What the charts count, of all packets that are kept."""
    parts = [part for _, part in rows.slices(rows.first, rows.end)]
    if not parts:
        nothing = np.empty(0, np.int64)
        return Packets(nothing, nothing.astype(np.uint32), nothing.astype(np.uint8), nothing.astype(np.bool_))
    return Packets(
        np.concatenate([part.time_ns for part in parts]),
        np.concatenate([part.length for part in parts]),
        np.concatenate([part.ip_proto for part in parts]),
        np.concatenate([(part.tcp_flags & (_SYN | _ACK)) == _SYN for part in parts]),
    )
