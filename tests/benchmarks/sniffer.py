"""scapy's own sniffer, as its documentation shows it: counts what it saw. For comparison.

python -m tests.benchmarks.sniffer INTERFACE     # until SIGINT; prints what it saw as JSON
"""

from __future__ import annotations

import json
import signal
import sys
import threading

from scapy.sendrecv import AsyncSniffer


def main(interface: str) -> int:
    seen = 0
    over = threading.Event()

    def count(_: object) -> None:
        nonlocal seen
        seen += 1

    signal.signal(signal.SIGINT, lambda *_: over.set())
    sniffer = AsyncSniffer(
        iface=interface, prn=count, store=False, started_callback=lambda: print("listening", flush=True)
    )
    sniffer.start()
    over.wait()
    sniffer.stop()
    print(json.dumps({"packets": seen}), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
