"""What an invented learner says of the invented flows: always the same, whatever is installed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tests.screens.model import MODEL
from tui.core.judged import Labels, Ranking, Reason, TrafficType

FLOWS, _ = MODEL.recent_flows(1_000)
_N = len(FLOWS)
_BY_AGE = np.argsort(FLOWS.flow, kind="stable")
CLASSES = ("benign", "port_scan", "unknown")


def ranking(number: int = 1) -> Ranking:
    """The first flow is the strangest; each score is a little lower than the one before."""
    scores = np.empty(_N)
    scores[_BY_AGE] = np.linspace(0.82, 0.31, _N)
    reasons = (
        Reason("packets_per_s", 1_204.0, 3.1, 12.4), Reason("rst", 1.0, 0.0, 9.2),
        Reason("gap_std_out_s", 0.002, 1.5, -4.1),
    )  # fmt: skip
    return Ranking(
        FLOWS, scores, _BY_AGE, (reasons,) * _N, "IsolationForest", "2,000 flows of base.json", number=number
    )


def labels() -> Labels:
    """Every third flow is a scan, and the last one is unknown."""
    label = (np.arange(_N) % 3 == 2).astype(np.uint16)
    label[-1] = 2
    sure = np.where(label == 2, 0.51, 0.97).astype(np.float32)
    traffic = (TrafficType("benign", 40, 81_000_000), TrafficType("port_scan", 19, 1_204_000))
    return Labels(np.sort(FLOWS.flow), label, sure, CLASSES, traffic)


@dataclass
class FakeLearner:
    has_model: bool = False
    problem: str = ""
    silent: bool = False
    """Nothing is known yet."""
    asked: int = field(default=0)

    def ranking(self) -> Ranking | None:
        self.asked += 1
        return None if self.silent else RANKING

    def labels(self) -> Labels | None:
        return None if self.silent or not self.has_model else LABELS


RANKING, LABELS = ranking(), labels()
