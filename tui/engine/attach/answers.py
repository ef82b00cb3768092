"""What a looker may ask of a session: how it stands, rows since, bytes of packets, lists of the model. Read only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tui.core.alert.nearness import Near
from tui.core.alert.response import Guard
from tui.core.alert.windowed import Told
from tui.core.columns import DTYPES
from tui.core.flow.listed import FlowRows
from tui.core.flow.names import NamedFlows
from tui.core.flow.owners import NOBODY, Owners
from tui.core.frames import FrameReader
from tui.core.namestable import NameRow
from tui.core.snapshot import Snapshot
from tui.engine.attach.values import Arrays, Interface, WireError, plain
from tui.engine.attach.wire import Message
from tui.store.rows import Rows

T = TypeVar("T")
ROWS = 32_768
"""Rows of one answer, about 4 MB."""
PACKETS = 1_024
"""Packets whose bytes one answer holds, at most; also bounded by BYTES."""
BYTES = 4 << 20
FLOWS = 20_000
"""Flows of one answer, about 7 MB."""
COLUMNS = tuple(name for name in DTYPES if name != "locator")
"""What travels of a row; where its bytes lie is of no use elsewhere."""


@dataclass(frozen=True, slots=True)
class Call:
    """A list of the model: the path of the method, and the type of what it gives."""

    path: str
    gives: Any
    most: str = ""
    """The argument that is bounded by FLOWS."""


CALLS = {
    call.path: call
    for call in (
        Call("flow_rows", FlowRows, most="limit"),
        Call("names.rows", list[NameRow]),
        Call("names.named", dict[str, str]),
        Call("flow_names.of", list[str]),
        Call("named_flows", NamedFlows, most="limit"),
        Call("near", list[Near]),
        Call("trusted", Guard),
        Call("told_alerts", Told, most="limit"),
    )
}
"""All that screens ask of the model, which is why the same screens work from afar."""


class Looked(Protocol):
    """What is looked at: `tui.engine.session.Session`."""

    source: Any
    reader: Any

    @property
    def rows(self) -> Rows: ...

    @property
    def owners(self) -> Owners: ...

    @property
    def ended(self) -> bool: ...

    def snapshot(self) -> Snapshot: ...

    def ask(self, key: str, build: Callable[[Any], T]) -> T | None: ...


@dataclass(slots=True)
class Answers:
    """The answers to one looker, who has been told some of it already."""

    session: Looked
    who: int
    """Tells this looker's questions to the worker from those of others."""
    _told: Snapshot | None = None
    _owners: Owners = NOBODY

    def answer(self, message: Message) -> tuple[dict[str, Any], Arrays]:
        """Raises WireError where nothing of the kind can be asked."""
        asked = message.head.get("ask")
        if asked == "look":
            return self._look(message.head.get("rows"))
        if asked == "bytes" and len(message.arrays) == 1:
            return self._bytes(message.arrays[0])
        if asked == "call":
            return self._call(message.head)
        raise WireError(f"nobody can ask for {asked!r}")

    def _look(self, since: object) -> tuple[dict[str, Any], Arrays]:
        """The snapshot, where it is a new one, and rows from a sequence number on."""
        if not isinstance(since, int) or isinstance(since, bool) or not 0 <= since < 1 << 62:
            raise WireError("no sequence number")
        ended, rows, snapshot = self.session.ended, self.session.rows, self.session.snapshot()
        arrays: Arrays = []
        head: dict[str, Any] = {"ended": ended, "first": rows.first, "end": rows.end}
        if snapshot is not self._told:
            before = self._told
            head["snapshot"] = plain(_unlike(snapshot, before), arrays)
            head["same alerts"] = before is not None and snapshot.alerts == before.alerts
            interfaces = [Interface(i.name, getattr(i, "description", "")) for i in self.session.source.interfaces]
            head["interfaces"] = plain(interfaces, arrays)
            self._told = snapshot
        if (owners := self.session.owners) is not self._owners:
            head["owners"] = plain(owners, arrays)
            self._owners = owners
        start = min(max(since, rows.first), rows.end)
        part = next(iter(rows.slices(start, min(rows.end, start + ROWS))), None)
        head |= {"start": start, "columns": len(arrays)}
        if part is not None:
            arrays += [getattr(part[1], name) for name in COLUMNS]
        return head, arrays

    def _bytes(self, wanted: NDArray[Any]) -> tuple[dict[str, Any], Arrays]:
        """The captured bytes of as many of the wanted packets as fit into one answer; at least one."""
        if wanted.dtype != np.int64 or not len(wanted):
            raise WireError("no sequence numbers")
        sequences = wanted[:PACKETS]
        rows, reader = self.session.rows, self.session.reader
        kept = (sequences >= rows.first) & (sequences < rows.end)
        size = np.zeros(len(sequences), np.int64)
        size[kept] = rows.pick(sequences[kept], ("caplen",))[0]
        fit = max(1, int(np.searchsorted(np.cumsum(size), BYTES, "right")))
        frames = _read(reader, sequences[:fit])
        packed = np.frombuffer(b"".join(frames.bytes_of(i) for i in range(len(frames))), np.uint8)
        return {}, [np.ascontiguousarray(frames.caplen), packed]

    def _call(self, head: dict[str, Any]) -> tuple[dict[str, Any], Arrays]:
        """What the model gave in the worker, a second ago at most; "later" until it has."""
        path, arguments, named = head.get("path"), head.get("arguments"), head.get("named")
        call = CALLS.get(path) if isinstance(path, str) else None
        if call is None or not isinstance(arguments, list) or not isinstance(named, dict):
            raise WireError(f"no list {path!r}")
        if call.most:
            most = named.get(call.most)
            arguments, named = [], {**named, call.most: max(0, min(most, FLOWS)) if isinstance(most, int) else FLOWS}
        found = self.session.ask(
            f"{call.path} for {self.who}", lambda model: (arguments, named, _called(model, call.path, arguments, named))
        )
        if found is None or found[:2] != (arguments, named):
            return {"later": True}, []
        if isinstance(found[2], WireError):
            raise found[2]
        arrays: Arrays = []
        return {"given": plain(found[2], arrays)}, arrays


def _read(reader: FrameReader, sequences: NDArray[np.int64]) -> Any:
    return reader.read(sequences)


def _called(model: Any, path: str, arguments: list[Any], named: dict[str, Any]) -> object:
    """In the worker: whatever is wrong with the arguments must not reach it."""
    of, _, name = path.rpartition(".")
    try:
        return getattr(getattr(model, of) if of else model, name)(*arguments, **named)
    except Exception as error:  # noqa: BLE001  the worker must go on, and who asked is told
        return WireError(f"{path}: {error}")


def _unlike(snapshot: Snapshot, before: Snapshot | None) -> Snapshot:
    """Without the alerts, which are most of it, where they are those of before."""
    return replace(snapshot, alerts=()) if before is not None and snapshot.alerts == before.alerts else snapshot
