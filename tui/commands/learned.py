"""What the learning commands share: labelled flows of several captures, and words for their reports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tui.commands.flowinput import read_flows
from tui.core.flowrecords import FlowRecords
from tui.engine.offline import OfflineRun
from tui.errors import NoSuchFile, UsageError
from tui.learning.labels import Rule, label_flows, read_labels
from tui.learning.sample import Sample, clean_matrix


class Labelled:
    """Flows of captures with their features and, where there is a table, their labels."""

    def __init__(self, paths: Sequence[str], table: Path | None) -> None:
        rules = load_labels(table) if table else None
        if rules is not None:
            for path in paths:
                label_flows(FlowRecords.empty(0), path, rules)  # a file without a label is told before all is read
        self.sample: Sample
        self.reading: OfflineRun
        self.sample, self.reading = read_flows(paths)
        self.flows = self.sample.flows
        self.files = self.sample.files
        self.rows: NDArray[np.float64] = clean_matrix(self.flows)
        self.labels: NDArray[np.str_] | None = None if rules is None else self._label(paths, rules)

    def _label(self, paths: Sequence[str], rules: list[Rule]) -> NDArray[np.str_]:
        found = np.empty(len(self.flows), dtype=object)
        for number, path in enumerate(paths):
            own = np.flatnonzero(self.files == number)
            found[own] = label_flows(self.flows.select(own), path, rules)
        return found.astype(np.str_)


def load_labels(path: Path) -> list[Rule]:
    """Raises NoSuchFile and UsageError."""
    try:
        return read_labels(path.read_text("utf-8").splitlines(), path.name)
    except OSError as error:
        raise NoSuchFile(f"cannot read {path}: {error.strerror}", "check --labels") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text", "labels are a table, columns divided by tabs") from None
