"""Classifier: a RandomForest over flow features, with the reports that tell what it is worth."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.errors import UsageError
from tui.learning.extra import need
from tui.learning.labels import SURE, UNKNOWN
from tui.learning.scores import Scores, scores

Floats = NDArray[np.float64]
Labels = NDArray[np.str_]

TREES = 100
LEAST = 10
"""Flows that a classifier is trained on at least."""
TEST_SHARE = 0.3
"""Of the flows, in the random split."""
_SEED = 20_261_120


@dataclass(frozen=True, slots=True)
class Reports:
    """Two ways of testing. The first looks good always, because flows of one capture resemble each other."""

    random_split: Scores
    one_capture_out: Scores | None
    """Each capture classified by a model that was trained on the others; None with a single capture."""
    of_one_capture: tuple[str, ...] = ()
    """Classes that only one capture holds: with it left out, nothing is left to learn them from."""

    def as_dict(self) -> dict[str, Any]:
        """As it is kept in the model file and printed as JSON."""
        left_out = self.one_capture_out
        return {
            "random_split": self.random_split.as_dict(),
            "one_capture_out": left_out and left_out.as_dict(),
            "classes_of_one_capture": list(self.of_one_capture),
        }


@dataclass(frozen=True, slots=True)
class Classifier:
    """A random forest over flow features, with what it was trained on and how it did in tests."""

    pipeline: Any
    """Scaling and forest, as scikit-learn has them."""
    classes: dict[str, int]
    """Flows of each class that it was trained on."""
    scores: dict[str, Any]
    """`Reports.as_dict` of its training."""

    def probabilities(self, rows: Floats) -> tuple[Labels, Floats]:
        """The likeliest class of each flow and its probability; the same whatever other flows are asked about."""
        if not len(rows):
            return np.empty(0, np.str_), np.empty(0)
        found = self.pipeline.predict_proba(rows)
        best = found.argmax(axis=1)
        return np.asarray(self.pipeline.classes_, np.str_)[best], found[np.arange(len(rows)), best]

    def labels(self, rows: Floats) -> tuple[Labels, Floats]:
        """As `probabilities`, but "unknown" where the probability is below SURE."""
        label, sure = self.probabilities(rows)
        return np.where(sure >= SURE, label, UNKNOWN), sure


def train(rows: Floats, labels: Labels, captures: NDArray[np.int64]) -> tuple[Classifier, Reports]:
    """Fit on all flows; test by a random split and by leaving captures out. Raises UsageError where that cannot be."""
    counts = Counter(labels.tolist())
    if len(rows) < LEAST:
        few = f"{len(rows)} flow{'s are' if len(rows) != 1 else ' is'} too few to train on"
        raise UsageError(few, f"give captures with {LEAST} flows or more")
    if len(counts) < 2:
        raise UsageError(
            f"all {len(rows)} flows are {next(iter(counts))}: there is nothing to tell apart",
            "add captures of another class",
        )
    single = tuple(name for name in sorted(counts) if len(np.unique(captures[labels == name])) == 1)
    reports = Reports(_random_split(rows, labels), _captures_out(rows, labels, captures), single)
    return Classifier(_fit(rows, labels), dict(sorted(counts.items())), reports.as_dict()), reports


def _fit(rows: Floats, labels: Labels) -> Any:
    ensemble, pipeline, scaling = (need(f"sklearn.{name}") for name in ("ensemble", "pipeline", "preprocessing"))
    forest = ensemble.RandomForestClassifier(TREES, class_weight="balanced", random_state=_SEED, n_jobs=1)
    return pipeline.make_pipeline(scaling.StandardScaler(), forest).fit(rows, labels)


def _random_split(rows: Floats, labels: Labels) -> Scores:
    """Train on some flows of every class, test on the rest."""
    random = np.random.default_rng(_SEED)
    test = np.zeros(len(rows), np.bool_)
    for name in np.unique(labels):
        own = random.permutation(np.flatnonzero(labels == name))
        test[own[: round(len(own) * TEST_SHARE)]] = True
    if not test.any():
        test[random.integers(len(rows))] = True
    return scores(labels[test], _fit(rows[~test], labels[~test]).predict(rows[test]))


def _captures_out(rows: Floats, labels: Labels, captures: NDArray[np.int64]) -> Scores | None:
    """Each capture by a model of all the others; None where there are no others."""
    numbers = np.unique(captures)
    if len(numbers) < 2:
        return None
    taken = np.empty(len(labels), dtype=object)
    for number in numbers:
        own = captures == number
        rest = labels[~own]
        taken[own] = rest[0] if len(np.unique(rest)) < 2 else _fit(rows[~own], rest).predict(rows[own])
    return scores(labels, taken.astype(np.str_))
