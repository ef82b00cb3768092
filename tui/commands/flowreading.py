"""Flows of captures with their names, in parts, as they end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tui.core.flow.names import FlowNames
from tui.core.flow.records import FlowRecords
from tui.core.flow.table import FlowTable
from tui.core.names import NameReader
from tui.core.namestable import NamesTable
from tui.engine.files.offline import OfflineRun

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
    reading: OfflineRun, tell: Callable[[int, int, int | None], object]
) -> Iterator[tuple[FlowRecords, Names]]:
    """All IP flows of the captures; `tell` hears of packets read, the index of the file, and the position in it."""
    table, names = FlowTable(collect=True), Names()
    for batch in reading.batches():
        table.update(batch.columns, batch.frames)
        events = names.reader.read(batch.frames, batch.columns).events
        names.table.add(events)
        names.flows.add(events, batch.columns)
        if table.waiting >= PART:
            yield _ip(table.take_ended()), names
        position = batch.frames.position
        done = batch.first_sequence + len(batch.columns)
        tell(done, batch.file, None if position is None or not len(position) else int(position[-1]))
    table.end_all()
    yield _ip(table.take_ended()), names


def _ip(flows: FlowRecords) -> FlowRecords:
    return flows.select(FlowTable.is_ip(flows))
