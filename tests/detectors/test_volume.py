"""Volume alerts: a rise on a busy link is told, a download on a quiet one is a hint, ordinary noise is nothing."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from functools import cache

import pytest

from tests.detectors.wire import T0, A, B, udp
from tui.core.alert.alerts import Finding, Severity
from tui.core.baseline import Baseline
from tui.core.decode import decode
from tui.core.frames import from_packets
from tui.detectors.moment import Link, Moment
from tui.detectors.part import Part
from tui.detectors.registry import DetectorSet
from tui.detectors.select import Selector
from tui.detectors.thresholds import Thresholds
from tui.detectors.volume import HOSTS, VolumeDetector, VolumeThresholds

BUSY, QUIET = 2_000, 10
"""Packets/s."""
BEFORE_S = 400


def findings(rates: Iterable[float], known: Baseline | None, links: Sequence[Link] = ()) -> list[Finding]:
    """What the detector says of a link with these packets per second, of 600 bytes each."""
    detector = VolumeDetector(VolumeThresholds())
    found: list[Finding] = []
    for second, rate in enumerate(rates):
        moment = Moment(
            second=second, first_ns=0, results=(), packets=int(rate), bytes=int(rate) * 600, sampled=1, known=known,
            ended=False, link=links[second] if links else None,
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


DOWN, LOSING = Link(down=True), [Link(lost=100 * second) for second in range(BEFORE_S + 16)]


def test_a_link_without_carrier_is_said_and_is_no_fall() -> None:
    rates = [*noisy(BUSY, BEFORE_S), *[0.0] * 16]
    found = findings(rates, Baseline(), [Link()] * BEFORE_S + [DOWN] * 16)
    assert {(f.rule, f.severity) for f in found} == {("nettui.link", Severity.LOW)}
    up = findings(rates, Baseline(), [Link()] * len(rates))
    assert {(f.rule, f.severity) for f in up if f.severity > Severity.INFO} == {("volume.fall", Severity.HIGH)}
    assert "The link is up" in up[0].text.why


def test_a_fall_of_what_a_losing_capture_saw_is_not_high() -> None:
    found = findings([*noisy(BUSY, BEFORE_S), *[0.0] * 16], Baseline(), LOSING)
    assert max(f.severity for f in found if f.rule == "volume.fall") == Severity.LOW
    assert "1,000 packets were dropped" in found[0].text.why


def test_without_a_baseline_nothing_is_more_than_a_hint() -> None:
    found = findings([*noisy(BUSY, BEFORE_S), *noisy(20 * BUSY, 16)], None)
    assert found
    assert max(f.severity for f in found) == Severity.INFO


@cache
def sending(sent: tuple[tuple[str, int], ...]) -> Part:
    """A second in which each host sends so many packets to B."""
    packets = [udp(host, B, 5_000, 6_000, bytes(1_400)) for host, n in sent for _ in range(n)]
    frames = from_packets(packets, 1, [T0 * 10**9] * len(packets))
    part = SELECTOR.select(decode(frames), frames, 0)
    assert part is not None
    return part


def of_hosts(seconds: Iterable[dict[str, int]], known: Baseline | None = None) -> list[Finding]:
    """What is said of hosts that each send so many packets of 1,442 bytes to B in a second."""
    detector = VolumeDetector(VolumeThresholds())
    found: list[Finding] = []
    for second, sent in enumerate(seconds):
        detector.observe(sending(tuple(sent.items())))
        packets = sum(sent.values())
        moment = Moment(
            second=T0 + second, first_ns=T0 * 10**9, results=(), packets=packets, bytes=packets * 1_442, sampled=1,
            known=known, ended=False,
        )  # fmt: skip
        found += detector.decide(moment)
    return found


SELECTOR = Selector()
"""One, for hosts are known by its key."""
OTHERS = {f"10.0.1.{i}": 100 for i in range(5)}


def test_a_host_that_falls_silent_is_a_hint_when_the_link_goes_on() -> None:
    found = of_hosts([{A: 100, **OTHERS}] * BEFORE_S + [OTHERS] * 20, Baseline())
    assert {(f.rule, f.src.ip, f.severity) for f in found} == {("volume.fall", A, Severity.INFO)}
    assert found[0].filter_display == f"ip.addr == {A}"


def test_a_rise_of_the_link_names_the_host_that_made_it() -> None:
    found = of_hosts([{A: 100, **OTHERS}] * BEFORE_S + [{A: 6_000, **OTHERS}] * 12, Baseline())
    link = [f for f in found if f.src.name == "the interface"]
    assert {(f.rule, f.severity) for f in link} == {("volume.rise", Severity.LOW)}
    assert A in link[0].text.who
    # what a host has told a moment before joins the same incident
    assert ("volume.rise", A) in link[0].keys


def test_hosts_that_come_and_go_are_nothing() -> None:
    chance = random.Random(5)
    seconds = [{f"10.0.{chance.randrange(40)}.7": 60, **OTHERS} for _ in range(2 * BEFORE_S)]
    assert [f for f in of_hosts(seconds, Baseline()) if f.severity > Severity.INFO] == []


def test_the_hosts_that_are_followed_are_bounded() -> None:
    detectors = DetectorSet(Thresholds())
    packets = [udp(f"10.1.{i >> 8}.{i & 255}", B, 9, 99, bytes(1_300)) for i in range(2_000)]
    for second in range(0, 40, 5):
        frames = from_packets(packets, 1, [(T0 + second) * 10**9] * len(packets))
        detectors.observe(decode(frames), frames, 0)
        detectors.decide(T0 + second + 5)
    (volume,) = (d for d in detectors._detectors if isinstance(d, VolumeDetector))
    assert 0 < len(volume._hosts) <= HOSTS
