"""Say of each flow of a capture what it is, with the probability; "unknown" where that is under 0.7."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.commands.flowinput import read_flows
from tui.core.text import printable
from tui.engine.files.offline import OfflineRun
from tui.export.flows import records
from tui.learning import flowtable
from tui.learning.modelfile import load
from tui.learning.sample import clean_matrix, endpoints

_Part = tuple[NDArray[np.float64], Iterable[dict[str, Any]]]
"""Features of flows, and what else is known of each."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL", help="what train wrote")
    parser.add_argument(
        "file", metavar="FILE", help="pcap or pcapng, gzip too; - for standard input; or a flow table (.csv, .parquet)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per flow")


def run(arguments: argparse.Namespace) -> int:
    """Print a line per flow; raises DamagedFile after what could be read."""
    model = load(arguments.model)
    reading: OfflineRun | None = None
    if flowtable.is_table(arguments.file):
        parts: Iterable[_Part] = ((part.rows, part.facts) for part in flowtable.read(arguments.file))
    else:
        sample, reading = read_flows([arguments.file])
        flows = sample.flows
        flows = flows.select(np.lexsort((flows.flow, flows.first_ns)))  # the order in which `records` gives them
        parts = [(clean_matrix(flows), records(flows, lambda _flow, _dst: []))]
    counted: Counter[str] = Counter()
    for rows, known in parts:
        labels, sure = model.labels(rows)
        counted.update(labels.tolist())
        for found, label, probability in zip(known, labels.tolist(), sure.tolist(), strict=True):
            _print({**found, "label": label, "probability": round(probability, 4)}, arguments.json)
    if not arguments.json:
        print(f"{counted.total():,} flows: " + ", ".join(f"{name} {n:,}" for name, n in counted.most_common()))
    sys.stdout.flush()
    if reading is not None:
        reading.raise_damage()
    return 0


def _print(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        shown = printable(str(found["protocol"]), 8)
        ends = printable(endpoints(found), 120)
        print(f"{printable(found['label'], 16):16} {found['probability']:.2f}  {shown:8}  {ends}")
