"""Usual flows: a sample of flow features kept beside a baseline, which anomalies are measured against."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.baseline import Baseline
from tui.core.features import FEATURES
from tui.errors import FormatError

KEPT = 2_000
"""Flows of a baseline; an isolation forest looks at 256 for each tree."""
_SEED = 20_261_120
_HINT = "learn a new one: nettui baseline FILE -o base.json"


def dumps(baseline: Baseline, rows: NDArray[np.float64]) -> str:
    """The baseline as JSON, with a fair choice of its flows."""
    if len(rows) > KEPT:
        rows = rows[np.sort(np.random.default_rng(_SEED).choice(len(rows), KEPT, replace=False))]
    made = json.loads(baseline.dumps())
    made["flow_features"] = list(FEATURES)
    made["flows"] = [[float(f"{value:.6g}") for value in row] for row in rows.tolist()]
    return json.dumps(made, separators=(",", ":")) + "\n"


def loads(text: str | bytes) -> tuple[Baseline, NDArray[np.float64]]:
    """A baseline and its flows, shape (n,
    len(FEATURES)). Raises FormatError for what is damaged or of other features."""
    baseline = Baseline.loads(text)
    data: Any = json.loads(text)
    if data.get("flow_features") != list(FEATURES):
        raise FormatError("the baseline has no flows, or flows of other features than this version has", _HINT)
    rows = data.get("flows")
    if not isinstance(rows, list) or not all(_good(row) for row in rows) or len(rows) > KEPT:
        raise FormatError("the baseline is damaged at flows", _HINT)
    return baseline, np.array(rows, np.float64).reshape(len(rows), len(FEATURES))


def _good(row: Any) -> bool:
    numbers = isinstance(row, list) and len(row) == len(FEATURES)
    return numbers and all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in row)
