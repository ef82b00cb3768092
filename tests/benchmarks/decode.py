"""`python -m tests.benchmarks.decode`: nanoseconds per packet of decode, by kind of traffic and size of batch."""

from __future__ import annotations

import sys
import time

from tests.benchmarks.traffic import TRAFFIC, frames
from tui.core.decode import decode
from tui.core.frames import Frames


def best_ns(batch: Frames, repeats: int) -> float:
    """The fastest of several runs: the others measure the neighbours."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter_ns()
        decode(batch)
        times.append(time.perf_counter_ns() - start)
    return min(times)


def main() -> int:
    kinds = sys.argv[1:] or list(TRAFFIC)
    print(f"{'traffic':14} {'8000: ns/packet':>16} {'50: us/batch':>13} {'1: us/batch':>12}")
    for kind in kinds:
        many = frames(kind, 8000)
        few, one = many.select(slice(0, 50)), many.select(slice(0, 1))
        print(
            f"{kind:14} {best_ns(many, 15) / len(many):16.0f} {best_ns(few, 50) / 1000:13.0f} "
            f"{best_ns(one, 50) / 1000:12.0f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
