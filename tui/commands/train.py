"""Train a classifier of flows, and say honestly what it is worth."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tui.commands.learned import read_labelled
from tui.learning.classifier import Reports, train
from tui.learning.extra import need
from tui.learning.modelfile import save

WEAK = (
    "no --labels: weak labels by rule of thumb (high_traffic above 1 MB/s, web_traffic for ports 80 and 443, else "
    "other); the model can only learn these rules"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="pcap or pcapng, gzip too; or flow tables (.csv, .parquet) with labels"
    )
    parser.add_argument("--labels", type=Path, metavar="TSV", help="which flows are attacks (default: weak rules)")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help="where the model goes")
    parser.add_argument("--json", action="store_true", help="the reports as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Write the model and print both reports; raises DamagedFile after what could be read."""
    need("skops.io")
    need("sklearn")
    data = read_labelled(arguments.files, arguments.labels)
    if data.weak:
        print(WEAK, file=sys.stderr)
    model, reports = train(data.rows, data.labels, data.files)
    save(model, arguments.output)
    if arguments.json:
        print(json.dumps({"model": str(arguments.output), "classes": model.classes, **reports.as_dict()}))
    else:
        _print(model.classes, reports, arguments.output)
    sys.stdout.flush()
    data.raise_damage()
    return 0


def _print(classes: dict[str, int], reports: Reports, output: Path) -> None:
    print(f"{sum(classes.values()):,} flows: " + ", ".join(f"{name} {n:,}" for name, n in classes.items()))
    print("\nrandom split (flows of one capture are in both parts, so this is no evidence):")
    print(reports.random_split.text())
    if reports.one_capture_out is None:
        print("\nleaving one capture out is impossible: there is only one. Train on several to know what it is worth.")
    else:
        print("\none capture left out, each in turn (believe this one):")
        print(reports.one_capture_out.text())
        if reports.of_one_capture:
            print(f"  in one capture only, so nothing was left to learn them from: {', '.join(reports.of_one_capture)}")
    print(f"\nwritten to {output}")
