"""Rank flows by how unlike the usual they are, with the features that say so. Not an alert: something to look at."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from tui.commands.flowinput import read_flows
from tui.commands.judging import usual_flows
from tui.core.judged import Reason
from tui.learning.anomaly import AnomalyModel
from tui.learning.sample import clean_matrix, endpoints, facts
from tui.settings.units import count

TOP = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="pcap or pcapng, gzip too; - for standard input")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="what is usual (default: the capture itself)")
    parser.add_argument("--top", type=count, default=TOP, metavar="N", help=f"flows listed (default {TOP})")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")


def run(arguments: argparse.Namespace) -> int:
    """Print the strangest flows; raises DamagedFile after what could be read."""
    known = usual_flows(arguments.baseline) if arguments.baseline else None
    sample, reading = read_flows([arguments.file])
    flows = sample.flows
    rows = clean_matrix(flows)
    model = AnomalyModel(rows if known is None else known)
    scores = model.scores(rows)
    if not arguments.json:
        against = arguments.baseline.name if arguments.baseline else "the capture itself"
        print(f"{sample.seen:,} flows, scored by {model.method} against {against}")
        if sample.seen > len(flows):
            print(f"a fair choice of {len(flows):,} of them was scored")
    for rank, row in enumerate(np.argsort(-scores, kind="stable")[: arguments.top].tolist(), start=1):
        reasons = model.reasons(rows[row])
        found = {"rank": rank, "score": round(float(scores[row]), 4), **facts(flows, row)}
        if arguments.json:
            found["reasons"] = [_reason(reason) for reason in reasons]
            print(json.dumps(found, ensure_ascii=False))
        else:
            print(f"{rank:4}  {found['score']:.3f}  {found['protocol']:8}  {endpoints(found)}")
            print("             " + "; ".join(_words(reason) for reason in reasons))
    sys.stdout.flush()
    reading.raise_damage()
    return 0


def _reason(reason: Reason) -> dict[str, object]:
    return {
        "feature": reason.feature, "value": round(reason.value, 6), "usual": round(reason.usual, 6),
        "deviation": round(reason.deviation, 2),
    }  # fmt: skip


def _words(reason: Reason) -> str:
    return f"{reason.feature} {reason.value:,.6g} (usual {reason.usual:,.6g}, {reason.deviation:+.1f} deviations)"
