"""What keys do on the live screen: every action turns into one call on one pane."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen

from tui.screens.alerts import AlertPane
from tui.widgets.alert_log import AlertLog
from tui.widgets.counters import Counters, Measure, Protocols, Subject, Talkers
from tui.widgets.detail import Detail, DetailTree, HexView
from tui.widgets.filter_bar import FilterBar, ProtocolSelector
from tui.widgets.key_bar import KeyBar
from tui.widgets.packet_list import PacketList
from tui.widgets.query_bar import FilterInput
from tui.widgets.rate_chart import Quantity, RateChart
from tui.widgets.status_bar import StatusBar
from tui.widgets.time_bar import TimeBar

Pane = PacketList | Counters | AlertLog | DetailTree | HexView


class Panes(Screen[None]):
    """The live screen's panes and the keys that act on them alone."""

    ALLOW_IN_MAXIMIZED_VIEW = "#status, #bar, #time, #keys"
    """Beside a pane that has the screen: what was lost is always told, and who types a filter sees it."""
    ESCAPE_TO_MINIMIZE = False  # it leaves the filter first

    def __init__(self, folder: Path) -> None:
        """`folder`: where files go unless one says otherwise."""
        super().__init__()
        self.folder = folder
        self.status_bar = StatusBar(id="status")
        self.filter_bar = FilterBar(id="bar")
        self.chart = RateChart(id="chart")
        self.protocols = Protocols(id="protocols")
        self.talkers = Talkers(id="talkers")
        self.list = PacketList(id="packets")
        self.detail = Detail(id="detail")
        self.alerts = AlertPane(id="alerts")
        self.time_bar = TimeBar(id="time")
        self.key_bar = KeyBar(id="keys")

    def compose(self) -> ComposeResult:
        yield self.status_bar
        yield self.filter_bar
        with Horizontal(id="strip"):
            yield self.chart
            yield self.protocols
            yield self.talkers
        yield self.list
        yield self.detail
        yield self.alerts
        yield self.time_bar
        yield self.key_bar

    @property
    def pane(self) -> Pane:
        """The pane that up, down and enter act on."""
        focused = self.focused
        return focused if isinstance(focused, Counters | AlertLog | DetailTree | HexView) else self.list

    def say(self, text: str, *, bad: bool = False) -> None:
        """A message in place of the keys, until the next key."""
        self.key_bar.say(text, bad=bad)

    def on_key(self) -> None:
        if not isinstance(self.focused, FilterInput):
            self.say("")

    def on_key_bar_pressed(self, event: KeyBar.Pressed) -> None:
        self.call_later(self.run_action, event.action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Inside the filter `/` is a character."""
        return not (action == "filter" and isinstance(self.focused, FilterInput))

    # moving

    def action_move(self, by: int) -> None:
        if isinstance(self.focused, FilterInput):
            self.focused.recall(by)
        else:
            self.pane.move(by)

    def action_page(self, by: int) -> None:
        pane = self.chart if self.focused is self.chart else self.pane
        if isinstance(pane, PacketList | RateChart):
            pane.page(by)
        else:
            pane.move(by * max(1, pane.content_size.height - 1))

    def action_aside(self, by: int) -> None:
        """Left and right: the next protocol, a byte on, a layer closed or opened."""
        focused = self.focused
        if isinstance(focused, ProtocolSelector | RateChart):
            focused.move(by)
        elif isinstance(focused, HexView):
            focused.step(by)
        elif isinstance(focused, DetailTree):
            focused.fold(by > 0)

    def action_first(self) -> None:
        self.list.choose_position(0)

    def action_follow(self) -> None:
        self.list.follow()

    def action_pause(self) -> None:
        if self.list.following:
            self.list.pause()
        else:
            self.action_follow()

    def action_open(self) -> None:
        pane = self.pane
        if isinstance(self.focused, ProtocolSelector):
            self.set_focus(self.list)
        elif isinstance(self.focused, RateChart):
            self.focused.choose()
        elif isinstance(pane, PacketList):
            pane.open()
        elif isinstance(pane, DetailTree | Counters | AlertLog):
            pane.choose()

    # what is shown

    def action_filter(self) -> None:
        """Of alerts while they have the focus, else of packets."""
        if self.alerts.has_focus:
            self.alerts.ask_filter()
        else:
            self.filter_bar.box.take_keys()

    def action_protocol(self) -> None:
        selector = self.filter_bar.selector
        if selector.has_focus:
            selector.move(1)
        else:
            self.set_focus(selector)

    def action_subject(self) -> None:
        """Addresses, ports, pairs in turn, and what a model says; on a narrow screen the protocols come first."""
        talkers = self.talkers
        subjects = [subject for subject in Subject if subject is not Subject.TYPES or talkers.typed]
        if self.has_class("-narrow") and not self.has_class("-talkers"):
            self.add_class("-talkers")
            talkers.count(subjects[0])
            return
        at = (subjects.index(talkers.subject) + 1) % len(subjects)
        if at == 0:
            self.remove_class("-talkers")
        talkers.count(subjects[at])

    def action_sort(self) -> None:
        for pane in (self.protocols, self.talkers):
            pane.order_by(Measure.PACKETS if pane.measure is Measure.BYTES else Measure.BYTES)

    def action_quantity(self) -> None:
        chart = self.chart
        chart.measure(Quantity.BYTES if chart.quantity is Quantity.PACKETS else Quantity.PACKETS)

    def action_zoom(self) -> None:
        if self.maximized is not None:
            self.minimize()
        else:
            self.maximize(self.chart if self.focused is self.chart else self.pane)

    # one packet

    def action_copy(self) -> None:
        """The line of the pane as text: a packet's row, a field."""
        pane = self.pane
        text = pane.line() if isinstance(pane, PacketList | DetailTree) else ""
        if text:
            self.app.copy_to_clipboard(text)
            self.say(f"copied: {text}")

    def action_mark(self) -> None:
        self.list.mark()

    def action_next_mark(self, by: int) -> None:
        self.list.next_mark(by)

    def close_detail(self) -> bool:
        """Close the detail; False when it was not open."""
        if not self.has_class("-detail"):
            return False
        self.remove_class("-detail")
        if isinstance(self.focused, DetailTree | HexView):
            self.set_focus(self.list)
        return True
