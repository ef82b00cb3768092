"""The statistics screen: charts of the session, one at a time, that can be saved as text or as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import BindingType

from tui.core.columns import TcpFlag
from tui.export.drawing import svg
from tui.screens import keys
from tui.screens.contract import LearnerLike, SessionLike
from tui.screens.page import Page
from tui.screens.stream import check_path
from tui.store.rows import Rows
from tui.widgets.ink import Canvas, Piece
from tui.widgets.numbers import clock, stretch
from tui.widgets.plots import Packets, Plot, Statistics, draw

_SYN, _ACK = TcpFlag.SYN, TcpFlag.ACK
NS = 1_000_000_000
OF_PACKETS = frozenset((Plot.TRANSPORT, Plot.SIZES, Plot.SIZES_OVER_TIME, Plot.CONNECTIONS, Plot.COUNTS))
"""Charts of what packets themselves tell: of those that are kept, and saying so."""
NO_PACKETS = Packets(np.empty(0, np.int64), np.empty(0, np.uint32), np.empty(0, np.uint8), np.empty(0, np.bool_))


class PlotPane(Canvas, can_focus=True):
    """Draws one chart of what it was given last."""

    def __init__(self, *, id: str | None = None) -> None:
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

    def picture(self) -> str:
        """The chart as SVG, in the colours of the theme."""
        width, height = self.content_size
        base = self.rich_style
        drawn = (
            [Segment(text, base + self.ink(ink) if ink else base) for text, ink in line]
            for line in self.lines(width, height)
        )
        return svg(drawn, width, self.plot.value, base)

    @property
    def missing(self) -> str:
        """Why there is no chart yet, in the words that stand in its place; empty where there is one."""
        drawn = self.lines(*self.content_size)
        return "".join(text for text, _ in drawn[0]).strip() if len(drawn) == 1 else "" if drawn else "no chart yet"


class StatisticsScreen(Page):
    """Traffic is of the whole session; what packets themselves tell is of those that are kept, and says so."""

    place = keys.STATISTICS
    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings(keys.STATISTICS))

    def __init__(
        self, session: SessionLike, offered: Sequence[keys.Key], folder: Path, learner: LearnerLike | None = None
    ) -> None:
        """`folder`: where charts are written unless one says otherwise."""
        super().__init__(session, offered)
        self._folder = folder
        self._learner = learner
        self.pane = PlotPane(id="plot")
        self.plots = [plot for plot in Plot if learner is not None or plot is not Plot.ANOMALIES]

    def body(self) -> ComposeResult:
        yield self.pane

    def main(self) -> PlotPane:
        return self.pane

    def refresh_body(self) -> None:
        snapshot, rows = self.session.snapshot(), self.session.rows
        window = snapshot.window
        now_s = -(-window.end_ns // NS) if window else snapshot.complete_s
        # looking at the ranking is what has it made: only while it is on the screen
        ranking = self._learner.ranking() if self._learner and self.pane.plot is Plot.ANOMALIES else None
        packets = kept(rows) if self.pane.plot in OF_PACKETS else NO_PACKETS
        self.pane.data = Statistics(
            snapshot.series, now_s, snapshot.protocols, snapshot.pairs, packets, ranking, window
        )
        self._show()

    def _show(self) -> None:
        number = f"{self.plots.index(self.pane.plot) + 1} of {len(self.plots)}"
        self.pane.title(self.pane.plot.value, f"{self._about()}   {number}")
        self.pane.redraw()

    def _about(self) -> str:
        """Of what the chart is."""
        data, plot = self.pane.data, self.pane.plot
        if data is None:
            return ""
        if plot is Plot.ANOMALIES:
            ranking = data.ranking
            return f"{ranking.method} fitted on {ranking.fitted_on}, never an alert" if ranking else ""
        if plot in OF_PACKETS and len(times := data.kept.time_ns):
            return f"of {len(times):,} packets kept, since {clock(int(times[0]))}"
        return stretch(data.window) if data.window else "whole session"

    def action_turn(self, by: int) -> None:
        plots = self.plots
        self.pane.plot = plots[(plots.index(self.pane.plot) + by) % len(plots)]
        self.refresh_body()

    def action_move(self, by: int) -> None:
        self.action_turn(by)

    def action_keep(self, ending: str) -> None:
        """Save the chart as it is drawn: as text, or as SVG where the name says so."""
        from tui.screens.ask import Line

        if missing := self.pane.missing:
            self.say(f"nothing to save: {missing}", bad=True)
            return
        path = self._folder / f"{self.pane.plot.name.lower().replace('_', '-')}.{ending}"
        words = "a picture where the name ends in .svg, else text   enter saves   esc goes back"
        self.app.push_screen(Line("save the chart", words, str(path), check_path), self._save_to)

    def _save_to(self, answer: str | None) -> None:
        if not answer:
            return
        path = Path(answer).expanduser()
        made = self.pane.picture() if path.suffix.lower() == ".svg" else self.pane.text()
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(made)
        except OSError as error:
            self.say(f"not saved: {error}", bad=True)
        else:
            self.say(f"saved the chart to {path}")


def kept(rows: Rows) -> Packets:
    """What the charts count, of all packets that are kept."""
    parts = [part for _, part in rows.slices(rows.first, rows.end)]
    if not parts:
        return NO_PACKETS
    return Packets(
        np.concatenate([part.time_ns for part in parts]),
        np.concatenate([part.length for part in parts]),
        np.concatenate([part.ip_proto for part in parts]),
        np.concatenate([(part.tcp_flags & (_SYN | _ACK)) == _SYN for part in parts]),
    )
