"""Here: captures that are read, decoded and counted by the process that follows their flows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tui.engine.files.reading import Files, Item, MakeCounting, Read

if TYPE_CHECKING:
    from tui.core.flow.records import FlowRecords


class Here:
    """As Apart, without a second process."""

    def __init__(self, files: Files, counting: MakeCounting | None = None) -> None:
        self._items = files.read()
        self._counting = counting() if counting else None

    def __iter__(self) -> Iterator[Item]:
        return self._items

    def done(self, read: Read, ended: FlowRecords | None = None) -> None:
        """A batch is followed: it is counted now, and so are the flows that ended by it."""
        if self._counting:
            self._counting.add(read.frames, read.columns)
        self._count_flows(ended)
        read.release()

    def finish(self, ended: FlowRecords | None = None) -> Any:
        """What was counted, once all is read and done, and the last flows have ended."""
        self._count_flows(ended)
        return self._counting.result() if self._counting else None

    def _count_flows(self, ended: FlowRecords | None) -> None:
        if self._counting and ended is not None:
            self._counting.add_flows(ended)

    def close(self) -> None:
        self._items.close()
