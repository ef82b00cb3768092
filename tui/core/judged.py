"""What the learner says of flows: how strange they are, and what a model takes them for. Immutable; for screens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from tui.core.flow.records import FlowRecords
from tui.core.window import Window

LISTED = 200
"""Of the flows that are ranked, so many are named with their reasons."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One feature of a flow, and how far it is from the usual in robust standard deviations."""

    feature: str
    value: float
    usual: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """Flows by how unlike the usual they are. Never an alert by itself."""

    flows: FlowRecords
    scores: NDArray[np.float64]
    """0 to 1 for each of `flows`, higher is stranger."""
    order: NDArray[np.int64]
    """Index of the strangest of them, the strangest first."""
    reasons: tuple[tuple[Reason, ...], ...]
    """For each of `order`."""
    method: str
    """IsolationForest, or robust z-scores where the extra `learn` is not installed."""
    fitted_on: str
    """What was taken as usual, in words."""
    number: int = 0
    """Counts the rankings of a session."""

    def within(self, window: Window | None) -> Ranking:
        """Only the flows that were there in a window of time; all of them without one."""
        if window is None:
            return self
        first, last = self.flows.first_ns[self.order], self.flows.last_ns[self.order]
        kept = np.flatnonzero((first < window.end_ns) & (last >= window.start_ns))
        return replace(self, order=self.order[kept], reasons=tuple(self.reasons[at] for at in kept.tolist()))


@dataclass(frozen=True, slots=True)
class TrafficType:
    """All flows that a model takes for the same."""

    label: str
    flows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Labels:
    """What a model takes each flow for; arrays of shape (n,), in order of `flow`."""

    flow: NDArray[np.uint32]
    label: NDArray[np.uint16]
    """Index into `classes`."""
    sure: NDArray[np.float32]
    """The probability of the label."""
    classes: tuple[str, ...]
    traffic: tuple[TrafficType, ...] = field(default=())
    """Of the whole session, the most bytes first."""
    unseen: int = 0
    """Flows that came and went without being looked at."""

    def of(self, flows: NDArray[np.uint32]) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        """Index into `classes`, -1 where a flow has no label yet, and the probability."""
        if not len(self.flow):
            return np.full(len(flows), -1, np.int16), np.zeros(len(flows), np.float32)
        at = np.minimum(np.searchsorted(self.flow, flows), len(self.flow) - 1)
        known = self.flow[at] == flows
        return np.where(known, self.label[at].astype(np.int16), np.int16(-1)), np.where(
            known, self.sure[at], np.float32(0)
        )


NO_LABELS = Labels(np.empty(0, np.uint32), np.empty(0, np.uint16), np.empty(0, np.float32), ())
"""There is a model, and it has not said anything yet."""
