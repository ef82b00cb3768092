"""Flows of captures with their names, in parts, as they end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import Columns, address_text
from tui.core.flow.names import FlowNames
from tui.core.flow.records import FlowRecords
from tui.core.flow.table import FlowTable
from tui.core.names import NameReader
from tui.core.namestable import NamesTable
from tui.engine.files.offline import OfflineRun
from tui.filters.flows import FlowFilter, compile_flows
from tui.filters.packets import Place

PART = 16_384
"""Flows that have ended are handed over once so many wait: memory stays bounded, and they come in order of time."""


class Names:
    """The names of flows: their own, else what DNS answers called the address they talk to."""

    def __init__(self) -> None:
        self.reader = NameReader()
        self.table = NamesTable()
        self.flows = FlowNames()

    def of(self, flow: int, dst: str) -> list[str]:
        named = self.flows.of(flow)
        if named:
            return named
        name = self.table.name_of(dst)
        return [name] if name else []


def read_named_flows(
    reading: OfflineRun, tell: Callable[[int, int, int | None], object], wanted: str = ""
) -> Iterator[tuple[FlowRecords, Names]]:
    """All IP flows of the captures that the display filter `wanted` matches. Raises FilterError.

    `tell` hears of packets read, the index of the file, and the position in it.
    """
    picked = compile_flows(wanted) if wanted else None
    table, names = FlowTable(collect=True), Names()
    for batch in reading.batches():
        table.update(batch.columns, batch.frames)
        events = names.reader.read(batch.frames, batch.columns).events
        names.table.add(events)
        names.flows.add(events, batch.columns)
        if table.waiting >= PART:
            yield _wanted(table.take_ended(), names, picked), names
        position = batch.frames.position
        done = batch.first_sequence + len(batch.columns)
        tell(done, batch.file, None if position is None or not len(position) else int(position[-1]))
    table.end_all()
    reading.left_out += table.left_out
    yield _wanted(table.take_ended(), names, picked), names


def _wanted(flows: FlowRecords, names: Names, picked: FlowFilter | None) -> FlowRecords:
    """Those over IP that the filter picks."""
    over_ip = flows.over_ip()
    if picked is None or not len(over_ip):
        return over_ip

    def named(columns: Columns) -> tuple[NDArray[np.int64], list[bytes]]:
        rows, texts = [], []
        ends = zip(
            columns.flow.tolist(), columns.kind.tolist(), columns.dst_hi.tolist(), columns.dst_lo.tolist(), strict=True
        )
        for row, (flow, kind, hi, lo) in enumerate(ends):
            found = names.of(flow, address_text(kind, hi, lo) or "")
            rows += [row] * len(found)
            texts += [name.encode() for name in found]
        return np.asarray(rows, np.int64), texts

    return over_ip.select(picked.match(over_ip, Place(labels={"nettui.name": named})))
