"""`python -m tests.benchmarks.filters [KIND]`: a new filter over a million kept packets, as the screen applies it.

For each filter the milliseconds until its first page can be drawn, and until all packets are looked at; the goal is
100 ms for the first page. Best of three; bytes come from memory here, from the page cache on a real screen.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.traffic import TRAFFIC, frames
from tui import filters
from tui.core.columns import Columns
from tui.core.decode import decode
from tui.core.flow.table import FlowTable
from tui.core.frames import Frames
from tui.filters import Place
from tui.store.rows import BLOCK, Rows, RowWriter
from tui.store.view import ByteView, Read, View

BLOCKS = 16
"""About a million packets, as the screen keeps them."""
GOAL_MS = 100
PAGE = 50
HEADER = (
    "tcp", "tcp.port == 443", "ip.addr == 10.0.0.0/8", "ip.addr != 10.0.0.1", "frame.len > 1000",
    "tcp.port in {80, 443, 8000..8080}", "tcp.flags.syn == 1 && tcp.flags.ack == 0", "tcp.analysis.retransmission",
    "tcp.stream == 7", "tcp.port == 443 && frame.len > 1000 && ip.addr == 192.168.0.0/20",
)  # fmt: skip
WITH_BYTES = (
    "ip.id == 7", "eth.addr == 00:11:22:33:44:55", 'frame contains "GET"', 'dns.qry.name contains "com"',
    "tls.handshake.type == 1", "http.request", 'tcp.payload contains "x"', "tcp.options.mss", 'frame matches "a.c"',
    'frame.protocols contains "tls"',
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repeated:
    """A FrameReader of a million packets, whose bytes are those of one block again and again."""

    frames: Frames

    def read(self, sequences: NDArray[np.int64]) -> Frames:
        return self.frames.select(sequences % len(self.frames))


def rows_of(columns: Columns) -> Rows:
    """A million kept packets."""
    writer = RowWriter(BLOCKS * BLOCK)
    for _ in range(BLOCKS):
        writer.append(columns)
    return writer.rows


def matcher(text: str) -> tuple[bool, Callable[[Columns, Read | None, int], NDArray[np.bool_]]]:
    """Whether a filter needs bytes, and how the screen asks it."""
    chosen = filters.compile(text)

    def match(columns: Columns, read: Read | None, first: int) -> NDArray[np.bool_]:
        return chosen.match(columns, read, Place(first + 1))

    return chosen.needs_bytes, match


def header_ms(text: str, rows: Rows) -> tuple[float, float]:
    """All packets are looked at before the first page is drawn."""
    _, match = matcher(text)
    start = time.perf_counter()
    View(match).advance(rows)
    taken = (time.perf_counter() - start) * 1e3
    return taken, taken


def bytes_ms(text: str, rows: Rows, reader: Repeated) -> tuple[float, float]:
    """A thread looks from the newest on; the first page is there when it is full, or after the first slice."""
    _, match = matcher(text)
    start = time.perf_counter()
    view = ByteView(match, lambda: rows, reader)
    first = 0.0
    while not view.complete:
        if not first and (len(view) >= PAGE or view.progress > 0):
            first = (time.perf_counter() - start) * 1e3
        time.sleep(0.001)
        if time.perf_counter() - start > 20:
            break
    whole = (time.perf_counter() - start) * 1e3 / max(view.progress, 1e-9)
    view.cancel()
    view.wait(5)
    return first or whole, whole


def main() -> int:
    kind = sys.argv[1] if len(sys.argv) > 1 else next(iter(TRAFFIC))
    batch = frames(kind, BLOCK)
    columns = decode(batch)
    FlowTable().update(columns, batch)
    rows, reader = rows_of(columns), Repeated(batch)
    print(f"{kind}: {'':52} {'first page ms':>13} {'all ms':>9}")
    late = 0
    for text in (*HEADER, *WITH_BYTES):
        needs_bytes = matcher(text)[0]
        measured = [bytes_ms(text, rows, reader) if needs_bytes else header_ms(text, rows) for _ in range(3)]
        first, whole = min(m[0] for m in measured), min(m[1] for m in measured)
        late += first > GOAL_MS
        print(f"{text:60} {first:13.1f} {whole:9.0f}" + ("  over the goal" if first > GOAL_MS else ""))
    print(f"{len(HEADER) + len(WITH_BYTES) - late} of {len(HEADER) + len(WITH_BYTES)} within {GOAL_MS} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
