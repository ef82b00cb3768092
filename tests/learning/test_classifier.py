from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.learning.flows import flows
from tui.errors import FormatError, NoSuchFile, UsageError
from tui.learning import classifier, modelfile
from tui.learning.classifier import train
from tui.learning.sample import clean_matrix

ROWS = np.concatenate([clean_matrix(flows(40)), clean_matrix(flows(40, 2, packets=900, size=1300))])
LABELS = np.array(["small"] * 40 + ["large"] * 40)
CAPTURES = np.tile([0, 1], 40)


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "TREES", 10)


def test_what_differs_is_told_apart() -> None:
    model, reports = train(ROWS, LABELS, CAPTURES)
    assert model.classes == {"large": 40, "small": 40}
    assert reports.random_split.accuracy > 0.95
    assert reports.one_capture_out is not None
    assert reports.one_capture_out.accuracy > 0.95
    label, sure = model.labels(ROWS)
    assert (label == LABELS).all()
    assert (sure >= 0.7).all()


def test_what_looks_like_both_is_unknown() -> None:
    model, _ = train(ROWS, LABELS, CAPTURES)
    between = clean_matrix(flows(30, 3, packets=95, size=800))
    label, sure = model.labels(between)
    assert ((label == "unknown") == (sure < 0.7)).all()


def test_classes_of_one_capture_are_named() -> None:
    """Left out, they were called 0 % right, though there was nothing to learn them from."""
    assert train(ROWS, LABELS, CAPTURES)[1].of_one_capture == ()
    captures = np.where(LABELS == "small", 2, CAPTURES)
    reports = train(ROWS, LABELS, captures)[1]
    assert reports.of_one_capture == ("small",)
    assert reports.as_dict()["classes_of_one_capture"] == ["small"]


def test_with_one_capture_it_cannot_be_left_out() -> None:
    assert train(ROWS, LABELS, np.zeros(80, np.int64))[1].one_capture_out is None


@pytest.mark.parametrize(("rows", "labels"), [(ROWS[:40], LABELS[:40]), (ROWS[38:43], LABELS[38:43])])
def test_one_class_or_few_flows_are_an_error(rows: np.ndarray, labels: np.ndarray) -> None:
    with pytest.raises(UsageError):
        train(rows, labels, np.zeros(len(rows), np.int64))


def test_a_saved_model_says_the_same(tmp_path: Path) -> None:
    model, _ = train(ROWS, LABELS, CAPTURES)
    modelfile.save(model, tmp_path / "m.skops")
    again = modelfile.load(tmp_path / "m.skops")
    assert again.classes == model.classes
    assert again.scores == model.scores
    np.testing.assert_array_equal(again.probabilities(ROWS)[1], model.probabilities(ROWS)[1])


def test_a_changed_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.skops"
    modelfile.save(train(ROWS, LABELS, CAPTURES)[0], path)
    changed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info, data.replace(b"small", b"smell") if info.filename == "schema.json" else data)
        new.comment = old.comment
    path.write_bytes(changed.getvalue())
    with pytest.raises(FormatError, match="changed"):
        modelfile.load(path)


def test_a_model_of_other_features_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.skops"
    modelfile.save(train(ROWS, LABELS, CAPTURES)[0], path)
    monkeypatch.setattr(modelfile, "FEATURES", ("other",))
    with pytest.raises(FormatError, match="other features"):
        modelfile.load(path)


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04 broken"])
def test_what_is_no_model_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "m.skops"
    path.write_bytes(data)
    with pytest.raises(FormatError):
        modelfile.load(path)


def test_a_missing_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFile):
        modelfile.load(tmp_path / "none.skops")
