"""Describe: count, mean, std, min, quartiles and max of columns that come in parts, in bounded memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SAMPLE = 32_768
"""Rows kept for the quartiles. Up to so many they are exact; beyond it they come from a fair sample of this size."""
_SEED = 20_261_120


class Description:
    """Feed it matrices of shape (n, columns); everything but the quartiles is exact for any number of rows."""

    def __init__(self, columns: int) -> None:
        self.count = 0
        self._mean = np.zeros(columns)
        self._squares = np.zeros(columns)
        self._min = np.full(columns, np.inf)
        self._max = np.full(columns, -np.inf)
        self._sample: Floats = np.empty((SAMPLE, columns))
        self._held = 0
        self._random: np.random.Generator | None = None

    def add(self, rows: Floats) -> None:
        """Take in some rows (Chan, Golub and LeVeque 1979 for the moments; Vitter's algorithm R for the sample)."""
        n = len(rows)
        if not n:
            return
        mean = rows.mean(axis=0)
        gap = mean - self._mean
        total = self.count + n
        away = rows - mean
        away *= away
        self._squares += away.sum(axis=0) + gap * gap * (self.count * n / total)
        self._mean += gap * (n / total)
        self._min = np.minimum(self._min, rows.min(axis=0))
        self._max = np.maximum(self._max, rows.max(axis=0))
        early, late = rows[: SAMPLE - self._held], rows[SAMPLE - self._held :]
        self._sample[self._held : self._held + len(early)] = early
        self._held += len(early)
        if len(late):
            if self._random is None:
                self._random = np.random.default_rng(_SEED)
            place = self._random.integers(0, np.arange(total - len(late), total) + 1)
            kept = np.flatnonzero(place < SAMPLE)
            self._sample[place[kept]] = late[kept]
        self.count = total

    def table(self, names: tuple[str, ...]) -> dict[str, dict[str, float | int | None]]:
        """One entry per column, as pandas' describe names them; None where there is no row (std: fewer than two)."""
        if not self.count:
            return {name: _row(0, [None] * 7) for name in names}
        std = np.sqrt(self._squares / (self.count - 1)) if self.count > 1 else None
        quartiles = _quartiles(self._sample[: self._held])
        found: dict[str, dict[str, float | int | None]] = {}
        for i, name in enumerate(names):
            q1, q2, q3 = (float(quartile[i]) for quartile in quartiles)
            spread = None if std is None else float(std[i])
            found[name] = _row(
                self.count, [float(self._mean[i]), spread, float(self._min[i]), q1, q2, q3, float(self._max[i])]
            )
        return found


def _quartiles(rows: Floats) -> list[Floats]:
    """The quartiles of each column, between two values as pandas and NumPy have them (np.quantile, "linear").

    Sorting whole columns takes a third of the time of np.quantile, which partitions.
    """
    columns = np.ascontiguousarray(rows.T)
    columns.sort(axis=1)
    found = []
    for share in (0.25, 0.5, 0.75):
        place = share * (len(rows) - 1)
        low = int(place)
        below, above = columns[:, low], columns[:, min(low + 1, len(rows) - 1)]
        part, gap = place - low, above - below
        found.append(below + gap * part if part < 0.5 else above - gap * (1 - part))
    return found


def _row(count: int, values: list[float | None]) -> dict[str, float | int | None]:
    return {"count": count, **dict(zip(("mean", "std", "min", "25%", "50%", "75%", "max"), values, strict=True))}
