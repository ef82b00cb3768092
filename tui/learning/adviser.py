"""Adviser: the far end of the learner. It scores and labels the flows that it is sent, in a process of its own.

A question is one letter and flow records as they lie in memory; `wire` has the form of the answers. Nothing here is
ever run in the process that captures.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from tui.core.flow.records import ITEM, FlowRecords
from tui.core.judged import LISTED
from tui.errors import CaptureError, FormatError, NettuiError, NoSuchFile
from tui.learning import usual
from tui.learning.anomaly import AnomalyModel
from tui.learning.classifier import Classifier
from tui.learning.labels import UNKNOWN
from tui.learning.sample import clean_matrix
from tui.learning.wire import CHECK, RANK, packed, refusal

AGAIN_S = 60.0
"""Without a baseline, what is usual is learned anew from the session so often."""
FITTED = 20_000
"""Flows of the session that are taken as usual at most: a tree of the forest looks at 256."""


class Adviser:
    """One for the life of the process; keeps what it has loaded and fitted."""

    def __init__(self, baseline: Path | None, model: Path | None, clock: Callable[[], float] = monotonic) -> None:
        self._baseline = baseline
        self._model = model
        self._clock = clock
        self._anomalies: AnomalyModel | None = None
        self._fitted_on = ""
        self._fitted_at = float("-inf")
        self._classifier: Classifier | None = None

    def answer(self, question: bytes) -> bytes:
        """Whatever goes wrong is an answer too: the process stays."""
        try:
            if question[:1] == CHECK:
                return packed({"classes": self._classes()})
            flows = FlowRecords.over(np.frombuffer(question, ITEM, offset=1))
            return self._rank(flows) if question[:1] == RANK else self._label(flows)
        except NettuiError as error:
            return refusal(error)
        except MemoryError:
            return refusal(CaptureError("the learner has used up the memory that it may take"))

    # how strange

    def _rank(self, flows: FlowRecords) -> bytes:
        rows = clean_matrix(flows)
        model = self._fitted(rows)
        scores = model.scores(rows)
        order = np.argsort(-scores, kind="stable")[:LISTED]
        reasons = [
            [(reason.feature, reason.value, reason.usual, reason.deviation) for reason in model.reasons(rows[row])]
            for row in order.tolist()
        ]
        header = {"method": model.method, "fitted_on": self._fitted_on, "reasons": reasons}
        return packed(header, scores, order.astype(np.int64))

    def _fitted(self, rows: NDArray[np.float64]) -> AnomalyModel:
        """On the baseline, else on the flows of the session, anew each minute."""
        now = self._clock()
        if self._anomalies is not None and (self._baseline or now - self._fitted_at < AGAIN_S):
            return self._anomalies
        problem = ""
        if self._baseline:
            try:
                known = _usual(self._baseline)
                self._anomalies = AnomalyModel(known)
                self._fitted_on = f"{len(known):,} flows of {self._baseline.name}"
                return self._anomalies
            except FormatError as error:
                # a baseline made for the detectors alone may hold no flows
                self._baseline, problem = None, f"; {error.message}"
        some = rows[np.linspace(0, len(rows) - 1, FITTED).astype(np.int64)] if len(rows) > FITTED else rows
        self._anomalies, self._fitted_at = AnomalyModel(some), now
        self._fitted_on = f"{len(some):,} flows of this session{problem}"
        return self._anomalies

    # what they are

    def _loaded(self) -> Classifier:
        if self._classifier is None:
            from tui.learning.modelfile import load

            assert self._model is not None
            self._classifier = load(self._model)
        return self._classifier

    def _classes(self) -> list[str]:
        return [*self._loaded().classes, UNKNOWN] if self._model else []

    def _label(self, flows: FlowRecords) -> bytes:
        labels, sure = self._loaded().labels(clean_matrix(flows))
        classes = self._classes()
        places = {name: at for at, name in enumerate(classes)}
        index = np.array([places[name] for name in labels.tolist()], np.uint16)
        return packed({"classes": classes}, index, sure.astype(np.float32))


def _usual(path: Path) -> NDArray[np.float64]:
    try:
        return usual.loads(path.read_bytes())[1]
    except OSError as error:
        raise NoSuchFile(f"cannot read {path}: {error.strerror}", "check --baseline") from None
