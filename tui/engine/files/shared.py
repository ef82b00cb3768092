"""Shared: the memory that two processes have, and the words that tell what lies where in it."""

from __future__ import annotations

import mmap
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tui.capture.records import Bytes
from tui.core.columns import DTYPES, Columns
from tui.core.frames import Frames
from tui.engine.files.reading import Files

DEPTH = 2
"""Batches that are read and decoded, and not yet done with."""
PLACES = DEPTH + 1
"""A place in shared memory for each batch that is out, and for the one being read."""
FRAME_FIELDS: Mapping[str, DTypeLike] = {
    "offset": np.int64, "caplen": np.int64, "length": np.int64, "time_ns": np.int64, "position": np.int64,
    "linktype": np.uint16, "interface": np.uint16, "direction": np.uint8,
}  # fmt: skip
FLOW_BYTES = 384
"""Room for one flow record (the itemsize of `FlowRecords.table`, which is imported when there is time for it)."""
ONE = (1).to_bytes(8, sys.byteorder)
_LINE = 64


def counter() -> tuple[int, int]:
    """(where to read, where to write): ONE can be read as often as it was written.

    A pipe would do everywhere; but who writes into one is taken to wait for an answer (WF_SYNC of the kernel's
    scheduler), and has to share its core with the one that it wakes.
    """
    if not hasattr(os, "eventfd"):
        return os.pipe()
    made = os.eventfd(0, os.EFD_SEMAPHORE | os.EFD_CLOEXEC)
    return made, os.dup(made)


class Lies(NamedTuple):
    """Where a batch lies in shared memory."""

    file: int
    window: int
    n: int
    positions: bool


class Whole(NamedTuple):
    """A batch that did not fit there: a record longer than a window, or very many tiny ones."""

    file: int
    frames: Frames
    columns: Columns


@dataclass(slots=True)
class Shared:
    """The memory that both processes have."""

    files: Files
    windows: list[Bytes] = field(init=False)
    """Pieces of a file."""
    free: list[Bytes] = field(init=False)
    """Those that the reader may still take."""
    slots: list[Bytes] = field(init=False)
    """Room for the arrays of each batch."""
    ended: list[Bytes] = field(init=False)
    """Room for the records of the flows that ended by it."""

    def __post_init__(self) -> None:
        size = self.files.window
        slot = sum(np.dtype(d).itemsize for d in (*DTYPES.values(), *FRAME_FIELDS.values())) * 2 * self.files.batch
        slot = -(-slot // mmap.PAGESIZE) * mmap.PAGESIZE + mmap.PAGESIZE
        flows = _LINE + 2 * self.files.batch * FLOW_BYTES  # in the long run no more end than there are packets
        whole = np.frombuffer(mmap.mmap(-1, PLACES * (size + slot + flows)), np.uint8)
        windows, slots, ended = np.split(whole, [PLACES * size, PLACES * (size + slot)])
        self.windows = list(windows.reshape(PLACES, size))
        self.slots = list(slots.reshape(PLACES, slot))
        self.ended = list(ended.reshape(PLACES, flows))
        self.refill()

    def refill(self) -> None:
        """No batch is out: all windows may be taken again."""
        self.free = list(self.windows)

    def room(self, size: int) -> Bytes:
        """A window; one of its own memory where a longer one is needed."""
        return self.free.pop() if self.free and size == self.files.window else np.empty(size, np.uint8)

    def arrays(self, batch: int, n: int) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]] | None:
        """(arrays of Frames, arrays of Columns) of n packets of a batch; None where they do not fit."""
        memory, at = self.slots[batch % PLACES], 0
        made: list[dict[str, NDArray[Any]]] = []
        for fields in (FRAME_FIELDS, DTYPES):
            made.append({})
            for name, dtype in fields.items():
                end = at + n * np.dtype(dtype).itemsize
                if end > len(memory):
                    return None
                made[-1][name] = memory[at:end].view(dtype)
                at = -(-end // _LINE) * _LINE
        return made[0], made[1]

    def batch(self, batch: int, lies: Lies) -> tuple[Frames, Columns]:
        """The batch that lies there."""
        found = self.arrays(batch, lies.n)
        assert found is not None
        of_frames: dict[str, Any] = dict(found[0])
        if not lies.positions:
            of_frames["position"] = None
        return Frames(self.windows[lies.window], **of_frames), Columns(**found[1])

    def put_ended(self, batch: int, table: NDArray[Any]) -> int:
        """Leave the first of some flow records with a batch, none where there are none; how many found room."""
        memory = self.ended[batch % PLACES]
        n = min(len(table), (len(memory) - _LINE) // table.itemsize)
        memory[:_LINE].view(np.int64)[0] = n
        memory[_LINE : _LINE + n * table.itemsize] = table[:n].view(np.uint8)
        return n

    def take_ended(self, batch: int, dtype: np.dtype[Any]) -> NDArray[Any]:
        """The flow records that were left with a batch: true until it is released."""
        memory = self.ended[batch % PLACES]
        n = int(memory[:_LINE].view(np.int64)[0])
        return memory[_LINE : _LINE + n * dtype.itemsize].view(dtype)
