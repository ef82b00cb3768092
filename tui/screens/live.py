"""The live screen: composes the panes, feeds them from the session, and turns keys into calls on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widget import Widget

from tui.core.alerts import Alert
from tui.core.snapshot import Snapshot
from tui.errors import FilterError
from tui.screens import keys
from tui.screens.contract import SessionLike
from tui.screens.listing import Describe, FilterLike, Listing
from tui.screens.pace import Pace
from tui.widgets.alert_log import AlertLog, suspects
from tui.widgets.counters import Counters, Measure, Protocols, Subject, Talkers
from tui.widgets.filter_bar import ALL, FilterBar, FilterInput, ProtocolSelector
from tui.widgets.key_bar import KeyBar
from tui.widgets.packet_list import PacketList
from tui.widgets.rate_chart import Quantity, RateChart
from tui.widgets.status_bar import StatusBar

Compile = Callable[[str], FilterLike]
"""From the text of a display filter to the filter; raises FilterError."""


class LiveScreen(Screen[None]):
    """Status, filter, chart, counters, packets, alerts, keys."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings())
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-minute"), (10, "-low"), (18, "-short"), (32, "-tall")]  # noqa: RUF012

    def __init__(
        self,
        session: SessionLike,
        describe: Describe,
        compile_filter: Compile,
        offered: Callable[[], Sequence[keys.Key]],
        *,
        pace: Pace,
        display_filter: str = "",
        protocol: str | None = None,
    ) -> None:
        super().__init__()
        self._session = session
        self._describe = describe
        self._compile = compile_filter
        self._offered = offered
        self._pace = pace
        self._filter_text = display_filter
        self._protocol = protocol or ALL
        self.listing = Listing(session, describe)
        self._snapshot: Snapshot | None = None
        self._told_at = 0.0

    def compose(self) -> ComposeResult:
        yield StatusBar(id="status")
        yield FilterBar(id="bar")
        with Horizontal(id="strip"):
            yield RateChart(id="chart")
            yield Protocols(id="protocols")
            yield Talkers(id="talkers")
        yield PacketList(id="packets")
        yield AlertLog(id="alerts")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self.list.focus()
        if self._protocol != ALL:
            with self.prevent(ProtocolSelector.Selected):
                self.query_one(ProtocolSelector).select(self._protocol)
        self._apply(self._filter_text)
        self.query_one(KeyBar).show(keys.footer(self._offered()))
        self.tick()

    @property
    def list(self) -> PacketList:
        """The packet list."""
        return self.query_one("#packets", PacketList)

    # what is shown

    def tick(self) -> None:
        """Look at the session; draw what changed, as often as the link bears."""
        now = monotonic()
        if now - self._told_at >= self._pace.summary_s:
            self._told_at = now
            self._show_summary(self._session.snapshot())
        if self._pace.list_is_due(now):
            self._show_packets()

    def _show_packets(self, *, changed: bool = False) -> None:
        first_ns = self._snapshot.first_ns if self._snapshot else 0
        self.listing.update(self._session.rows, first_ns)
        self.list.show(self.listing, changed=changed)

    def _show_summary(self, snapshot: Snapshot) -> None:
        before, self._snapshot = self._snapshot, snapshot
        self.query_one(StatusBar).show(snapshot)
        self.query_one(FilterBar).show([p.name for p in snapshot.protocols], self._match_text())
        self.query_one(RateChart).show(snapshot.series, snapshot.now_ns // 1_000_000_000)
        if before is None or before.packets != snapshot.packets:
            self.query_one(Protocols).show(snapshot)
            self.query_one(Talkers).show(snapshot)
        alerts = [alert for alert in snapshot.alerts if isinstance(alert, Alert)]
        if before is None or before.alerts != snapshot.alerts:
            self.query_one(Talkers).suspects = suspects(alerts)
            self.query_one(AlertLog).show(alerts, snapshot.alert_counts)

    def _match_text(self) -> str:
        if not self.listing.filtered:
            return ""
        if self.listing.problem is not None:
            return f"{len(self.listing):,} match, stopped: {self.listing.problem}"
        looked = self.listing.progress
        return f"{len(self.listing):,} match" + ("" if looked is None else f", {looked:.0%} searched")

    def say(self, text: str, *, bad: bool = False) -> None:
        """A message in place of the keys, until the next key."""
        self.query_one(KeyBar).say(text, bad=bad)

    # filters

    def _apply(self, text: str) -> bool:
        """Filter the list; an error keeps the old filter and says where it is."""
        parts = [f"({part})" for part in (protocol_expression(self._protocol), text) if part]
        try:
            if text:
                self._compile(text)
            wanted = self._compile(" && ".join(parts)) if parts else None
        except FilterError as error:
            self.query_one(FilterBar).mark_bad(True)
            self.say(error_text(error), bad=True)
            return False
        self._filter_text = text
        self.query_one(FilterBar).put(text)
        self.say("")
        self.listing.close()
        self.listing = Listing(self._session, self._describe, wanted)
        self._show_packets(changed=True)
        self.query_one(FilterBar).show(
            [p.name for p in self._snapshot.protocols] if self._snapshot else [], self._match_text()
        )
        return True

    def on_filter_bar_applied(self, event: FilterBar.Applied) -> None:
        if self._apply(event.text):
            self.list.focus()

    def on_filter_bar_edited(self, event: FilterBar.Edited) -> None:
        """While one types: say what is wrong, apply nothing."""
        try:
            if event.text.strip():
                self._compile(event.text.strip())
        except FilterError as error:
            self.query_one(FilterBar).mark_bad(True)
            self.say(error_text(error), bad=True)
        else:
            self.query_one(FilterBar).mark_bad(False)
            self.say("enter applies   esc goes back   up and down recall")

    def on_protocol_selector_selected(self, event: ProtocolSelector.Selected) -> None:
        self._protocol = event.protocol
        self._apply(self._filter_text)

    def on_counters_chosen(self, event: Counters.Chosen) -> None:
        self._apply(event.expression)
        self.list.focus()

    def on_alert_log_chosen(self, event: AlertLog.Chosen) -> None:
        if event.alert.filter_display and self._apply(event.alert.filter_display):
            self.list.focus()

    # keys

    def on_key_bar_pressed(self, event: KeyBar.Pressed) -> None:
        self.call_later(self.run_action, event.action)

    def on_key(self) -> None:
        if not isinstance(self.focused, FilterInput):
            self.say("")

    def _mover(self) -> Widget:
        """The pane that up and down move in."""
        focused = self.focused
        return focused if isinstance(focused, Counters | AlertLog) else self.list

    def action_move(self, by: int) -> None:
        if isinstance(self.focused, FilterInput):
            self.focused.recall(by)
            return
        pane = self._mover()
        assert isinstance(pane, PacketList | Counters | AlertLog)
        pane.move(by)

    def action_page(self, by: int) -> None:
        pane = self._mover()
        if isinstance(pane, PacketList):
            pane.page(by)
        elif isinstance(pane, Counters | AlertLog):
            pane.move(by * 5)

    def action_first(self) -> None:
        self.list.choose_position(0)

    def action_follow(self) -> None:
        self.list.follow()
        self._show_packets(changed=True)

    def action_pause(self) -> None:
        if self.list.following:
            self.list.pause()
        else:
            self.action_follow()

    def action_open(self) -> None:
        pane = self._mover()
        if isinstance(self.focused, ProtocolSelector):
            self.list.focus()
        elif isinstance(pane, PacketList):
            pane.open()
        elif isinstance(pane, Counters | AlertLog):
            pane.choose()

    def action_back(self) -> None:
        if isinstance(self.focused, FilterInput):
            self.query_one(FilterBar).put(self._filter_text)
            self.say("")
            self.list.focus()
        elif self.focused is not self.list:
            self.list.focus()
        elif self._filter_text:
            self._apply("")
        elif self._protocol != ALL:
            self.query_one(ProtocolSelector).select(ALL)
        elif not self.list.following:
            self.action_follow()

    def action_filter(self) -> None:
        self.query_one(FilterInput).focus()

    def action_protocol(self) -> None:
        selector = self.query_one(ProtocolSelector)
        if selector.has_focus:
            selector.move(1)
        else:
            selector.focus()

    def action_subject(self) -> None:
        """Addresses, ports, pairs in turn; on a narrow screen the protocols come first."""
        talkers = self.query_one(Talkers)
        subjects = list(Subject)
        if self.has_class("-narrow") and not self.has_class("-talkers"):
            self.add_class("-talkers")
            talkers.count(subjects[0])
            return
        at = (subjects.index(talkers.subject) + 1) % len(subjects)
        if at == 0:
            self.remove_class("-talkers")
        talkers.count(subjects[at])

    def action_sort(self) -> None:
        for pane in self.query(Counters):
            pane.order_by(Measure.PACKETS if pane.measure is Measure.BYTES else Measure.BYTES)

    def action_quantity(self) -> None:
        chart = self.query_one(RateChart)
        chart.measure(Quantity.BYTES if chart.quantity is Quantity.PACKETS else Quantity.PACKETS)

    def action_copy(self) -> None:
        text = self.list.line()
        if text:
            self.app.copy_to_clipboard(text)
            self.say("copied: " + text)

    def action_mark(self) -> None:
        self.list.mark()

    def action_next_mark(self, by: int) -> None:
        self.list.next_mark(by)

    def action_zoom(self) -> None:
        if self.maximized is not None:
            self.minimize()
        elif self.focused is not None:
            self.maximize(self.focused)


_PROTOCOL_FIELDS = {"IP": "ip || ipv6", "ICMP": "icmp || icmpv6"}


def protocol_expression(name: str) -> str:
    """The display filter of a protocol that is chosen by name."""
    if name == ALL:
        return ""
    return _PROTOCOL_FIELDS.get(name, name.lower())


def error_text(error: FilterError) -> str:
    """One line: what is wrong, where, and what would mend it."""
    where = f" at {error.position + 1}" if error.position is not None else ""
    return f"{error.message}{where}" + (f"   {error.hint}" if error.hint else "")
