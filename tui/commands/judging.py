"""Labels and anomaly scores for flows that are written out: by a model of `train`, against a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui.core.flow.records import FlowRecords
from tui.errors import NoSuchFile
from tui.export.flows import Judgements, unjudged


@dataclass(frozen=True, slots=True)
class Judge:
    """Called with flows; loads what it needs when it is made. Without model and baseline it knows nothing."""

    classifier: Any = None
    anomalies: Any = None

    @classmethod
    def of(cls, model: Path | None, baseline: Path | None) -> Judge:
        """Raises NettuiError for files that are none, and where the extra is missing."""
        classifier = anomalies = None
        if model is not None:
            from tui.learning.modelfile import load

            classifier = load(model)
        if baseline is not None:
            from tui.learning.anomaly import AnomalyModel

            anomalies = AnomalyModel(usual_flows(baseline))
        return cls(classifier, anomalies)

    def __call__(self, flows: FlowRecords) -> Judgements:
        from tui.learning.sample import clean_matrix

        labels, probabilities, scores = unjudged(flows)
        if self.classifier is None and self.anomalies is None:
            return labels, probabilities, scores
        rows = clean_matrix(flows)
        if self.classifier is not None:
            found, sure = self.classifier.labels(rows)
            labels, probabilities = found.tolist(), sure.round(4).tolist()
        if self.anomalies is not None:
            scores = self.anomalies.scores(rows).round(4).tolist()
        return labels, probabilities, scores


def usual_flows(path: Path) -> Any:
    """The flows of a baseline, shape (n, len(FEATURES)). Raises NoSuchFile and FormatError."""
    from tui.learning import usual

    try:
        text = path.read_bytes()
    except OSError as error:
        raise NoSuchFile(f"cannot read {path}: {error.strerror}", "check --baseline") from None
    return usual.loads(text)[1]
