"""How good the detectors are: `python -m tests.benchmarks.detectors [FOLDER...] [--fast] [--only PART]`.

Prints, by incident: recall of each kind of attack, incidents per attack, seconds until the first alert, incidents on
harmless files; the same attacks laid over harmless traffic; what an attacker does who knows the rules; what a packet
costs, and the memory that two million forged sources take.

Without FOLDER the set is A, on which the limits were tuned: the labelled captures beside the project. FOLDER holds a
set that `python -m tests.benchmarks.detection.record FOLDER SEED` has recorded, or captures of one's own with a
`labels.tsv` of the same columns (file, kind, label, t0, obvious). PART is accuracy, mixed, evasion or cost.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.benchmarks.detection.cost import costs
from tests.benchmarks.detection.evasion import evasion
from tests.benchmarks.detection.mixed import mixed
from tests.benchmarks.detection.score import accuracy
from tests.conftest import CAPTURES


def main() -> None:
    parser = argparse.ArgumentParser(description="score the detectors")
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--only", choices=("accuracy", "mixed", "evasion", "cost"))
    chosen = parser.parse_args()
    sets = [(str(f), [f]) for f in chosen.folders] or [("set A", [CAPTURES / "detection", CAPTURES / "corpus"])]
    if chosen.only in (None, "accuracy"):
        for name, folders in sets:
            accuracy(name, folders)
    if chosen.only in (None, "mixed"):
        for name, folders in sets:
            mixed(name, folders)
    if chosen.only in (None, "evasion"):
        evasion()
    if chosen.only in (None, "cost"):
        costs(chosen.fast)


if __name__ == "__main__":
    main()
