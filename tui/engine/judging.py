"""Book: the labels of a session's flows as they come in, bounded; and rankings out of a helper's answer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.flow.records import FlowRecords
from tui.core.judged import Labels, Ranking, Reason, TrafficType

MOST = 200_000
"""Flows whose label is kept; of the oldest ones beyond it only the sums stay."""


class Book:
    """One for each session. One thread writes; `labels` is for any."""

    def __init__(self) -> None:
        self.labels: Labels | None = None
        self._flow = np.empty(0, np.uint32)
        self._packets = np.empty(0, np.int64)
        self._bytes = np.empty(0, np.int64)
        self._label = np.empty(0, np.uint16)
        self._sure = np.empty(0, np.float32)
        self._past = np.zeros((0, 2), np.int64)
        """Flows and bytes by label of those that are no longer kept."""

    def changed(self, flows: FlowRecords) -> FlowRecords:
        """Those that have no label, or have said more since they got it."""
        if not len(self._flow):
            return flows
        at = np.minimum(np.searchsorted(self._flow, flows.flow), len(self._flow) - 1)
        packets = flows.packets.sum(axis=0, dtype=np.int64)
        same = (self._flow[at] == flows.flow) & (self._packets[at] == packets)
        return flows.select(~same)

    def add(
        self,
        flows: FlowRecords,
        label: NDArray[np.uint16],
        sure: NDArray[np.float32],
        classes: tuple[str, ...],
        total: int,
    ) -> None:
        """Labels of some flows; `total` is how many flows there ever were."""
        keep = ~np.isin(self._flow, flows.flow)
        parts = (
            (self._flow, flows.flow),
            (self._packets, flows.packets.sum(axis=0, dtype=np.int64)),
            (self._bytes, flows.bytes.sum(axis=0)),
            (self._label, label),
            (self._sure, sure),
        )
        order = np.argsort(np.concatenate([self._flow[keep], flows.flow]), kind="stable")
        merged = [np.concatenate([old[keep], new])[order] for old, new in parts]
        self._flow, self._packets, self._bytes, self._label, self._sure = merged
        if len(self._past) < len(classes):
            self._past = np.zeros((len(classes), 2), np.int64)
        self._fold(len(self._flow) - MOST)
        self.labels = Labels(self._flow, self._label, self._sure, classes, self._traffic(classes), self._unseen(total))

    def _fold(self, n: int) -> None:
        """Of the oldest flows only the sums stay."""
        if n <= 0:
            return
        self._past += _sums(self._label[:n], self._bytes[:n], len(self._past))
        for name in ("_flow", "_packets", "_bytes", "_label", "_sure"):
            setattr(self, name, getattr(self, name)[n:])

    def _traffic(self, classes: tuple[str, ...]) -> tuple[TrafficType, ...]:
        sums = self._past + _sums(self._label, self._bytes, len(classes))
        found = [TrafficType(name, *counts) for name, counts in zip(classes, sums.tolist(), strict=True) if counts[0]]
        return tuple(sorted(found, key=lambda kind: (-kind.bytes, kind.label)))

    def _unseen(self, total: int) -> int:
        return max(0, total - int(self._past[:, 0].sum()) - len(self._flow))


def _sums(label: NDArray[np.uint16], volume: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Flows and bytes by label, shape (n, 2)."""
    return np.stack([np.bincount(label, minlength=n), np.bincount(label, volume, n).astype(np.int64)], axis=1)


def ranking(flows: FlowRecords, header: dict[str, Any], arrays: list[NDArray[Any]], number: int) -> Ranking:
    """The answer of the helper beside the flows that it was asked about."""
    scores, order = arrays
    reasons = tuple(tuple(Reason(*reason) for reason in some) for some in header["reasons"])
    return Ranking(flows, scores, order, reasons, header["method"], header["fitted_on"], number)
