"""FlowNames: what each flow called the server it talks to, from its own ClientHello, request or DNS question."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from tui.core.columns import NONE32, Columns
from tui.core.names import NameEvent

MAX_FLOWS = 65_536
"""Flows with names of their own; the one not named for the longest goes first."""
MAX_NAMES = 4
"""Names kept of one flow: a keep-alive connection may ask for several hosts."""


@dataclass(frozen=True, slots=True)
class NamedFlows:
    """The names of flows as they were known at a moment."""

    packets: int
    """Packets counted until then: of later ones there may be more to know."""
    names: dict[int, tuple[str, ...]]


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

    def newest(self, limit: int) -> dict[int, tuple[str, ...]]:
        """The names of the flows that were named last; a copy."""
        flows = islice(reversed(self._names), limit)
        return {flow: tuple(self._names[flow]) for flow in flows}

    def of(self, flow: int) -> list[str]:
        """The names of a flow, in the order in which they came."""
        return list(self._names.get(flow, ()))
