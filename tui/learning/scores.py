"""Scores of a classifier: precision, recall and F1 per class, and the confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How well one class was told from the others, 0 to 1 (0 where it never occurred)."""

    precision: float
    recall: float
    f1: float
    flows: int
    """Flows that are of this class."""


@dataclass(frozen=True, slots=True)
class Scores:
    """How well a model has told the classes apart; rows, columns and `each` in the order of `classes`."""

    classes: tuple[str, ...]
    each: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Rows: what they are; columns: what they were taken for."""
    accuracy: float

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the classes that occur, each with the same weight."""
        found = [score.f1 for score in self.each if score.flows]
        return sum(found) / len(found) if found else 0.0

    def as_dict(self) -> dict[str, Any]:
        """As it is kept in the model file and printed as JSON; rounded to four places."""
        return {
            "accuracy": round(self.accuracy, 4),
            "macro_f1": round(self.macro_f1, 4),
            "classes": {
                name: {
                    "precision": round(s.precision, 4), "recall": round(s.recall, 4), "f1": round(s.f1, 4),
                    "flows": s.flows,
                }
                for name, s in zip(self.classes, self.each, strict=True)
            },
            "confusion": {
                name: dict(zip(self.classes, row, strict=True))
                for name, row in zip(self.classes, self.confusion, strict=True)
            },
        }  # fmt: skip

    def text(self) -> str:
        """A table for the terminal."""
        wide = max((len(name) for name in self.classes), default=5)
        lines = [f"  {'class':{wide}}  precision  recall      F1    flows"]
        for name, s in zip(self.classes, self.each, strict=True):
            lines.append(f"  {name:{wide}}  {s.precision:9.3f}  {s.recall:6.3f}  {s.f1:6.3f}  {s.flows:7,}")
        lines.append(f"  accuracy {self.accuracy:.3f}, mean F1 {self.macro_f1:.3f}")
        lines.append("  taken for:  " + "  ".join(self.classes))
        for name, row in zip(self.classes, self.confusion, strict=True):
            cells = "  ".join(f"{n:{len(other)}}" for n, other in zip(row, self.classes, strict=True))
            lines.append(f"  {name:{max(wide, 10)}}  {cells}")
        return "\n".join(lines)


def scores(truth: NDArray[np.str_] | Sequence[str], taken: NDArray[np.str_] | Sequence[str]) -> Scores:
    """How well the labels `taken` fit the `truth`; classes in alphabetical order."""
    true, found = np.asarray(truth, np.str_), np.asarray(taken, np.str_)
    classes, codes = np.unique(np.concatenate([true, found]), return_inverse=True)
    k = len(classes)
    matrix = np.bincount(codes[: len(true)] * k + codes[len(true) :], minlength=k * k).reshape(k, k)
    right = np.diag(matrix).astype(np.float64)
    precision = right / np.maximum(matrix.sum(axis=0), 1)
    recall = right / np.maximum(matrix.sum(axis=1), 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    each = tuple(
        ClassScore(float(p), float(r), float(f), int(n))
        for p, r, f, n in zip(precision, recall, f1, matrix.sum(axis=1), strict=True)
    )
    confusion = tuple(tuple(int(n) for n in row) for row in matrix)
    return Scores(tuple(str(c) for c in classes), each, confusion, float(right.sum() / max(len(true), 1)))
