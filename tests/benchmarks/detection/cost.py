"""What a packet costs the detectors, and the memory that forged sources take."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from tests.detectors.wire import GATEWAY, T0, A, Timed, arp, connection, mac_of, udp
from tui.core.columns import Columns
from tui.core.decode import decode
from tui.core.frames import Frames, from_packets
from tui.detectors.registry import DetectorSet
from tui.engine.monitor import Monitor

STEP = 8_192
QUIET_SECONDS = 3_400


def made(kind: str, n: int, seed: int) -> Frames:
    """Frames of one kind: bulk traffic of 4,000 connections, or openings from random sources."""
    chance = np.random.default_rng(seed)
    size = 654 if kind == "bulk" else 54
    b = np.zeros((n, size), np.uint8)
    b[:, 0:12], b[:, 12], b[:, 14], b[:, 22], b[:, 23] = 2, 8, 0x45, 64, 6
    b[:, 16], b[:, 17] = (size - 14) >> 8, (size - 14) & 255
    b[:, 30:34], b[:, 36:38], b[:, 46] = (10, 0, 0, 2), (1, 187), 0x50
    if kind == "bulk":
        flow = chance.integers(0, 4_000, n)
        b[:, 26:30] = np.stack([np.full(n, 10), np.full(n, 9), flow >> 8, flow & 255], 1)
        b[:, 34:36] = np.stack([(30_000 + flow) >> 8, (30_000 + flow) & 255], 1)
        b[:, 38:46], b[:, 47] = chance.integers(0, 255, (n, 8)), 16
        b[:, 54:] = chance.integers(0, 255, (n, size - 54))
    else:
        b[:, 26:30], b[:, 34:36] = chance.integers(1, 255, (n, 4)), chance.integers(4, 255, (n, 2))
        b[:, 38:42], b[:, 47] = chance.integers(0, 255, (n, 4)), 2
    each = np.full(n, size)
    zero = np.zeros(n, np.int64)
    same = (np.broadcast_to(dtype(v), n) for dtype, v in ((np.uint16, 1), (np.uint16, 0), (np.uint8, 0)))
    return Frames(b.reshape(-1), np.arange(n) * size, each, each, zero, *same)


def resident() -> float:
    """Megabytes resident now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def cost(kind: str, rate: int, seconds: int) -> None:
    """Print the microseconds of processor time per packet, and how memory grows."""
    detectors = DetectorSet(live=True)
    frames = [made(kind, STEP, seed) for seed in range(8)]
    columns: list[Columns] = [decode(f) for f in frames]
    spent, packets, before = 0.0, 0, resident()
    for second in range(seconds):
        for batch in range(rate // STEP):
            c, f = columns[batch % 8], frames[batch % 8]
            c.time_ns[:] = (1_000 + second) * 10**9 + batch * STEP + np.arange(STEP)
            if kind == "forged":
                c.src_lo[:] = (c.src_lo * np.uint64(2654435761) + np.uint64(packets)) & np.uint64(0xFFFFFFFF)
            begun = time.process_time()
            detectors.observe(c, f, packets)
            spent += time.process_time() - begun
            packets += STEP
        begun = time.process_time()
        detectors.decide(1_001 + second)
        spent += time.process_time() - begun
    begun = time.process_time()
    detectors.near()
    looked = time.process_time() - begun
    print(
        f"{kind:8}{rate:>10,}/s  {spent / packets * 1e6:.2f} us per packet ({spent / packets * 1e7:.0f} % of a core at "
        f"100,000/s), {packets:,} packets, memory +{resident() - before:.0f} MB, a look at the limits "
        f"{looked * 1e3:.1f} ms, incidents: {', '.join(sorted({a.rule for a in detectors.log.since(0)})) or 'none'}"
    )


def quiet_day() -> None:
    """Print what a day costs in which something is sent in a second of 25: lookups, ARP, a connection now and then."""
    chance = random.Random(4)
    packets: list[Timed] = []
    for i, second in enumerate(sorted(chance.sample(range(86_400), QUIET_SECONDS))):
        at = second + 0.1
        if i % 5 < 3:
            packets += [
                (at, udp(A, GATEWAY, 40_000 + i, 53, bytes(30))),
                (at + 0.01, udp(GATEWAY, A, 53, 40_000 + i, bytes(90))),
            ]
        elif i % 5 == 3:
            packets += connection(at, A, "203.0.113.9", 20_000 + i, 443, b"x" * 200, b"y" * 900)
        else:
            packets += [
                (at, arp(1, mac_of(A), A, GATEWAY)),
                (at + 0.1, arp(2, mac_of(GATEWAY), GATEWAY, A, mac_of(A), mac_of(A))),
            ]
    engine = Monitor(detectors=DetectorSet())
    begun = time.process_time()
    for i in range(0, len(packets), 500):
        part = packets[i : i + 500]
        frames = from_packets([p for _, p in part], 1, [int((T0 + t) * 1e9) for t, _ in part])
        engine.ingest(decode(frames), frames)
    engine.finish()
    print(f"a quiet day, {QUIET_SECONDS:,} seconds with packets: {time.process_time() - begun:.1f} s of processor")


def costs(fast: bool) -> None:
    """Print all of it; each run has a process of its own, so that memory is its own."""
    print("\n== cost", flush=True)
    for kind, rate, seconds in (
        ("bulk", 100_000, 5), ("bulk", 500_000, 4), ("forged", 100_000, 21), ("forged", 500_000, 4),
    ):  # fmt: skip
        words = [kind, str(rate), str(2 if fast else seconds)]
        subprocess.run([sys.executable, "-m", "tests.benchmarks.detection.cost", *words], check=True)
    quiet_day()


if __name__ == "__main__":
    cost(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
