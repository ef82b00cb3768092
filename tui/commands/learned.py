"""What the learning commands share: labelled flows of several captures, and words for their reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tui.commands.flowinput import read_flows
from tui.core.flow.records import FlowRecords
from tui.engine.files.offline import OfflineRun
from tui.errors import NoSuchFile, UsageError
from tui.learning import flowtable
from tui.learning.labels import Rule, label_flows, read_labels, weak_labels
from tui.learning.sample import clean_matrix
from tui.store.places import is_there


@dataclass(frozen=True, slots=True)
class Labelled:
    """Flows with their features and labels, from captures or from flow tables."""

    rows: NDArray[np.float64]
    labels: NDArray[np.str_]
    files: NDArray[np.int64]
    """Index of the file of each flow."""
    weak: bool = False
    """Labels by rule of thumb: there was no table of labels."""
    reading: OfflineRun | None = None

    def raise_damage(self) -> None:
        """Call it after all output."""
        if self.reading is not None:
            self.reading.raise_damage()


def read_labelled(paths: Sequence[str], labels: Path | None) -> Labelled:
    """Flows of captures labelled by a table (or by the weak rules), or of flow tables that carry their labels."""
    tables = [path for path in paths if flowtable.is_table(path)]
    if not tables:
        return _of_captures(paths, labels)
    if len(tables) < len(paths):
        raise UsageError("captures and flow tables do not mix", "make tables of the captures: nettui flows FILE --csv")
    if labels is not None:
        raise UsageError("flow tables carry their labels", f"leave --labels out, and fill the column {flowtable.LABEL}")
    found = flowtable.read_labelled(tables)
    return Labelled(found.rows, found.labels, found.files)


def _of_captures(paths: Sequence[str], table: Path | None) -> Labelled:
    rules = load_labels(table) if table else None
    if rules is not None:
        for path in paths:
            if path != "-" and not is_there(path):
                raise NoSuchFile(f"there is no file {path}", "check the path")
            label_flows(FlowRecords.empty(0), path, rules)  # a file without a label is told before all is read
    sample, reading = read_flows(paths)
    flows, files, rows = sample.flows, sample.files, clean_matrix(sample.flows)
    if rules is None:
        return Labelled(rows, weak_labels(flows, rows), files, weak=True, reading=reading)
    found = np.empty(len(flows), dtype=object)
    for number, path in enumerate(paths):
        own = np.flatnonzero(files == number)
        found[own] = label_flows(flows.select(own), path, rules)
    return Labelled(rows, found.astype(np.str_), files, reading=reading)


def load_labels(path: Path) -> list[Rule]:
    """Raises NoSuchFile and UsageError."""
    try:
        return read_labels(path.read_text("utf-8").splitlines(), path.name)
    except OSError as error:
        raise NoSuchFile(f"cannot read {path}: {error.strerror}", "check --labels") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text", "labels are a table, columns divided by tabs") from None
