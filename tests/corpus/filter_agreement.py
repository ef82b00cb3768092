"""How far our display filters pick the packets that tshark picks: each filter of the table on each capture."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.corpus import oracle
from tests.corpus.filter_table import EXPRESSIONS, KNOWN_DIFFERENCES
from tui import filters
from tui.core.flow.table import FlowTable
from tui.engine.files.offline import OfflineRun
from tui.filters.tables import FIELDS

KINDS = ("proto", "benign", "attack", "encap")
LARGEST = 400_000
"""Bytes of a capture that is asked everything."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A filter that picks other packets of a capture than tshark does."""

    file: str
    text: str
    more: tuple[int, ...]
    """Packets that only we pick."""
    less: tuple[int, ...]
    """Packets that only tshark picks."""

    @property
    def reason(self) -> str | None:
        """Why, where it is known."""
        found = (why for why, where in KNOWN_DIFFERENCES.items() if self.text in where.get(self.file, ()))
        return next(found, None)

    def __str__(self) -> str:
        return f"{self.file} (+{len(self.more)} -{len(self.less)})"


@dataclass(slots=True)
class Tally:
    """One filter over all captures."""

    asked: int = 0
    matched: int = 0
    """Captures of which tshark picks some packet."""
    wrong: list[Difference] = field(default_factory=list)

    @property
    def agreed(self) -> int:
        return self.asked - len(self.wrong)


def captures() -> list[Path]:
    """Captures small enough to be asked everything."""
    return [file for file in oracle.files(*KINDS) if file.stat().st_size < LARGEST and file.suffix != ".gz"]


def ours(file: Path, expressions: Iterable[str]) -> list[list[int]]:
    """Packet numbers that each of our filters picks; one pass over the file."""
    runs = [filters.Run(filters.compile(text)) for text in expressions]
    found: list[list[int]] = [[] for _ in runs]
    for batch in OfflineRun([str(file)], FlowTable()).batches():
        for run, numbers in zip(runs, found, strict=True):
            mask = run.match(batch.columns, batch.frames.select, batch.first_sequence)
            numbers.extend((mask.nonzero()[0] + batch.first_sequence + 1).tolist())
    return found


def tally(files: Iterable[Path]) -> dict[str, Tally]:
    """Every filter of the table over these captures; filters that tshark does not know are not asked."""
    found = {text: Tally() for text in EXPRESSIONS}
    for file in files:
        wanted = oracle.picked(file, EXPRESSIONS)
        for text, got in zip(EXPRESSIONS, ours(file, EXPRESSIONS), strict=True):
            theirs = wanted[text]
            if theirs is None:
                continue
            found[text].asked += 1
            found[text].matched += bool(theirs)
            if got != theirs:
                more, less = set(got) - set(theirs), set(theirs) - set(got)
                found[text].wrong.append(Difference(file.name, text, tuple(sorted(more)), tuple(sorted(less))))
    return found


def fields_of(text: str) -> list[str]:
    """The fields and protocols that a filter speaks of."""
    words = re.findall(r"[a-zA-Z_][\w.-]*", re.sub(r'"[^"]*"', "", text))
    return sorted({word for word in words if word in FIELDS})


def by_field(tallies: dict[str, Tally]) -> dict[str, Tally]:
    """The filters' answers under each field that they speak of."""
    found: dict[str, Tally] = {}
    for text, of in tallies.items():
        for name in fields_of(text):
            here = found.setdefault(name, Tally())
            here.asked += of.asked
            here.matched += of.matched
            here.wrong += of.wrong
    return found
