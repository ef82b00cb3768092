"""Check what nettui needs of this machine; each failing line gives the one command that mends it."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from tui.engine.checkup import Finding, Verdict, findings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object for each check")
    parser.add_argument("--spool", type=Path, metavar="DIR", help="the folder whose free space counts")


def run(arguments: argparse.Namespace) -> int:
    """Print all findings; 1 if any fails."""
    found = findings(os.environ, arguments.spool)
    for finding in found:
        print(_json(finding) if arguments.json else _line(finding))
    return int(any(finding.verdict is Verdict.FAIL for finding in found))


def _json(finding: Finding) -> str:
    values = {"check": finding.name, "verdict": finding.verdict.value.lower()}
    return json.dumps({**values, "text": finding.text, "mend": finding.mend or None})


def _line(finding: Finding) -> str:
    line = f"{finding.verdict.value:<4}  {finding.name:<12} {finding.text}"
    return f"{line}\n{'':<19}mend: {finding.mend}" if finding.mend else line
