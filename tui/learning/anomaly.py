"""Anomalies: how unlike the usual each flow is, and which features say so. Never an alert by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.features import FEATURES
from tui.core.judged import Reason
from tui.errors import UsageError
from tui.learning.extra import need, there

Floats = NDArray[np.float64]

LEAST = 8
"""Flows that a model is fitted on at least: below, nothing is usual."""
TREES = 200
SUBSAMPLE = 256  # of each tree: Liu, Ting and Zhou, Isolation Forest (2008), section 4.2
REASONS = 3
"""Features named for each flow."""
_SEED = 20_261_120
_MAD_TO_STD = 1.4826  # for a normal distribution
_CALM = 4.0  # a mean deviation at which the score of the robust method is one half


def log_features(rows: Floats) -> Floats:
    """Features on a scale where twice as much is one step, whatever the size; signs are kept."""
    scaled: Floats = np.sign(rows) * np.log1p(np.abs(rows))
    return scaled


class AnomalyModel:
    """Fitted on flows that are taken as usual. `method` says how it scores."""

    def __init__(self, usual: Floats) -> None:
        """`usual`: features of n flows. Raises UsageError for fewer than LEAST."""
        if len(usual) < LEAST:
            raise UsageError(
                f"{len(usual)} flow{'s are' if len(usual) != 1 else ' is'} too few to learn what is usual from",
                f"give a capture with {LEAST} flows or more",
            )
        rows = log_features(usual)
        self._median = np.median(rows, axis=0)
        spread = np.median(np.abs(rows - self._median), axis=0) * _MAD_TO_STD
        # a feature that hardly varies has no spread of its own: its standard deviation, or a small step, stands in
        self._spread = np.maximum(np.where(spread > 0, spread, rows.std(axis=0)), 0.05)
        self._forest = _forest(rows) if there("sklearn.ensemble") else None

    @property
    def method(self) -> str:
        return "IsolationForest" if self._forest is not None else "robust z-scores"

    def scores(self, rows: Floats) -> Floats:
        """0 to 1 for each flow, higher is stranger; the same for a flow whatever else is scored with it."""
        if not len(rows):
            return np.empty(0)
        logs = log_features(rows)
        found: Floats
        if self._forest is not None:
            found = -self._forest.score_samples(logs)
            return found
        deviations = np.sort(self._deviations(logs), axis=1)[:, -REASONS:].mean(axis=1)
        found = deviations / (deviations + _CALM)
        return found

    def _deviations(self, logs: Floats) -> Floats:
        deviations: Floats = np.abs(logs - self._median) / self._spread
        return deviations

    def reasons(self, row: Floats) -> list[Reason]:
        """The features of one flow that are farthest from the usual."""
        logs = log_features(row)
        signed = (logs - self._median) / self._spread
        order = np.argsort(-np.abs(signed), kind="stable")[:REASONS]
        usual = np.sign(self._median) * np.expm1(np.abs(self._median))
        return [Reason(FEATURES[i], float(row[i]), float(usual[i]), float(signed[i])) for i in order if signed[i]]


def _forest(rows: Floats) -> Any:
    ensemble = need("sklearn.ensemble")
    return ensemble.IsolationForest(
        n_estimators=TREES, max_samples=min(SUBSAMPLE, len(rows)), random_state=_SEED, n_jobs=1
    ).fit(rows)
