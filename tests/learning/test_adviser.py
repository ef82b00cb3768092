"""The far end of the learner: every question has an answer, whatever is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.learning.flows import flows
from tui.core.features import FEATURES
from tui.core.flow.records import FlowRecords
from tui.core.judged import LISTED
from tui.errors import FormatError, MissingLibrary, NettuiError, NoSuchFile, UsageError
from tui.learning import anomaly
from tui.learning.adviser import AGAIN_S, Adviser
from tui.learning.wire import CHECK, LABEL, RANK, packed, refusal, unpacked


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy alone: quick, and there everywhere."""
    monkeypatch.setattr(anomaly, "there", lambda _: False)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def question(what: bytes, some: FlowRecords) -> bytes:
    return what + some.table.tobytes()


def test_a_ranking_says_how_and_by_what_it_was_made() -> None:
    header, (scores, order) = unpacked(Adviser(None, None).answer(question(RANK, flows(40))))
    assert header["method"] == "robust z-scores"
    assert header["fitted_on"] == "40 flows of this session"
    assert len(scores) == len(order) == 40
    assert (np.diff(scores[order]) <= 0).all()
    assert {name for reasons in header["reasons"] for name, *_ in reasons} <= set(FEATURES)


def test_only_so_many_are_named() -> None:
    header, (scores, order) = unpacked(Adviser(None, None).answer(question(RANK, flows(LISTED + 50))))
    assert len(scores) == LISTED + 50
    assert len(order) == len(header["reasons"]) == LISTED


def test_what_is_usual_in_a_session_is_learned_again_each_minute() -> None:
    clock = Clock()
    adviser = Adviser(None, None, clock)
    fitted = []
    for n, later in ((40, 0.0), (60, AGAIN_S / 2), (60, AGAIN_S)):
        clock.now += later
        fitted.append(unpacked(adviser.answer(question(RANK, flows(n))))[0]["fitted_on"])
    assert fitted == ["40 flows of this session", "40 flows of this session", "60 flows of this session"]


def test_flows_with_nothing_in_them_are_ranked_too() -> None:
    """Constant features, flows of no duration, sums that overflow a square root."""
    held = FlowRecords.empty(20)
    held.squares[:] = np.nan
    _, (scores, _) = unpacked(Adviser(None, None).answer(question(RANK, held)))
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("n", [0, 1, 7])
def test_too_few_flows(n: int) -> None:
    with pytest.raises(UsageError, match=f"{n} flows? (are|is) too few"):
        unpacked(Adviser(None, None).answer(question(RANK, flows(n))))


def test_a_baseline_that_has_gone(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFile, match="cannot read"):
        unpacked(Adviser(tmp_path / "gone.json", None).answer(question(RANK, flows(20))))


def test_a_model_that_is_none(tmp_path: Path) -> None:
    pytest.importorskip("skops")
    path = tmp_path / "m.skops"
    path.write_bytes(b"not a model")
    for asked in (CHECK, question(LABEL, flows(3))):
        with pytest.raises(FormatError, match="is no model"):
            unpacked(Adviser(None, path).answer(asked))


def test_without_a_model_there_are_no_classes() -> None:
    assert unpacked(Adviser(None, None).answer(CHECK))[0]["classes"] == []


def test_memory_that_is_used_up_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("tui.learning.adviser.clean_matrix", fails)
    with pytest.raises(NettuiError, match="memory"):
        unpacked(Adviser(None, None).answer(question(RANK, flows(20))))


@pytest.mark.parametrize("kind", [UsageError, NoSuchFile, FormatError, MissingLibrary])
def test_errors_come_back_as_they_were(kind: type[NettuiError]) -> None:
    with pytest.raises(kind) as caught:
        unpacked(refusal(kind("what", "hint")))
    assert (caught.value.message, caught.value.hint) == ("what", "hint")


def test_arrays_come_back_as_they_were() -> None:
    header, (a, b) = unpacked(packed({"x": 1}, np.arange(3, dtype=np.uint16), np.array([0.5])))
    assert header["x"] == 1
    assert a.dtype == np.uint16
    assert (a.tolist(), b.tolist()) == ([0, 1, 2], [0.5])
