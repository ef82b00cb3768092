"""`python -m tests.benchmarks.filters [KIND]`: milliseconds per million kept packets, and until the first page."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from tests.benchmarks.traffic import TRAFFIC, frames
from tui import filters
from tui.core.columns import Columns
from tui.core.decode import decode
from tui.core.frames import Frames
from tui.store.rows import BLOCK

BLOCKS = 16
"""About a million packets, as the screen keeps them."""
EXPRESSIONS = (
    "tcp", "tcp.port == 443", "ip.addr == 10.0.0.0/8", "frame.len > 1000", "tcp.port in {80, 443, 8000..8080}",
    "tcp.flags.syn == 1 && tcp.flags.ack == 0", "ip.addr != 10.0.0.1",
    "tcp.port == 443 && frame.len > 1000 && ip.addr == 192.168.0.0/20", "ip.id == 7", "eth.addr == 00:11:22:33:44:55",
    'frame contains "GET"', 'dns.qry.name contains "com"',
)  # fmt: skip


def block(kind: str) -> tuple[Frames, Columns]:
    """One block of rows with its bytes."""
    batch = frames(kind, BLOCK)
    return batch, decode(batch)


def best_ms(work: Callable[[], object], repeats: int = 3) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - start)
    return min(times) / 1e6


def main() -> int:
    kind = sys.argv[1] if len(sys.argv) > 1 else next(iter(TRAFFIC))
    batch, columns = block(kind)
    print(f"{kind}: {'':46} {'ms/million':>10} {'first page':>10}")
    for text in EXPRESSIONS:
        chosen = filters.compile(text)
        per_block = best_ms(lambda chosen=chosen: chosen.match(columns, batch.select))  # type: ignore[misc]
        whole = per_block * BLOCKS
        first = per_block / 4 if chosen.needs_bytes else whole  # bytes are read newest first, in slices of a quarter
        print(f"{text:70} {whole:10.1f} {first:10.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
