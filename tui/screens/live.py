"""The live screen: composes the panes, feeds them from the session, and turns keys into calls on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import ClassVar

import numpy as np
from textual.binding import BindingType

from tui.core.alert.alerts import Alert
from tui.core.columns import NONE32
from tui.core.snapshot import Health, Snapshot
from tui.errors import FilterError
from tui.screens import keys
from tui.screens.alerts import Verdicts, evidence, evidence_text, told, within
from tui.screens.comforts import Comforts
from tui.screens.contract import LearnerLike, ReplayLike, SessionLike
from tui.screens.deciding import Deciding
from tui.screens.detailing import DetailPanes, Dissect
from tui.screens.expressions import TYPING, completions, error_text, joined, protocol_expression, what_is_wrong
from tui.screens.listing import Describe, FilterLike, Listing
from tui.screens.looks import Looks
from tui.screens.messages import FollowStream
from tui.screens.names_of import named
from tui.screens.pace import Pace
from tui.screens.past import Past
from tui.screens.pointing import Pointing, pointed_at
from tui.screens.suggest import Protect
from tui.screens.telling import empty_text, match_text, recovery, trouble
from tui.screens.travel import Travel
from tui.widgets.alert_log import NONE, AlertLog, suspects
from tui.widgets.counters import Counters
from tui.widgets.detail import DetailTree
from tui.widgets.filter_bar import ALL, ProtocolSelector
from tui.widgets.query_bar import FilterInput, QueryBar

Compile = Callable[[str], FilterLike]
"""From the text of a display filter to the filter; raises FilterError."""
START_S = 3.0
"""So long after the first packets the numbers follow as soon as they are known: the list does, and one compares."""


class LiveScreen(Deciding, Comforts, DetailPanes):
    """Status, filter, chart, counters, packets, alerts, keys."""

    place = keys.LIVE
    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings())
    # Textual declares these two for instances, so ClassVar would not do
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-least"), (7, "-minute"), (10, "-low"), (18, "-short"), (32, "-tall"), (50, "-high"),
    ]  # fmt: skip

    def __init__(
        self,
        session: SessionLike,
        describe: Describe,
        compile_filter: Compile,
        dissect: Dissect,
        offered: Callable[[str], Sequence[keys.Key]],
        *,
        pace: Pace,
        display_filter: str = "",
        protocol: str | None = None,
        learner: LearnerLike | None = None,
        protect: Protect | None = None,
        replay: ReplayLike | None = None,
        looks: Looks | None = None,
        folder: Path = Path(),
    ) -> None:
        super().__init__(folder)
        self.dress(session, looks or Looks(), describe, compile_filter)
        self._session = self.past = Past(session)
        self.travel = Travel(self.past, replay, self._relist)
        self._describe = describe
        self._compile = compile_filter
        self.dissect = dissect
        self._offered = offered
        self._learner = learner if learner and learner.has_model else None
        self._pace = pace
        self.verdicts = Verdicts(self, session, self.say, protect)
        self._pointing = Pointing(self, self.say, self._apply)
        self.filter_text = display_filter
        self.protocol = protocol or ALL
        self.listing = Listing(self.past, describe, dressing=self.dressing)
        self._snapshot: Snapshot | None = None
        self._told_at = self._calm_at = 0.0
        self._named = False
        """Names are written in place of addresses."""

    def on_mount(self) -> None:
        self.filter_bar.box.completer = completions
        self.set_focus(self.list)
        if self.protocol != ALL:
            with self.prevent(ProtocolSelector.Selected):
                self.filter_bar.selector.select(self.protocol)
        self._apply(self.filter_text)
        self.key_bar.show(keys.footer(self._offered(keys.LIVE)))
        self.tick()

    # what is shown

    def tick(self) -> None:
        """Look at the session; draw what changed, as often as the link bears."""
        now = monotonic()
        snapshot = self._session.snapshot()
        if self._is_news(snapshot, now) or now - self._told_at >= self._pace.summary_s:
            self._told_at = now
            self._show_summary(snapshot)
        if self._pace.list_is_due(now):
            self._show_packets()

    def on_screen_resume(self) -> None:
        """Back from another screen, by a key: what is shown is of now, whatever that costs."""
        if self._snapshot is not None:
            self._told_at = float("-inf")
            self._show_packets()

    def _is_news(self, snapshot: Snapshot, now: float) -> bool:
        """What is not to wait for the next second: the first packets, another state."""
        last = self._snapshot
        first = last is not None and not last.packets and snapshot.packets > 0
        if first:
            self._calm_at = now + START_S
        if last is not None and now < self._calm_at and last.packets != snapshot.packets:
            return True
        if self.past.news:
            self.past.news = False
            return True
        return last is None or last.health != snapshot.health

    def _show_packets(self, *, changed: bool = False) -> None:
        self.listing.update(self._session.rows)
        if self.listing.unsettled:
            with self.list.held_still():
                self.listing.settle()
            self.list.redraw()
        if not len(self.listing):
            health = self._snapshot.health if self._snapshot else Health()
            self.list.empty_text = empty_text(self.past, health, self._offered(keys.LIVE))
        self.list.show(self.listing, changed=changed)

    def refresh_list(self) -> None:
        self._show_packets(changed=True)

    def _relist(self) -> None:
        """Another window: other packets, and other numbers."""
        self._apply(self.filter_text)
        self.place_list()
        self._told_at = 0.0

    def _show_summary(self, snapshot: Snapshot) -> None:
        before, self._snapshot = self._snapshot, snapshot
        if before is None or before.health != snapshot.health:
            self._tell_trouble(snapshot.health, before.health if before else None)
        self.status_bar.show(snapshot)
        if self._named:
            self._write_names()
        self.filter_bar.show([p.name for p in snapshot.protocols], match_text(self.listing))
        whole = self.past.whole()
        self.chart.show(whole.series, whole.complete_s, over=whole.over)
        self.show_time()
        if self._learner and (labels := self._learner.labels()):
            self.protocols.show_types(labels.traffic)
            self.talkers.show_types(labels.traffic, labels.unseen)
        if before is not snapshot:
            self.protocols.show(snapshot)
            self.talkers.show(snapshot)
        alerts = [alert for alert in snapshot.alerts if isinstance(alert, Alert)]
        if before is None or told(before) != told(snapshot):
            self.talkers.suspects = suspects(alerts)
            none = "none in this time" if snapshot.window else NONE
            self.alerts.show(alerts, snapshot.alert_counts, snapshot.quiet, snapshot.learning, none=none)
            self.show_alerted(alerts)
        self.redress()

    def _tell_trouble(self, health: Health, before: Health | None) -> None:
        """A state that is not well stays in the last line until a key is pressed, or until it is over."""
        if words := trouble(health):
            self.say(words, bad=True)
        elif words := recovery(health, before):
            self.say(words)

    # filters

    def _apply(self, text: str) -> bool:
        """Filter the list; an error keeps the old filter and says where it is."""
        try:
            if text:
                self._compile(text)
            whole = joined(protocol_expression(self.protocol), text)
            wanted = self._compile(whole) if whole else None
        except FilterError as error:
            self.filter_bar.mark_bad(True)
            self.say(error_text(error), bad=True)
            return False
        self.filter_text = text
        self.filter_bar.put(text)
        self.say("")
        self.listing.close()
        names = self.listing.names
        first_ns = self.listing.first_ns or self.past.whole().first_ns
        self.listing = Listing(self._session, self._describe, wanted, first_ns, self.dressing)
        self.listing.names = names
        self._show_packets(changed=True)
        protocols = [p.name for p in self._snapshot.protocols] if self._snapshot else []
        self.filter_bar.show(protocols, match_text(self.listing))
        return True

    def filter_by(self, expression: str) -> None:
        """List the packets of a filter that another screen wrote."""
        if self.protocol != ALL:
            self.protocol = ALL
            with self.prevent(ProtocolSelector.Selected):
                self.filter_bar.selector.select(ALL)
        self._apply(expression)
        self.set_focus(self.list)

    def on_query_bar_applied(self, event: QueryBar.Applied) -> None:
        if self._apply(event.text):
            self.set_focus(self.list)

    def on_query_bar_edited(self, event: QueryBar.Edited) -> None:
        """While one types: say what is wrong, apply nothing."""
        wrong = what_is_wrong(event.text, self._compile)
        self.filter_bar.mark_bad(bool(wrong))
        self.say(wrong or TYPING, bad=bool(wrong))

    def on_filter_input_offered(self, event: FilterInput.Offered) -> None:
        """What tab put in, what it means, and what the next ones would be."""
        (text, _, _, about), *more = event.offers
        self.say(f"{text}: {about}   tab: {'  '.join(offer[0] for offer in more[:8])}" if more else f"{text}: {about}")

    def on_protocol_selector_selected(self, event: ProtocolSelector.Selected) -> None:
        self.protocol = event.protocol
        self._apply(self.filter_text)

    def on_counters_chosen(self, event: Counters.Chosen) -> None:
        self._apply(event.expression)
        self.set_focus(self.list)

    def on_detail_tree_chosen(self, event: DetailTree.Chosen) -> None:
        self._apply(event.expression)

    def on_alert_log_chosen(self, event: AlertLog.Chosen) -> None:
        """The packets of its filter and its time; those that are its evidence are marked."""
        if event.alert.filter_display and self._apply(within(event.alert)):
            kept, gone = evidence(event.alert, self._session.rows.first)
            self.mark(self.list.marked | kept)
            self.set_focus(self.list)
            self.say(evidence_text(len(kept), gone))

    # keys that need the session

    def action_filter_by(self) -> None:
        """Filter by what is chosen in the pane that has the focus."""
        self._pointing.ask(pointed_at(self, self._session.rows), self.filter_text)

    def action_stream(self) -> None:
        """Read what the chosen packet's flow carried."""
        if self.list.chosen is None:
            self.list.move(0)
        sequence, rows = self.list.chosen, self._session.rows
        if sequence is None or not rows.first <= sequence < rows.end:
            return
        flow = int(rows.pick(np.asarray([sequence]), ["flow"])[0][0])
        if flow == NONE32:
            self.say("this packet belongs to no flow: there is no conversation to follow")
        else:
            self.post_message(FollowStream(flow))

    def action_names(self) -> None:
        """Write addresses, or the names that DNS answers gave them; nobody is asked."""
        self._named = self.dressing.named = not self._named
        self.say("names from DNS answers that were seen" if self._named else "addresses")
        self._write_names()

    def _write_names(self) -> None:
        names = self._session.ask("named", named) or {} if self._named else {}
        if names != self.listing.names or self.dressing.named != self.listing.named:
            self.listing.names, self.listing.named = names, self.dressing.named
            self.list.forget_rows()

    def action_follow(self) -> None:
        if self.travel.behind and self.list.following:
            self.travel.to_end()
        super().action_follow()
        self._show_packets(changed=True)

    def action_back(self) -> None:
        """One step back: out of the filter, the detail, the filter itself, to the newest packets."""
        if isinstance(self.focused, FilterInput):
            self.filter_bar.put(self.filter_text)
            self.say("")
            self.set_focus(self.list)
        elif self.maximized is not None:
            self.minimize()
        elif self.stop_finding():
            self.say("stopped")
        elif self.close_detail():
            pass
        elif self.focused is not self.list:
            self.set_focus(self.list)
        elif self.filter_text:
            self._apply("")
        elif self.protocol != ALL:
            self.filter_bar.selector.select(ALL)
        elif self.past.window is not None:
            self.travel.let_go()
        elif not self.list.following:
            self.action_follow()
