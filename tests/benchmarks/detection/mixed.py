"""Attacks among harmless traffic: each attack is laid over a harmless capture of the same kind of link."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable
from itertools import cycle
from pathlib import Path

from tests.benchmarks.detection.score import Case, Score, cases, incidents
from tui.engine.files.offline import OfflineRun
from tui.errors import NettuiError

LARGEST = 30_000_000
"""Bytes of a file that is mixed: every pair is read once."""


def mixed(name: str, folders: Iterable[Path]) -> None:
    """Print how many attacks are found under harmless traffic, and what else is told."""
    labelled = [case for case in cases(folders) if case.path.stat().st_size <= LARGEST]
    harmless: dict[int, list[tuple[Case, float]]] = {}
    for case in labelled:
        if not case.attack and (begun := beginning(case.path)):
            harmless.setdefault(begun[0], []).append((case, begun[1]))
    turns = {link: cycle(some) for link, some in harmless.items()}
    score, extra, alone_extra = Score(), 0, 0
    with tempfile.TemporaryDirectory(prefix="nettui-mixed-") as folder:
        for case in labelled:
            begun = beginning(case.path) if case.attack else None
            if begun is None or begun[0] not in turns:
                continue
            over, over_begun = next(turns[begun[0]])
            out = Path(folder) / "mixed.pcapng"
            _lay_over(case.path, over.path, begun[1] - over_begun, out)
            found, alone = incidents(out), incidents(case.path)
            score.add(case, [a for a in found if a.rule.startswith(case.rules)])
            extra += sum(not a.rule.startswith(case.rules) for a in found)
            alone_extra += sum(not a.rule.startswith(case.rules) for a in alone)
    print(f"\n== mixed: {name}\n{score.line('attack over harmless')}")
    print(f"incidents of other kinds: {extra}, without the harmless traffic {alone_extra}")


def beginning(path: Path) -> tuple[int, float] | None:
    """Link type and time of the first packet."""
    try:
        for batch in OfflineRun([str(path)]).batches():
            if len(batch.columns):
                return int(batch.columns.linktype[0]), int(batch.columns.time_ns[0]) / 1e9
    except NettuiError:
        return None
    return None


def _lay_over(attack: Path, harmless: Path, shift_s: float, out: Path) -> None:
    moved = out.with_name("harmless.pcapng")
    subprocess.run(["editcap", "-t", f"{shift_s:.6f}", str(harmless), str(moved)], check=False, capture_output=True)
    subprocess.run(["mergecap", "-w", str(out), str(attack), str(moved)], check=False, capture_output=True)
