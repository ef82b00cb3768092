"""The names screen: what was asked of DNS, and which servers TLS and HTTP were asked for. Nothing is ever sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.widgets import Input

from tui.core.namestable import NameRow
from tui.core.text import printable
from tui.screens import keys
from tui.screens.contract import SessionLike
from tui.screens.messages import ShowPackets
from tui.screens.page import SearchedPage
from tui.widgets.name_table import COLUMNS, KINDS, NameLines, facts, shown
from tui.widgets.query_bar import QueryBar

_FIELDS = {
    "dns": "dns.qry.name", "sni": "tls.handshake.extensions_server_name", "http": "http.host",
    "url": "http.request.full_uri",
}  # fmt: skip
_HINT = " choose a name, and who asked for it stands here"
_TEXT = {"kind", "name"}


def all_names(monitor: Any) -> list[NameRow]:
    """Asked of the worker: every name that is kept."""
    rows: list[NameRow] = monitor.names.rows()
    return rows


class NamesScreen(SearchedPage):
    """While nothing is chosen the list is sorted anew each second; a chosen name holds the list still."""

    place = keys.NAMES
    BINDINGS: ClassVar[list[BindingType]] = list(keys.bindings(keys.NAMES))

    def __init__(self, session: SessionLike, offered: Sequence[keys.Key], folder: Path) -> None:
        """`folder`: where rows are written unless one says otherwise."""
        super().__init__(session, offered, "part of a name, a client, an address")
        self._folder = folder
        self._rows: list[NameRow] = []
        self._listed: list[NameRow] = []
        self.kind = ""
        self.text = ""
        self.sort = "count"
        self.descending = True

    # what is shown

    def refresh_body(self) -> None:
        rows = self.session.ask("all names", all_names)
        if rows is not None and rows is not self._rows:
            self._rows = rows
            self._list(anew=self.table.chosen is None)
        elif rows is None:
            self.table.empty_text = "no name was seen yet"
            self.tick_soon()

    def _list(self, *, anew: bool = True) -> None:
        """Put the names in order, or give those in the list their newer numbers."""
        if anew:
            key = next(column.key for column in COLUMNS if column.name == self.sort)
            picked = [row for row in self._rows if wanted(row, self.kind, self.text)]
            self._listed = sorted(picked, key=key, reverse=self.descending)
        else:
            newer = {(row.kind, row.name): row for row in self._rows}
            again = (newer.get((row.kind, row.name)) for row in self._listed)
            self._listed = [row for row in again if row is not None]
        searched = bool(self.kind or self.text)
        self.table.empty_text = "no name matches; esc clears the search" if searched else "no name was seen yet"
        self.table.show(NameLines(self._listed, self.sort, self.descending, self.table.glyphs))
        self.bar.say(f"{len(self._listed):,} of {len(self._rows):,} names" if searched else "")
        self._say_state()

    def _say_state(self) -> None:
        title = f"names: {KINDS[self.kind]}" if self.kind else "names"
        at = self.table.at
        held = f"{at + 1:,} of {len(self._listed):,}   held still"
        self.table.title(title, held if at >= 0 else f"{len(self._listed):,}")
        self.facts.put(facts(self._listed[at]) if at >= 0 else [[(_HINT, "dim")]])

    def on_table_moved(self) -> None:
        self._say_state()

    # keys

    def action_export(self) -> None:
        """Write the listed names to a file, a line each."""
        from tui.screens.export import ExportDialog, NameExport

        self.app.push_screen(ExportDialog(NameExport(tuple(self._listed)), "names", self._folder), self.tell)

    def on_query_bar_edited(self, event: QueryBar.Edited) -> None:
        """The list narrows while one types."""
        self._search(event.text.strip())
        self.say("enter goes to the list   esc goes back")

    def on_query_bar_applied(self, event: QueryBar.Applied) -> None:
        self.bar.put(event.text)
        self._search(event.text)
        self.say("")
        self.set_focus(self.table)

    def _search(self, text: str) -> None:
        self.text = text
        self._anew()

    def _anew(self) -> None:
        """Another order or selection: nothing is chosen any more."""
        self.table.let_go()
        self._list()

    def action_kind(self) -> None:
        """All names, then one kind after the other."""
        kinds = ["", *KINDS]
        self.kind = kinds[(kinds.index(self.kind) + 1) % len(kinds)]
        self._anew()

    def action_column(self, by: int) -> None:
        """Sort by another column of those that are shown."""
        names = [column.name for column, _ in shown(self.table.content_size.width)]
        here = names.index(self.sort) if self.sort in names else -1
        self.sort = names[(here + by) % len(names)]
        self.descending = self.sort not in _TEXT
        self._anew()

    def action_turn(self) -> None:
        self.descending = not self.descending
        self._anew()

    def copied(self) -> str:
        """The name alone."""
        return printable(self._listed[self.table.at].name) if self.table.at >= 0 else ""

    def on_table_opened(self) -> None:
        """The packets that carry the name, in the list."""
        self.post_message(ShowPackets(expression(self._listed[self.table.at])))

    def action_back(self) -> None:
        """Out of the search line, the search, the kind, the held list, the screen: one by one."""
        if isinstance(self.focused, Input):
            self.set_focus(self.table)
        elif self.text:
            self.bar.put("")
            self._search("")
        elif self.kind:
            self.kind = ""
            self._anew()
        elif self.table.chosen is not None:
            self._anew()
        else:
            super().action_back()


def wanted(row: NameRow, kind: str, text: str) -> bool:
    """Whether a name is of the kind, and it or who asked for it contains the text."""
    if kind and row.kind != kind:
        return False
    low = text.lower()
    return not low or any(low in part.lower() for part in (row.name, row.detail, *row.clients, *row.addresses))


def expression(row: NameRow) -> str:
    """The display filter of the packets that carry a name."""
    quoted = row.name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{_FIELDS[row.kind]} == "{quoted}"'
