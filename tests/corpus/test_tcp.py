"""Streams and TCP analysis agree with tshark, packet by packet, on the captures of the corpus."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tui.core.columns import Mark, concatenate
from tui.core.flow.table import FlowTable
from tui.engine.files.offline import OfflineRun

CAPTURES = Path(os.environ.get("NETTUI_CAPTURES", Path(__file__).resolve().parents[3] / "shared/captures"))
FILES = (
    "benign/bittorrent.pcap", "benign/desktop_idle.pcap", "benign/ssh_interactive.pcap",
    "benign/web_page_many_hosts.pcapng", "proto/zeek_pipelined-requests.pcap", "proto/ndpi_rdp.pcap",
    "attack/malware_asyncrat_c2.pcap", "attack/scan_horizontal_445_slow.pcap", "attack/brute_ftp.pcap",
    "proto/ndpi_kerberos.pcap", "proto/zeek_smtp.pcap", "attack/arp_spoof_mitm_bettercap.pcapng",
)  # fmt: skip
MARKS = {
    "retransmission": Mark.RETRANSMISSION, "fast_retransmission": Mark.FAST_RETRANSMISSION,
    "spurious_retransmission": Mark.SPURIOUS_RETRANSMISSION, "out_of_order": Mark.OUT_OF_ORDER,
    "duplicate_ack": Mark.DUPLICATE_ACK, "zero_window": Mark.ZERO_WINDOW, "lost_segment": Mark.LOST_SEGMENT,
    "keep_alive": Mark.KEEP_ALIVE, "keep_alive_ack": Mark.KEEP_ALIVE_ACK, "window_full": Mark.WINDOW_FULL,
    "window_update": Mark.WINDOW_UPDATE, "reused_ports": Mark.PORTS_REUSED,
    "ack_lost_segment": Mark.ACK_LOST_SEGMENT, "zero_window_probe": Mark.ZERO_WINDOW_PROBE,
    "zero_window_probe_ack": Mark.ZERO_WINDOW_PROBE_ACK,
}  # fmt: skip

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CAPTURES.exists(), reason="the captures are not here"),
    pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed"),
]


def tshark(path: Path) -> list[list[str]]:
    fields = ["tcp.stream", *(f"tcp.analysis.{name}" for name in MARKS)]
    words = [word for field in fields for word in ("-e", field)]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "occurrence=f", *words]
    out = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [line.split("\t") for line in out.split("\n")[:-1]]


@pytest.mark.parametrize("name", FILES)
def test_streams_and_marks_are_those_of_tshark(name: str) -> None:
    path = CAPTURES / "corpus" / name
    seen = concatenate([batch.columns for batch in OfflineRun([str(path)], FlowTable()).batches()])
    rows = tshark(path)
    assert len(rows) == len(seen)
    tcp = np.flatnonzero((seen.ip_proto == 6) & ((seen.marks & Mark.PORTS) != 0)).tolist()
    for i in tcp:
        assert rows[i][0] == str(seen.stream[i]), f"stream of packet {i + 1}"
    for column, (mark, bit) in enumerate(MARKS.items(), 1):
        ours = [i + 1 for i in tcp if seen.marks[i] & bit]
        assert ours == [i + 1 for i in tcp if rows[i][column]], mark
