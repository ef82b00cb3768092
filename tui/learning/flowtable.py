"""Flow tables: CSV and Parquet files with the columns of `nettui flows`, as they come back from elsewhere."""

from __future__ import annotations

import csv
import importlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui.core.features import FEATURES
from tui.errors import FormatError, MissingLibrary, NoSuchFile, UsageError
from tui.learning.sample import MOST

ENDINGS = (".csv", ".parquet", ".pq")
"""Names of files that are flow tables; all others are captures."""
PART = 16_384
"""Flows read at a time."""
LABEL = "label"
FACTS = (
    "first_ns", "last_ns", "src", "sport", "dst", "dport", "ip_proto", "protocol", "packets", "bytes", "packets_back",
    "bytes_back",
)  # fmt: skip
"""Columns that say which flow it is; shown where they are there."""
_UNKNOWN_IS_0 = frozenset(("rtt_ms",))
"""Features that are empty where they are not known."""
_HINT = "nettui flows FILE --csv (or --parquet OUT) writes such a table"
_SEED = 20_261_120
_INTEGERS = frozenset(FACTS) - {"src", "dst", "protocol"}

Floats = NDArray[np.float64]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Some flows of a table: features of shape (n, len(FEATURES)), labels ("" where there is none), facts to show."""

    rows: Floats
    labels: NDArray[np.str_]
    facts: Sequence[Row]


def is_table(path: str) -> bool:
    """By its name: is it a flow table rather than a capture?"""
    return path.lower().endswith(ENDINGS)


def read(path: str) -> Iterator[Part]:
    """A table in parts. Raises NoSuchFile, FormatError for what is no flow table or has a value that is no number."""
    first, empty = 1, True
    for some in _csv(path) if path.lower().endswith(".csv") else _parquet(path):
        yield _part(path, some, first)
        first, empty = first + len(some), False
    if empty:
        raise FormatError(f"{path} holds no flow", _HINT)


def _part(path: str, some: Sequence[Row], first: int) -> Part:
    rows = np.empty((len(some), len(FEATURES)))
    for number, row in enumerate(some):
        rows[number] = [_number(path, first + number, name, row[name]) for name in FEATURES]
    labels = np.array([str(row.get(LABEL) or "").strip() for row in some], np.str_)
    return Part(rows, labels, [_facts(row) for row in some])


def _number(path: str, flow: int, name: str, value: Any) -> float:
    if value in ("", None) and name in _UNKNOWN_IS_0:
        return 0.0
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        shown = "empty" if value in ("", None) else f"{value!r:.40}, no number"
        raise FormatError(f"{path}: {name} of flow {flow:,} is {shown}", "mend the value, or leave the flow out")
    return found


def _facts(row: Row) -> Row:
    """What is known of which flow it is; numbers as numbers."""
    return {name: _fact(name, row.get(name)) for name in FACTS}


def _fact(name: str, value: Any) -> Any:
    if value in ("", None) or name not in _INTEGERS:
        return value or None
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _checked(path: str, columns: Iterable[str]) -> None:
    missing = [name for name in FEATURES if name not in set(columns)]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise FormatError(f"{path} is no flow table: it has no column {', '.join(missing[:3])}{more}", _HINT)


def _csv(path: str) -> Iterator[list[Row]]:
    try:
        with Path(path).open(encoding="utf-8", newline="") as opened:
            table = csv.DictReader(opened)
            _checked(path, table.fieldnames or ())
            some: list[Row] = []
            for row in table:
                some.append(row)
                if len(some) == PART:
                    yield some
                    some = []
            if some:
                yield some
    except OSError as error:
        raise NoSuchFile(f"cannot read {path}: {error.strerror}", "check the path") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"{path} is no CSV file ({error})", _HINT) from None


def _parquet(path: str) -> Iterator[list[Row]]:
    try:
        parquet, arrow = (importlib.import_module(name) for name in ("pyarrow.parquet", "pyarrow"))
    except ImportError as error:
        raise MissingLibrary(f"Parquet needs pyarrow ({error})", 'pip install "nettui[export]"') from None
    try:
        with parquet.ParquetFile(path) as opened:
            names = opened.schema_arrow.names
            _checked(path, names)
            wanted = [name for name in dict.fromkeys((*FACTS, *FEATURES, LABEL)) if name in names]
            for batch in opened.iter_batches(PART, columns=wanted):
                if batch.num_rows:
                    yield batch.to_pylist()
    except arrow.ArrowInvalid as error:
        raise FormatError(f"{path} is no Parquet file ({str(error).splitlines()[0]:.80})", _HINT) from None
    except OSError as error:
        raise NoSuchFile(f"cannot read {path}: {error.strerror or error}", "check the path") from None


@dataclass(frozen=True, slots=True)
class Tables:
    """Labelled flows of several tables: a fair choice of them where there are too many."""

    rows: Floats
    labels: NDArray[np.str_]
    files: NDArray[np.int64]
    """Index of the table of each flow."""
    seen: int


def read_labelled(paths: Sequence[str], most: int = MOST) -> Tables:
    """All flows of tables whose flows have a label. Raises UsageError where one has none."""
    random, seen = np.random.default_rng(_SEED), 0
    held: list[tuple[Floats, NDArray[np.str_], NDArray[np.int64]]] = []
    for index, path in enumerate(paths):
        for part in read(path):
            bare = np.flatnonzero(part.labels == "")
            if len(bare):
                raise UsageError(f"{path}: {len(bare):,} flows have no label", f"fill the column {LABEL}")
            seen += len(part.rows)
            held.append((part.rows, part.labels, np.full(len(part.rows), index)))
            if sum(len(rows) for rows, _, _ in held) > 2 * most:
                held = [_choice(held, most, random)]
    return Tables(*_choice(held, most, random), seen)


def _choice(
    held: Sequence[tuple[Floats, NDArray[np.str_], NDArray[np.int64]]], most: int, random: np.random.Generator
) -> tuple[Floats, NDArray[np.str_], NDArray[np.int64]]:
    """At most so many flows."""
    rows, labels, files = (np.concatenate(parts) for parts in zip(*held, strict=True))
    if len(rows) <= most:
        return rows, labels, files
    chosen = np.sort(random.choice(len(rows), most, replace=False))
    return rows[chosen], labels[chosen], files[chosen]
