"""`nettui stats --json` beside `tshark -q -z io,phs` on one capture, and the memory that it takes.

python -m tests.benchmarks.stats CAPTURE
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time


def seconds(command: list[str]) -> float:
    """The better of two runs."""
    took = []
    for _ in range(2):
        began = time.monotonic()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        took.append(time.monotonic() - began)
    return min(took)


def main() -> None:
    path = sys.argv[1]
    ours = seconds([sys.executable, "-m", "tui", "stats", path, "--json"])
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    theirs = seconds(["tshark", "-n", "-q", "-r", path, "-z", "io,phs"])
    print(f"stats {ours:.2f} s and {memory} MB, tshark {theirs:.2f} s: {theirs / ours:.1f} times")


if __name__ == "__main__":
    main()
