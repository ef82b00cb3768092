"""What the flow table costs per packet, on top of decode: steady traffic, and a flood of random sources.

python -m tests.benchmarks.flows [CAPTURE]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from tests.core.tcpflows import Segment, columns
from tui.core.columns import Columns
from tui.core.decode import decode
from tui.core.flow.table import FlowTable
from tui.engine.files.offline import OfflineRun

BATCH, ROUNDS = 16_384, 20
DEMO = str(Path(__file__).resolve().parents[2] / "tui/data/demo.pcap")


def steady(flows: int = 2_000) -> Columns:
    """A batch of data and ACKs of open connections, as one finds them on a busy link."""
    one = columns([Segment(False, ".", 1, 1, 0), Segment(True, "P.", 1, 1, 1400)])
    random = np.random.default_rng(1)
    batch = one.select(random.integers(0, 2, BATCH))
    host = random.integers(0, flows, BATCH).astype(np.uint64)
    back = batch.sport == 443
    batch.src_lo[~back], batch.dst_lo[back] = host[~back], host[back]
    return batch


def flood(random: np.random.Generator) -> Columns:
    """SYNs of addresses that never come again."""
    batch = columns([Segment(False, "S", 1)]).select(np.zeros(BATCH, np.int64))
    batch.src_lo[:] = random.integers(1, 1 << 32, BATCH)
    return batch


def cost_ns(table: FlowTable, batches: list[Columns]) -> float:
    """CPU time of this thread for each packet."""
    began = time.thread_time()
    for batch in batches:
        table.update(batch)
    return (time.thread_time() - began) / sum(map(len, batches)) * 1e9


def main() -> None:
    table = FlowTable()
    cost_ns(table, [steady()])
    print(f"steady    {cost_ns(table, [steady() for _ in range(ROUNDS)]):6.0f} ns per packet")
    table, random = FlowTable(), np.random.default_rng(2)
    cost_ns(table, [flood(random) for _ in range(ROUNDS)])
    table.end_all()
    print(f"flood     {cost_ns(table, [flood(random) for _ in range(8)]):6.0f} ns per packet, table warm")
    cost_ns(table, [flood(random) for _ in range(ROUNDS)])
    print(f"full      {cost_ns(table, [flood(random) for _ in range(8)]):6.0f} ns per packet, table full")
    path = sys.argv[1] if len(sys.argv) > 1 else DEMO
    table, decoding, counting, packets = FlowTable(), 0.0, 0.0, 0
    for batch in OfflineRun([path]).batches():
        began = time.thread_time()
        decode(batch.frames)
        decoded = time.thread_time()
        table.update(batch.columns)
        decoding, counting = decoding + decoded - began, counting + time.thread_time() - decoded
        packets += len(batch.columns)
    print(
        f"{Path(path).name}: decode {decoding / packets * 1e9:.0f}, flows {counting / packets * 1e9:.0f} ns per packet"
    )


if __name__ == "__main__":
    main()
