from __future__ import annotations

import numpy as np
import pytest

from tests.learning.flows import flows
from tui.core.features import FEATURES
from tui.errors import UsageError
from tui.learning import anomaly
from tui.learning.anomaly import LEAST, AnomalyModel
from tui.learning.sample import clean_matrix

USUAL = clean_matrix(flows(300))
STRANGE = clean_matrix(flows(3, packets=5000, size=1400))


@pytest.fixture(params=["IsolationForest", "robust z-scores"])
def model(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AnomalyModel:
    if request.param != "IsolationForest":
        monkeypatch.setattr(anomaly, "there", lambda _module: False)
    made = AnomalyModel(USUAL)
    assert made.method == request.param
    return made


def test_the_strange_flows_rank_first(model: AnomalyModel) -> None:
    found = model.scores(np.concatenate([USUAL, STRANGE]))
    assert set(np.argsort(-found)[:3].tolist()) == {300, 301, 302}


def test_scores_lie_between_0_and_1_and_do_not_depend_on_the_order(model: AnomalyModel) -> None:
    rows = np.concatenate([USUAL[:50], STRANGE])
    order = np.random.default_rng(2).permutation(len(rows))
    assert ((model.scores(rows) >= 0) & (model.scores(rows) <= 1)).all()
    np.testing.assert_allclose(model.scores(rows)[order], model.scores(rows[order]))
    np.testing.assert_allclose(model.scores(rows[:1]), model.scores(rows)[:1])


def test_the_reasons_name_what_is_different(model: AnomalyModel) -> None:
    reasons = model.reasons(STRANGE[0])
    assert all(reason.feature in FEATURES for reason in reasons)
    assert reasons[0].value > reasons[0].usual
    assert any(reason.feature.startswith(("packets", "bytes", "size", "payload", "mean")) for reason in reasons)


def test_features_that_never_vary_are_no_trouble() -> None:
    same = np.ones((20, len(FEATURES)))
    model = AnomalyModel(same)
    assert np.isfinite(model.scores(np.concatenate([same, same * 7]))).all()
    assert model.reasons(same[0]) == []


def test_too_few_flows_are_told() -> None:
    with pytest.raises(UsageError, match="too few"):
        AnomalyModel(USUAL[: LEAST - 1])


def test_no_flows_have_no_scores(model: AnomalyModel) -> None:
    assert len(model.scores(USUAL[:0])) == 0
