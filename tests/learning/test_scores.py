from __future__ import annotations

import pytest

from tui.learning.scores import scores


def test_scores_of_a_small_table() -> None:
    found = scores(["a", "a", "a", "b"], ["a", "a", "b", "b"])
    assert found.classes == ("a", "b")
    assert found.confusion == ((2, 1), (0, 1))
    assert found.accuracy == 0.75
    assert found.each[0].precision == 1.0
    assert found.each[0].recall == pytest.approx(2 / 3)
    assert found.each[1].precision == 0.5
    assert found.each[1].f1 == pytest.approx(2 / 3)


def test_a_class_that_never_occurs_has_no_part_in_the_mean() -> None:
    assert scores(["a", "a"], ["a", "b"]).macro_f1 == pytest.approx(2 / 3)


def test_the_table_names_every_class() -> None:
    text = scores(["scan", "benign"], ["scan", "scan"]).text()
    assert "scan" in text
    assert "benign" in text
    assert "accuracy 0.500" in text
