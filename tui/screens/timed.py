"""The live screen's keys of time: the chart's cursor and zoom, the window, jumps, and going back and forth."""

from __future__ import annotations

from tui.core.window import Window
from tui.screens.ask import Line
from tui.screens.moments import Here, Moment, parse
from tui.screens.panes import Panes
from tui.screens.past import Past
from tui.screens.travel import Travel
from tui.widgets.numbers import clock, long, stretch
from tui.widgets.rate_chart import RateChart
from tui.widgets.time_bar import speed_text

_ASK = "12:03:11   12:03   +90 s   -5 min   4711 (a packet)   start   end   esc back"


class TimedPanes(Panes):
    """What these keys need beside the panes: `past` and `travel`, which the live screen makes."""

    past: Past
    travel: Travel

    def filter_by(self, expression: str) -> None:
        """List the packets of a filter, of all protocols."""
        raise NotImplementedError

    def show_time(self) -> None:
        """Draw where one is; costs nothing where nothing is to be said."""
        window = self.past.window
        if self.chart.window is not window:
            self.chart.mark(window)
        self.list.stand(stretch(window) if window else "following", complete=self.travel.held)
        self.time_bar.show(self.travel.course())

    def place_list(self) -> None:
        """After another window was set: what is chosen stays chosen where it can."""
        window, chosen = self.past.window, self.list.chosen
        self.show_time()
        if self.travel.held and window is not None:
            if chosen is None or not window.first <= chosen < window.end:
                self.list.choose_position(0)
        elif not self.list.following:
            self.list.follow()

    # the chart

    def action_chart_zoom(self, by: int) -> None:
        self.chart.zoom(by)

    def action_chart_whole(self) -> None:
        self.say("the whole session" if self.chart.whole() else "the last minutes")

    def on_rate_chart_chosen(self, event: RateChart.Chosen) -> None:
        self.jump(Moment(time_ns=event.time_ns))

    def point_chart(self, sequence: int | None) -> None:
        """Show on the chart where the chosen packet is."""
        self.chart.point(self.past.time_of(sequence) or None)

    # the window

    def action_window_edge(self, side: int) -> None:
        """Begin (-1) or end (1) the window at the chart's cursor, or at the chosen packet."""
        place = self._edge()
        if place is None:
            self.say("choose a packet, or tab to the chart and move with ← →; [ begins a window there, ] ends it")
            return
        begins, ends = place
        window = self.past.window if self.travel.held else None
        start = None if window is None or window.whole else window.start_ns
        end = None if window is None else window.end_ns
        if side < 0:
            start, end = begins, end if end is not None and end > begins else None
        else:
            start, end = start if start is not None and start < ends else None, ends
        self.say(window_text(self.travel.hold(start, end)) + "   esc clears it")

    def _edge(self) -> tuple[int, int] | None:
        """From and to of what is pointed at."""
        if self.focused is self.chart:
            return self.chart.at()
        time_ns = self.past.time_of(self.list.chosen)
        return (time_ns, time_ns + 1) if time_ns else None

    # going somewhere

    def here(self) -> Here:
        whole = self.past.whole()
        at = self.past.time_of(self.list.chosen) or self.travel.position_ns
        return Here(at, whole.first_ns, whole.now_ns)

    def action_jump(self) -> None:
        """Ask for a time or a packet's number, and go there."""
        if not self.past.whole().first_ns:
            self.say("there is no packet yet")
            return
        here = self.here()
        self.app.push_screen(
            Line("go to", _ASK, "", lambda text: parse(text, here)),
            lambda text: self.jump(parse(text, here)) if text else None,
        )

    def action_jump_alert(self) -> None:
        """To the time of the chosen alert, among all packets."""
        alert = self.alerts.chosen
        if alert is None:
            self.say("there is no alert to go to")
            return
        self.filter_by("")
        self.jump(Moment(time_ns=alert.first_ns))

    def jump(self, moment: Moment) -> None:
        """Choose the first packet at a time, or one by its number; say so where it is not kept."""
        index, rows, window = self.past.index(), self.past.session.rows, self.past.window
        time_ns = moment.time_ns
        replay, held = self.travel.replay, self.travel.held
        if time_ns is not None and time_ns > index.now_ns and replay and not (replay.ended or held):
            self.travel.go(time_ns)
            self.say(f"reading on to {clock(time_ns)}")
            return
        sequence = moment.sequence if moment.sequence is not None else index.sequence(time_ns or 0)
        if not len(rows):
            self.say("there is no packet yet")
        elif sequence < rows.first:
            if time_ns is not None:
                self.chart.point(time_ns)
            self.say(f"packets not retained: they are from {clock(self.past.retained_since())} on", bad=True)
        elif moment.sequence is not None and sequence >= rows.end:
            self.say(f"there are {rows.end:,} packets", bad=True)
        elif window is not None and held and not window.first <= sequence < window.end:
            self.say("that lies outside the window; esc clears it", bad=True)
        else:
            if window is not None and not window.first <= sequence < window.end:
                self.travel.let_go()
            self._choose(min(sequence, rows.end - 1), sequence >= rows.end)

    def _choose(self, sequence: int, beyond: bool) -> None:
        self.refresh_list()
        self.list.choose(sequence)
        self.set_focus(self.list)
        chosen = self.list.chosen
        if chosen is None:
            self.say("no packet is listed there")
        elif beyond:
            self.say("nothing came after that: this is the last packet")
        elif chosen != sequence:
            self.say("this is the nearest that matches the filter")

    def refresh_list(self) -> None:
        """Take in what was published since."""
        raise NotImplementedError

    # back and forth

    def action_walk(self, seconds: int) -> None:
        """So many seconds back or forth in time."""
        newest = self.past.window is None
        if newest and self.travel.replay is None and seconds > 0:
            self.say("this is now; , and < go back")
            return
        self.travel.walk(seconds)
        if newest and seconds > 0:
            self.say("reading on, as fast as it goes; nothing is left out")
        else:
            self._say_where()

    def action_time_begin(self) -> None:
        self.travel.to_begin()
        self._say_where()

    def action_time_end(self) -> None:
        newest = self.past.window is None
        self.travel.to_end()
        if newest and self.travel.replay is not None and not self.travel.replay.ended:
            self.say("reading to the end, as fast as it goes; nothing is left out")
        else:
            self._say_where()

    def action_play(self) -> None:
        """Let the file, or the past, run on; or stop it."""
        if not self.travel.toggle():
            ended = self.travel.replay is not None
            self.say("the file has been read; , and < go back" if ended else "this is live; , and < go back")
            return
        self.say("playing" if self.travel.playing else "stopped; P plays on")
        self.show_time()

    def action_pace(self, by: int) -> None:
        self.say(f"speed {speed_text(self.travel.faster(by))}")
        self.show_time()

    def _say_where(self) -> None:
        self.show_time()
        window = self.past.window
        if window is None:
            at = self.travel.position_ns
            self.say("now" if self.travel.replay is None else f"the newest that was read: {clock(at)}")
        elif self.past.unretained:
            self.say(f"{window_text(window)}: {self.past.unretained}", bad=True)
        else:
            self.say(window_text(window))


def window_text(window: Window) -> str:
    """`window 12:03:11 to 12:04:40 (00:01:29), 12,334 packets`."""
    times = stretch(window) if window.whole else f"window {stretch(window)} ({long(window)})"
    return f"{times}, {len(window):,} packets"
