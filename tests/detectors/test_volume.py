"""Volume alerts: a rise on a busy link is told, a download on a quiet one is a hint, ordinary noise is nothing."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from tui.core.alerts import Finding, Severity
from tui.core.baseline import Baseline
from tui.detectors.moment import Moment
from tui.detectors.volume import VolumeDetector, VolumeThresholds

BUSY, QUIET = 2_000, 10
"""Packets/s."""
BEFORE_S = 400


def findings(rates: Iterable[float], known: Baseline | None) -> list[Finding]:
    """What the detector says of a link with these packets per second, of 600 bytes each."""
    detector = VolumeDetector(VolumeThresholds())
    found: list[Finding] = []
    for second, rate in enumerate(rates):
        moment = Moment(
            second=second, first_ns=0, results=(), packets=int(rate), bytes=int(rate) * 600, sampled=1, known=known,
            ended=False,
        )  # fmt: skip
        found += detector.decide(moment)
    return found


def noisy(rate: float, seconds: int) -> list[float]:
    chance = random.Random(3)
    return [rate * chance.uniform(0.6, 1.5) for _ in range(seconds)]


def test_ordinary_noise_is_nothing() -> None:
    assert findings(noisy(BUSY, 2 * BEFORE_S), Baseline()) == []


def test_a_rise_on_a_busy_link_is_told_within_three_bins() -> None:
    found = findings([*noisy(BUSY, BEFORE_S), *noisy(20 * BUSY, 16)], Baseline())
    assert {f.rule for f in found} == {"volume.rise"}
    assert max(f.severity for f in found) == Severity.LOW


def test_silence_on_a_busy_link_is_high() -> None:
    found = findings([*noisy(BUSY, BEFORE_S), *[0.0] * 16], Baseline())
    assert max(f.severity for f in found if f.rule == "volume.fall") == Severity.HIGH


@pytest.mark.parametrize("factor", [20, 300])
def test_a_download_on_a_quiet_link_is_a_hint_only(factor: int) -> None:
    """An hour of honest programs once gave an alert for a five-second transfer."""
    found = findings([*noisy(QUIET, BEFORE_S), *noisy(QUIET * factor, 16)], Baseline())
    assert found
    assert max(f.severity for f in found) == Severity.INFO


def test_without_a_baseline_nothing_is_more_than_a_hint() -> None:
    found = findings([*noisy(BUSY, BEFORE_S), *noisy(20 * BUSY, 16)], None)
    assert found
    assert max(f.severity for f in found) == Severity.INFO
