"""Description of columns that come in parts."""

from __future__ import annotations

import numpy as np
import pytest

from tui.core import describe
from tui.core.describe import Description


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 100, 101, 4097])
def test_quartiles_are_those_of_numpy_to_the_last_bit(count: int) -> None:
    rows = np.random.default_rng(count).normal(size=(count, 4)) * 1e7
    one = Description(4)
    for part in np.array_split(rows, 3):
        one.add(part)
    table = one.table(("a", "b", "c", "d"))
    expected = np.quantile(rows, [0.25, 0.5, 0.75], axis=0)
    assert [[row["25%"], row["50%"], row["75%"]] for row in table.values()] == expected.T.tolist()


def test_moments_are_those_of_all_rows() -> None:
    rows = np.random.default_rng(1).normal(size=(1000, 1))
    one = Description(1)
    for part in np.array_split(rows, 7):
        one.add(part)
    row = one.table(("a",))["a"]
    assert row["count"] == 1000
    assert row["mean"] == pytest.approx(rows.mean())
    assert row["std"] == pytest.approx(rows.std(ddof=1))
    assert (row["min"], row["max"]) == (rows.min(), rows.max())


def test_quartiles_of_many_rows_come_from_a_fair_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(describe, "SAMPLE", 500)
    one = Description(1)
    for start in range(0, 20_000, 1000):
        one.add(np.arange(start, start + 1000, dtype=np.float64)[:, None])
    row = one.table(("a",))["a"]
    assert row["count"] == 20_000
    assert row["50%"] == pytest.approx(10_000, abs=1_500)
    assert row["25%"] == pytest.approx(5_000, abs=1_500)


def test_no_row_describes_nothing() -> None:
    assert Description(1).table(("a",)) == {
        "a": {"count": 0, "mean": None, "std": None, "min": None, "25%": None, "50%": None, "75%": None, "max": None}
    }
