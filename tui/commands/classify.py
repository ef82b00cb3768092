"""Say of each flow of a capture what it is, with the probability; "unknown" where that is under 0.7."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from tui.commands.flowinput import read_flows
from tui.export.flows import records
from tui.learning.modelfile import load
from tui.learning.sample import clean_matrix, endpoints


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL", help="what train wrote")
    parser.add_argument("file", metavar="FILE", help="pcap or pcapng, gzip too; - for standard input")
    parser.add_argument("--json", action="store_true", help="one JSON object per flow")


def run(arguments: argparse.Namespace) -> int:
    """Print a line per flow; raises DamagedFile after what could be read."""
    model = load(arguments.model)
    sample, reading = read_flows([arguments.file])
    flows = sample.flows
    flows = flows.select(np.lexsort((flows.flow, flows.first_ns)))  # the order in which `records` gives them
    labels, sure = model.labels(clean_matrix(flows))
    for row, found in enumerate(records(flows, lambda _flow, _dst: [])):
        found |= {"label": str(labels[row]), "probability": round(float(sure[row]), 4)}
        if arguments.json:
            print(json.dumps(found, ensure_ascii=False))
        else:
            print(f"{found['label']:16} {found['probability']:.2f}  {found['protocol']:8}  {endpoints(found)}")
    if not arguments.json:
        counted = Counter(labels.tolist()).most_common()
        print(f"{len(flows):,} flows: " + ", ".join(f"{name} {n:,}" for name, n in counted))
    sys.stdout.flush()
    reading.raise_damage()
    return 0
