"""NameCount: the names that the packets of a window carry, read anew from their bytes by a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui.core.columns import NONE16, Columns, Mark
from tui.core.frames import FrameReader
from tui.core.names import NameReader
from tui.core.namestable import NameRow, NamesTable
from tui.core.protocols import ID
from tui.store.rows import Rows

STEP = 16_384
"""Packets whose bytes are read at once."""

_CARRIERS = np.zeros(1 << 16, np.bool_)
_CARRIERS[[ID[name] for name in ("DNS", "MDNS", "LLMNR", "NBNS", "TLS", "HTTP", "QUIC") if name in ID]] = True


class NameCount:
    """`rows` is None until all packets from `first` to before `end` have been looked at."""

    def __init__(
        self,
        published: Callable[[], Rows],
        reader: FrameReader,
        first: int,
        end: int,
    ) -> None:
        self.rows: list[NameRow] | None = None
        self.range = (first, end)
        self._published = published
        self._reader = reader
        self._cancelled = False
        self.problem: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="nettui-window-names", daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        return self.rows is not None or self.problem is not None

    def cancel(self) -> None:
        """Stop, after the packets at hand."""
        self._cancelled = True

    def wait(self, timeout_s: float) -> bool:
        """Wait until the thread has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            table, reader = NamesTable(), NameReader()
            first, end = self.range
            for at in range(first, end, STEP):
                if self._cancelled:
                    return
                for start, columns in self._published().slices(at, min(end, at + STEP)):
                    self._read(reader, table, start, columns)
            self.rows = table.rows()
        except Exception as error:  # noqa: BLE001  told to the screen: a thread must not die unheard
            self.problem = error

    def _read(self, reader: NameReader, table: NamesTable, start: int, columns: Columns) -> None:
        index = np.flatnonzero(may_carry(columns))
        frames = self._reader.read(start + index)
        there = frames.caplen >= columns.caplen[index]  # bytes may have been let go meanwhile
        table.add(reader.read(frames.select(there), columns.select(index[there])).events)


def may_carry(columns: Columns) -> NDArray[np.bool_]:
    """Packets worth reading for names, by their columns alone."""
    mask: NDArray[np.bool_] = _CARRIERS[columns.protocol] & (columns.payload != NONE16) & (columns.payload_len > 0)
    mask |= (columns.marks & Mark.INNER) != 0
    return mask
