"""Test a classifier on labelled captures: precision, recall and F1 per class, and the confusion matrix."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tui.commands.learned import read_labelled
from tui.learning.modelfile import load
from tui.learning.scores import scores


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL", help="what train wrote")
    parser.add_argument("files", nargs="+", metavar="FILE", help="captures, or flow tables, that it was not trained on")
    parser.add_argument("--labels", type=Path, metavar="TSV", help="which flows are attacks (default: weak rules)")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Print the scores; raises DamagedFile after what could be read."""
    model = load(arguments.model)
    data = read_labelled(arguments.files, arguments.labels)
    truth = data.labels
    found = scores(truth, model.probabilities(data.rows)[0])
    unheard = sorted(set(truth.tolist()) - set(model.classes))
    if arguments.json:
        print(json.dumps({"flows": len(truth), "never_trained": unheard, **found.as_dict()}, ensure_ascii=False))
    else:
        print(f"{len(truth):,} flows")
        print(found.text())
        if unheard:
            print(f"the model has never been trained on: {', '.join(unheard)}")
    sys.stdout.flush()
    data.raise_damage()
    return 0
