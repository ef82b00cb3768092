"""What learning costs: features and describe beside the whole of `stats`, and scoring and classifying 100,000 flows.

python -m tests.benchmarks.learning [CAPTURE]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.learning.flows import flows
from tui.core.describe import Description
from tui.core.features import FEATURES, matrix
from tui.core.flow.records import FlowRecords, concatenate
from tui.engine.files.offline import OfflineRun
from tui.engine.files.summed import flow_table
from tui.engine.files.tally import PART, Tally
from tui.learning.anomaly import AnomalyModel
from tui.learning.classifier import train
from tui.learning.sample import clean_matrix

DEMO = str(Path(__file__).resolve().parents[2] / "tui/data/demo.pcap")
PACKETS = 1_000_000
SCORED = 100_000


def seconds(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


class Keeping(Tally):
    """Keeps the flows that it counts."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[FlowRecords] = []

    def add_flows(self, flows: FlowRecords) -> None:
        super().add_flows(flows)
        self.kept.append(flows.over_ip())


def summed_up(path: str, rounds: int) -> Keeping:
    """The summary of a capture read so many times, with its flows."""
    tally = Keeping()
    for _ in OfflineRun([path] * rounds, flow_table(), counting=lambda: tally, second_core=False).batches():
        pass
    return tally


def described(parts: list[FlowRecords]) -> Description:
    found = Description(len(FEATURES))
    for part in parts:
        for start in range(0, len(part), PART):
            found.add(matrix(part.select(np.arange(start, min(start + PART, len(part))))))
    return found


def main() -> None:
    path = sys.argv[1] if len(sys.argv) > 1 else DEMO
    rounds = -(-PACKETS // max(summed_up(path, 1).packets, 1))
    made: list[Keeping] = []
    whole = seconds(lambda: made.append(summed_up(path, rounds)))
    (tally,) = made
    alone = seconds(lambda: described(tally.kept))
    n = len(concatenate(tally.kept))
    print(f"stats      {whole:6.2f} s for {tally.packets:,} packets, {n:,} flows")
    print(f"features   {alone:6.2f} s of that with describe: {alone / (whole - alone):.2f} of the rest")
    print(f"features   {seconds(lambda: described([flows(SCORED)])):6.2f} s with describe for {SCORED:,} flows")
    usual, many = clean_matrix(flows(2_000)), clean_matrix(flows(SCORED, seed=2, packets=40))
    model = AnomalyModel(usual)
    print(f"{model.method:10} {seconds(lambda: model.scores(many)):6.2f} s for {SCORED:,} flows")
    labels = np.where(np.arange(len(usual)) % 2, "a", "b")
    forest, _ = train(usual, labels, np.zeros(len(usual), np.int64))
    print(f"classifier {seconds(lambda: forest.labels(many)):6.2f} s for {SCORED:,} flows")


if __name__ == "__main__":
    main()
