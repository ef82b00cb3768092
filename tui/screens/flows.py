"""The flows screen: every flow with its state, traffic and troubles; to its packets, to its stream."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.binding import BindingType
from textual.widgets import Input

from tui.core.flow.groups import MEASURES, By, group
from tui.core.flow.listed import FlowRows
from tui.core.flow.order import FlowFilterLike, FlowOrder, ends, expression, in_place, ordered
from tui.core.judged import NO_LABELS
from tui.errors import FilterError
from tui.screens import keys
from tui.screens.conditions import of_flow
from tui.screens.contract import LearnerLike, SessionLike
from tui.screens.expressions import TYPING, error_text, joined, what_is_wrong
from tui.screens.labels import LabelledFlows, asks_for_labels, named_flows
from tui.screens.looks import PlaceOf
from tui.screens.messages import FollowStream, ShowPackets
from tui.screens.names_of import named
from tui.screens.page import SearchedPage
from tui.screens.pointing import Pointing
from tui.widgets.flow_table import COLUMNS, FlowLines, FlowLook, facts, process_rank
from tui.widgets.group_table import GroupLines, GroupLook
from tui.widgets.query_bar import QueryBar

if TYPE_CHECKING:
    from tui.filters.flows import FlowFilter

MOST = 200_000
"""Flows asked for: more than the flow table and those that ended hold together."""


def all_flows(monitor: Any) -> FlowRows:
    """Asked of the worker: every flow, the newest first."""
    rows: FlowRows = monitor.flow_rows(limit=MOST, sort="first", descending=True)
    return rows


def compile_flows(text: str) -> FlowFilterLike:
    """Raises FilterError."""
    from tui.filters.flows import compile_flows

    return compile_flows(text)


class FlowsScreen(SearchedPage):
    """While nothing is chosen the list is sorted anew each second; a chosen flow holds the list still."""

    place = keys.FLOWS
    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings(keys.FLOWS))

    def __init__(
        self,
        session: SessionLike,
        offered: list[keys.Key],
        folder: Path,
        compile_filter: Callable[[str], FlowFilterLike] = compile_flows,
        learner: LearnerLike | None = None,
        place_of: PlaceOf | None = None,
    ) -> None:
        """`folder`: where rows are written unless one says otherwise."""
        super().__init__(session, offered, "filter of flows: ip.addr, tcp.port, dns ...")
        self._folder = folder
        self._learner = learner if learner and learner.has_model else None
        self._compile = compile_filter
        self._wanted: FlowFilterLike | None = None
        self.filter_text = ""
        self._rows: FlowRows | None = None
        self.order: FlowOrder | None = None
        self.still = False
        """The list keeps its order, and new flows stay out of it."""
        self._named = False
        self._pointing = Pointing(self, self.say, self._filter)
        self.look = FlowLook(self.table.glyphs)
        self.look.place_of = (lambda address: place_of(address).label) if place_of else None
        self._place_of = place_of
        self.by: By | None = None
        """What flows are put together by; None: they are listed one by one."""
        self.groups: GroupLines | None = None
        self.group_look = GroupLook(self.table.glyphs)

    # what is shown

    def refresh_body(self) -> None:
        rows = self.session.ask("flows", all_flows)
        self.look.owners = self.session.owners
        self.look.labels = (self._learner.labels() or NO_LABELS) if self._learner else None
        self.look.names = (self.session.ask("named", named) or {}) if self._named else {}
        if rows is not None and rows is not self._rows:
            self._rows = rows
            self._sort(anew=not self.still)
        elif rows is None:
            self.table.empty_text = "no flow yet"
            self.tick_soon()
        self._show_facts()

    def _sort(self, *, anew: bool = True) -> None:
        """Put the flows in order, or give those in the list their newer numbers."""
        if self._rows is None:
            return
        if anew or self.order is None:
            key = process_rank(self._rows, self.look.owners) if self.look.sort == "process" else None
            look = self.look
            self.order = ordered(self._rows, look.sort, look.descending, self._wanted, look.labels, key)
        else:
            self.order = in_place(self.order, self._rows)
        self.table.empty_text = "no flow matches; esc clears the filter" if self._wanted else "no flow yet"
        if self.by is None:
            self.table.show(FlowLines(self.order, self.look))
        else:
            self._show_groups(self.by)
        self.bar.say(f"{len(self.order):,} of {self._rows.total:,} flows" if self._wanted else "")
        self._say_state()

    def _show_groups(self, by: By) -> None:
        assert self._rows is not None
        assert self.order is not None
        self.groups = GroupLines(group(self._rows, self.order.order, by, self.look.owners), self.group_look)
        self.table.show(self.groups)

    def _sort_groups(self, by: int) -> None:
        at = MEASURES.index(self.group_look.sort)
        self.group_look.sort = MEASURES[(at + by) % len(MEASURES)]
        self.group_look.descending = True
        self._sort()

    def _say_state(self) -> None:
        if self.by is not None and self.groups is not None:
            self.table.title(f"flows by {self.by.value}", f"{len(self.groups):,}, enter lists its flows")
            return
        count, total = len(self.order or ()), self._rows.total if self._rows else 0
        if not self.still:
            self.table.title("flows", f"{count:,}, sorted each second")
            return
        held = f"{self.table.at + 1:,} of {count:,}" if self.table.at >= 0 else f"{count:,}"
        new = total - count if self._wanted is None else 0
        self.table.title("flows", f"{held}   held still" + (f", {new:,} new" if new > 0 else ""))

    def _show_facts(self) -> None:
        order, at = self.order, self.table.at
        if order is None or at < 0 or self.by is not None:
            self.facts.put([[(" choose a flow, and what is known of it stands here", "dim")]])
            return
        flow, index = order.identity(at), int(order.order[at])
        found = self.session.ask("names of a flow", lambda monitor: (flow, monitor.flow_names.of(flow)))
        names = found[1] if found is not None and found[0] == flow else ()
        owner = self.look.owners.owner(flow)
        places = self._places_of(order, index)
        self.facts.put(facts(order.rows, index, names, self.table.glyphs, self.look.labels, owner, places))

    def _places_of(self, order: FlowOrder, index: int) -> str:
        """Where both ends of a flow are, in full."""
        if self._place_of is None:
            return ""
        return " to ".join(self._place_of(address).words or "?" for address in ends(order.rows.flows, index))

    def on_table_moved(self) -> None:
        self.still = self.table.chosen is not None and self.by is None
        self._say_state()
        self._show_facts()

    # the filter

    def on_query_bar_applied(self, event: QueryBar.Applied) -> None:
        if self._filter(event.text):
            self.set_focus(self.table)

    def on_query_bar_edited(self, event: QueryBar.Edited) -> None:
        wrong = what_is_wrong(event.text, self._compile)
        self.bar.mark_bad(bool(wrong))
        self.say(wrong or TYPING, bad=bool(wrong))

    def _filter(self, text: str) -> bool:
        """List only the flows that match; an error keeps the old filter."""
        try:
            wanted = self._compile(text) if text else None
            if wanted is not None and asks_for_labels(text):
                wanted = LabelledFlows(cast("FlowFilter", wanted), self.session, text)
        except FilterError as error:
            self.bar.mark_bad(True)
            self.say(error_text(error), bad=True)
            return False
        self._wanted, self.filter_text = wanted, text
        self.bar.put(text)
        self.say("")
        self._sort()
        return True

    # keys

    def action_filter_by(self) -> None:
        """Filter the flows by what the chosen one has."""
        if self.groups is not None:
            self.action_open()
            return
        if self.table.at < 0:
            self.table.move(0)
        order, at = self.order, self.table.at
        self._pointing.ask(
            of_flow(order.rows.flows, int(order.order[at])) if order and at >= 0 else [], self.filter_text
        )

    def action_pause(self) -> None:
        """Hold the list still, or sort it each second again."""
        if self.still:
            self.table.let_go()
            self.still = False
            self._sort()
        else:
            self.still = True
            self._say_state()

    def action_column(self, by: int) -> None:
        """Sort by another column of those that are shown."""
        if self.groups is not None:
            self._sort_groups(by)
            return
        names = [column.sort for column, _ in self.look.shown(self.table.content_size.width) if column.sort != "place"]
        here = names.index(self.look.sort) if self.look.sort in names else -1
        self.look.sort = names[(here + by) % len(names)]
        text = {"protocol", "src", "dst", "state", "label", "process"}
        self.look.descending = self.look.sort not in text
        self._sort()
        title = next(column.title for column in COLUMNS if column.sort == self.look.sort)
        self.say(f"sorted by {title}")

    def action_turn(self) -> None:
        look = self.look if self.by is None else self.group_look
        look.descending = not look.descending
        self._sort()

    def action_names(self) -> None:
        """Addresses, or the names that DNS answers gave them."""
        self._named = not self._named
        self.say("names from DNS answers that were seen" if self._named else "addresses")
        self.tick_soon()

    def action_export(self) -> None:
        """Write the listed flows to a file, a line each."""
        from tui.screens.export import ExportDialog, FlowExport

        if self.order is None:
            self.say("no flow yet")
            return
        names = partial(self.session.ask, "flow names", named_flows)
        names()
        flows = self.order.rows.flows.select(self.order.order)
        what = FlowExport(flows, names, self.session.owners, self.look.labels)
        self.app.push_screen(ExportDialog(what, "flows", self._folder), self.tell)

    def action_group(self) -> None:
        """Put the flows together by host, service, process; then one by one again."""
        ways = [None, By.HOST, By.SERVICE, By.PROCESS]
        self._put_together(ways[(ways.index(self.by) + 1) % len(ways)])

    def _put_together(self, by: By | None) -> None:
        self.by, self.groups = by, None
        self.table.let_go()
        self.still = False
        self._sort()
        self.say("flows one by one" if by is None else f"flows by {by.value}: o goes on, enter lists the flows of one")

    def on_table_opened(self) -> None:
        """The flow's packets, in the list; of a group, its flows."""
        if self.groups is not None:
            chosen = self.groups.groups.expression(self.groups.group(self.table.at))
            self._put_together(None)
            if chosen:
                self._filter(joined(self.filter_text, chosen))
        elif self.order is not None:
            self.post_message(ShowPackets(expression(self.order.rows.flows, int(self.order.order[self.table.at]))))

    def action_stream(self) -> None:
        if self.groups is not None:
            self.say("choose a flow: enter lists those of this line")
            return
        if self.table.at < 0:
            self.table.move(0)
        if self.order is not None and self.table.at >= 0:
            self.post_message(FollowStream(self.order.identity(self.table.at)))

    def action_back(self) -> None:
        """Out of the filter line, the filter, the held list, the screen: one by one."""
        if isinstance(self.focused, Input):
            self.bar.put(self.filter_text)
            self.say("")
            self.set_focus(self.table)
        elif self.by is not None:
            self._put_together(None)
        elif self.filter_text:
            self._filter("")
        elif self.still:
            self.action_pause()
        else:
            super().action_back()
