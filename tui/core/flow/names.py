"""FlowNames: what each flow called the server it talks to, from its own ClientHello, request or DNS question."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from tui.core.columns import NONE32, Columns
from tui.core.names import NameEvent

MAX_FLOWS = 65_536
"""Flows with names of their own; the one not named for the longest goes first."""
MAX_NAMES = 4
"""Names kept of one flow: a keep-alive connection may ask for several hosts."""


class FlowNames:
    """Names by flow; bounded."""

    def __init__(self) -> None:
        self._names: OrderedDict[int, dict[str, None]] = OrderedDict()

    def add(self, events: Iterable[NameEvent], columns: Columns) -> None:
        """Remember the names of events that were read from `columns`."""
        for event in events:
            flow = int(columns.flow[event.row])
            if not event.name or flow == NONE32:
                continue
            names = self._names.setdefault(flow, {})
            if len(names) < MAX_NAMES:
                names.setdefault(event.name)
            self._names.move_to_end(flow)
            if len(self._names) > MAX_FLOWS:
                self._names.popitem(last=False)

    def encoded(self) -> dict[int, tuple[bytes, ...]]:
        """The names of every flow that has some; a copy."""
        return {flow: tuple(name.encode() for name in names) for flow, names in self._names.items()}

    def of(self, flow: int) -> list[str]:
        """The names of a flow, in the order in which they came."""
        return list(self._names.get(flow, ()))
