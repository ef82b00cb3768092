"""Labels: what the program knows of packets and flows beside their bytes, for filters that ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import Columns
from tui.core.flow.names import MAX_FLOWS, NamedFlows
from tui.core.flow.records import FlowRecords
from tui.screens.contract import SessionLike
from tui.store.rows import Rows

if TYPE_CHECKING:
    from tui.filters.flows import FlowFilter

Label = Callable[[Columns], tuple[NDArray[np.int64], list[bytes]]]
PROCESS, NAME, ALERT = "nettui.process", "nettui.name", "nettui.alert"


def labels(session: SessionLike, text: str) -> Mapping[str, Label]:
    """The labels that a filter of this text asks for."""
    found: dict[str, Label] = {}
    if PROCESS in text:
        owners = session.owners
        found[PROCESS] = lambda columns: owners.texts(columns.flow)
    if NAME in text:
        told = session.ask("flow names", named_flows)
        names = told.names if told else {}
        found[NAME] = lambda columns: _names_of(names, columns)
    return found


def named_flows(monitor: Any) -> NamedFlows:
    """Asked of the worker: the names of all flows that have some; a copy."""
    told: NamedFlows = monitor.named_flows(limit=MAX_FLOWS)
    return told


def known_rows(session: SessionLike) -> Rows:
    """The packets of which the names are known that a filter may ask for: those counted when they were told last."""
    rows, told = session.rows, session.ask("flow names", named_flows)
    if told is None:
        return replace(rows, first=rows.end)
    return replace(rows, end=max(rows.first, min(rows.end, told.packets)))


def _names_of(names: Mapping[int, tuple[str, ...]], columns: Columns) -> tuple[NDArray[np.int64], list[bytes]]:
    rows: list[int] = []
    texts: list[bytes] = []
    for row, flow in enumerate(columns.flow.tolist()):
        for name in names.get(flow, ()):
            rows.append(row)
            texts.append(name.encode())
    return np.asarray(rows, np.int64), texts


def asks_for_labels(text: str) -> bool:
    """Whether a filter asks for anything that is not in the bytes."""
    return PROCESS in text or NAME in text


def asks_for_alerts(text: str) -> bool:
    """Whether a filter asks for the packets that show an alert: known only when it is raised."""
    return ALERT in text


class LabelledFlows:
    """A filter of flows that knows their labels as they are now."""

    def __init__(self, wanted: FlowFilter, session: SessionLike, text: str) -> None:
        self._wanted = wanted
        self._session = session
        self._text = text

    def match(self, flows: FlowRecords) -> NDArray[np.bool_]:
        from tui.filters import Place

        return self._wanted.match(flows, Place(labels=labels(self._session, self._text)))
