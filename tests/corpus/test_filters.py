"""Every filter of the table picks the packets that tshark picks, on captures of many origins.

`python -m tests.corpus.test_filters` prints the agreement of each filter over all captures, and where they differ.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.corpus.filter_table import EXPRESSIONS, KNOWN_DIFFERENCES
from tui import filters
from tui.core.flows import FlowTable
from tui.engine.offline import OfflineRun

CAPTURES = Path(os.environ.get("NETTUI_CAPTURES", Path(__file__).resolve().parents[2] / "../shared/captures"))
CORPUS = CAPTURES / "corpus"
TAPS = Path(__file__).with_name("taps.lua")
KINDS = ("proto", "benign", "attack", "encap")
LARGEST = 400_000
EVERY = 6
"""Of the captures, one in so many is compared in the tests; the command compares all."""

READY = CORPUS.is_dir() and shutil.which("tshark") is not None

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not CORPUS.is_dir() or not shutil.which("tshark"), reason="needs the shared captures and tshark"
    ),
]


def captures() -> list[Path]:
    """Captures small enough to be asked everything."""
    if not CORPUS.is_dir():
        return []
    found = (file for kind in KINDS for file in sorted((CORPUS / kind).iterdir()))
    return [file for file in found if file.stat().st_size < LARGEST and file.suffix != ".gz"]


def asked_of_tshark(file: Path, expressions: tuple[str, ...]) -> list[list[int] | None]:
    """Packet numbers that each filter picks, None for a filter that tshark does not know; one pass over the file."""
    with tempfile.TemporaryDirectory() as folder:
        questions, answers = Path(folder, "filters"), Path(folder, "answers")
        questions.write_text("\n".join(expressions) + "\n")
        environment = os.environ | {
            "TAP_FILTERS": str(questions), "TAP_OUT": str(answers), "TZ": "UTC", "WIRESHARK_CONFIG_DIR": folder,
        }  # fmt: skip
        command = ["tshark", "-n", "-q", "-X", f"lua_script:{TAPS}", "-r", str(file)]
        subprocess.run(command, env=environment, capture_output=True, timeout=300, check=False)
        found: list[list[int] | None] = [None] * len(expressions)
        for line in answers.read_text().splitlines():
            index, _, numbers = line.partition("\t")
            if numbers != "ERROR":
                found[int(index) - 1] = [int(number) for number in numbers.split(",") if number]
    return found


def ours(file: Path, expressions: tuple[str, ...]) -> list[list[int]]:
    """Packet numbers that each of our filters picks; one pass over the file."""
    runs = [filters.Run(filters.compile(text)) for text in expressions]
    found: list[list[int]] = [[] for _ in runs]
    for batch in OfflineRun([str(file)], FlowTable()).batches():
        for run, numbers in zip(runs, found, strict=True):
            mask = run.match(batch.columns, batch.frames.select, batch.first_sequence)
            numbers.extend((mask.nonzero()[0] + batch.first_sequence + 1).tolist())
    return found


def differences(file: Path) -> Iterator[tuple[str, list[int], list[int]]]:
    """(filter, packets only we pick, packets only tshark picks); both empty where they agree."""
    for text, wanted, got in zip(EXPRESSIONS, asked_of_tshark(file, EXPRESSIONS), ours(file, EXPRESSIONS), strict=True):
        if wanted is not None:
            yield text, sorted(set(got) - set(wanted)), sorted(set(wanted) - set(got))


@pytest.mark.parametrize("file", captures()[::EVERY], ids=lambda file: file.name)
def test_the_same_packets_as_tshark(file: Path) -> None:
    wrong = {text: (more, less) for text, more, less in differences(file) if more or less}
    unexplained = {text: where for text, where in wrong.items() if not KNOWN_DIFFERENCES.get(text)}
    assert len(wrong) <= 0.03 * len(EXPRESSIONS), wrong
    assert not unexplained


def main() -> int:
    """Print the agreement of every filter over all captures."""
    agreed = dict.fromkeys(EXPRESSIONS, 0)
    asked = dict(agreed)
    where: dict[str, list[str]] = {}
    for file in captures():
        for text, more, less in differences(file):
            asked[text] += 1
            agreed[text] += not (more or less)
            if more or less:
                where.setdefault(text, []).append(f"{file.name} (+{len(more)} -{len(less)})")
    for text in EXPRESSIONS:
        note = (
            f"  {', '.join(where[text][:3])}: {KNOWN_DIFFERENCES.get(text, 'not explained')}" if text in where else ""
        )
        print(f"{agreed[text]:4} of {asked[text]:4}  {text}{note}")
    print(f"{sum(agreed.values())} of {sum(asked.values())} = {sum(agreed.values()) / max(sum(asked.values()), 1):.2%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
