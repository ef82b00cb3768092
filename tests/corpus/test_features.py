"""Flow features agree with plain Python that reads the packets of a capture one by one and knows nothing of ours."""

from __future__ import annotations

import ipaddress
import os
import statistics
import struct
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from tui.core.columns import address_text
from tui.core.features import FEATURES, matrix
from tui.core.flow.table import FlowTable
from tui.engine.files.offline import OfflineRun

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = Path(os.environ.get("NETTUI_CAPTURES", ROOT.parent / "shared/captures")) / "corpus"
FILES = ("benign/bittorrent.pcap", "benign/ssh_interactive.pcap", "proto/zeek_pipelined-requests.pcap",
         "attack/malware_asyncrat_c2.pcap", "attack/flood_syn_one_source_port80.pcap")  # fmt: skip
FLAGS = (("fin", 1), ("syn", 2), ("rst", 4), ("psh", 8))

Key = tuple[str, int, str, int, int]
Packet = tuple[int, int, int, int, bool]
"""Time in ns, bytes on the wire, payload, TCP flags, from the responder."""


def packets(path: Path) -> list[tuple[int, int, bytes]]:
    """(time in ns, length, bytes) of a pcap file."""
    data = path.read_bytes()
    order = "<" if data[0] in (0xD4, 0x4D) else ">"
    unit = 1 if struct.unpack(order + "I", data[:4])[0] == 0xA1B23C4D else 1000
    at, found = 24, []
    while at < len(data):
        seconds, fraction, kept, length = struct.unpack_from(order + "IIII", data, at)
        found.append((seconds * 10**9 + fraction * unit, length, data[at + 16 : at + 16 + kept]))
        at += 16 + kept
    return found


def segment(frame: bytes) -> tuple[Key, int, int] | None:
    """(ends and protocol, payload, TCP flags) of TCP and UDP over Ethernet; None for all else."""
    kind = int.from_bytes(frame[12:14], "big")
    if kind == 0x0800:
        head = (frame[14] & 15) * 4
        proto, total = frame[23], int.from_bytes(frame[16:18], "big") - head
        src, dst = (str(ipaddress.ip_address(frame[a : a + 4])) for a in (26, 30))
    elif kind == 0x86DD:
        head, proto, total = 40, frame[20], int.from_bytes(frame[18:20], "big")
        src, dst = (str(ipaddress.ip_address(frame[a : a + 16])) for a in (22, 38))
    else:
        return None
    if proto not in (6, 17):
        return None
    over = frame[14 + head :]
    sport, dport = struct.unpack(">HH", over[:4])
    payload = total - ((over[12] >> 4) * 4 if proto == 6 else 8)
    return (src, sport, dst, dport, proto), payload, over[13] if proto == 6 else 0


def flows(path: Path) -> dict[Key, list[Packet]]:
    """Packets by flow, as the side sees it that sent first (or that a SYN-ACK answers)."""
    found: dict[Key, list[Packet]] = defaultdict(list)
    for time_ns, length, frame in packets(path):
        if (parsed := segment(frame)) is None:
            continue
        key, payload, flags = parsed
        turned: Key = (key[2], key[3], key[0], key[1], key[4])
        back = turned in found or (key not in found and flags & 0x12 == 0x12)
        found[turned if back else key].append((time_ns, length, payload, flags, back))
    return found


def expected(seen: list[Packet]) -> dict[str, float]:
    """Every feature but retransmissions and round trips, which have tests of their own."""
    times, sizes = [p[0] for p in seen], [p[1] for p in seen]
    duration = (max(times) - min(times)) / 1e9
    out, back = ([p for p in seen if p[4] == side] for side in (False, True))
    found = {
        "duration_s": duration,
        "packets": len(out), "packets_back": len(back),
        "bytes": sum(p[1] for p in out), "bytes_back": sum(p[1] for p in back),
        "bytes_per_s": sum(sizes) / duration if duration else 0,
        "packets_per_s": len(seen) / duration if duration else 0,
        "mean_size": statistics.fmean(sizes), "std_size": statistics.pstdev(sizes),
        "payload": sum(p[2] for p in out), "payload_back": sum(p[2] for p in back),
    }  # fmt: skip
    for name, side in (("out", out), ("back", back)):
        gaps = [(b[0] - a[0]) / 1e9 for a, b in pairwise(side)]
        found[f"mean_size_{name}"] = statistics.fmean([p[1] for p in side]) if side else 0
        found[f"gap_mean_{name}_s"] = statistics.fmean(gaps) if gaps else 0
        found[f"gap_std_{name}_s"] = statistics.pstdev(gaps) if gaps else 0
    found |= {name: float(any(p[3] & bit for p in seen)) for name, bit in FLAGS}
    for rank in range(8):
        found[f"size_{rank + 1}"] = (-1 if seen[rank][4] else 1) * sizes[rank] if rank < len(seen) else 0
    return found


def check(path: Path) -> None:
    table = FlowTable(collect=True)
    for batch in OfflineRun([str(path)]).batches():
        table.update(batch.columns, batch.frames)
    table.end_all()
    ended = table.take_ended()
    ours = defaultdict(list)
    for row, values in enumerate(matrix(ended)):
        ends = [
            (address_text(int(ended.kind[row]), int(hi[row]), int(lo[row])), int(port[row]))
            for hi, lo, port in ((ended.src_hi, ended.src_lo, ended.sport), (ended.dst_hi, ended.dst_lo, ended.dport))
        ]
        ours[(*ends[0], *ends[1], int(ended.ip_proto[row]))].append(dict(zip(FEATURES, values, strict=True)))
    plain = flows(path)
    compared = 0
    for key, seen in plain.items():
        if len(ours[key]) != 1 or ours[(key[2], key[3], key[0], key[1], key[4])]:
            continue  # ports used again: one flow here, several there
        compared += 1
        for name, value in expected(seen).items():
            assert ours[key][0][name] == pytest.approx(value, rel=1e-6, abs=1e-6), (key, name)
    assert compared > 0.9 * len(plain)


def test_features_of_the_demo(demo: Path) -> None:
    check(demo)


@pytest.mark.corpus
@pytest.mark.skipif(not CAPTURES.exists(), reason="the captures are not here")
@pytest.mark.parametrize("name", FILES)
def test_features_of_real_captures(name: str) -> None:
    check(CAPTURES / name)
