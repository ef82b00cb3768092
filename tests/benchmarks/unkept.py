"""Everything that `nettui watch` does to a packet but keeping it: capture, decode, model, detectors. For comparison.

python -m tests.benchmarks.unkept INTERFACE BUFFER_MB     # until SIGINT; prints what it saw as JSON
"""

from __future__ import annotations

import json
import signal
import sys

from tui.capture.opening import CaptureOptions, open_live
from tui.engine.rights import privileges


def main(interface: str, megabytes: int) -> int:
    opened = open_live([interface], CaptureOptions(buffer=megabytes << 20))
    privileges.drop()
    from tui.core.decode import decode
    from tui.core.state import State
    from tui.detectors.registry import DetectorSet
    from tui.engine.monitor import Monitor

    source = opened.source()
    monitor = Monitor(interface=interface, generation=1, live=True, detectors=DetectorSet(live=True))
    signal.signal(signal.SIGINT, lambda *_: source.stop())
    print("listening", flush=True)
    while source.state is not State.ENDED:
        frames = source.read(0.1)
        if frames is not None:
            monitor.ingest(decode(frames), frames)
            source.release(frames)
    told = source.statistics()
    print(json.dumps({"packets": told.received, "kernel": told.kernel_dropped}), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], int(sys.argv[2])))
