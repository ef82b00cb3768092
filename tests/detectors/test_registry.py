"""The set of detectors: cuts, failures, thresholds, learning, bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detectors.test_scan import refused
from tests.detectors.wire import (
    ACK,
    GATEWAY,
    RST,
    SYN,
    A,
    B,
    Timed,
    arp,
    connection,
    dhcp,
    echo,
    mac,
    mac_here,
    monitor,
    tcp,
    udp,
)  # fmt: skip
from tui.core.alert.alerts import Alert, Finding
from tui.core.baseline import Baseline, Usual
from tui.core.decode import decode
from tui.core.frames import from_packets
from tui.detectors.moment import Detector, Moment
from tui.detectors.registry import DetectorSet
from tui.detectors.select import EXACT, _weights
from tui.detectors.tables import SeenTable, Table
from tui.detectors.thresholds import Thresholds
from tui.engine.monitor import Monitor
from tui.errors import UsageError

OUTSIDE = "93.184.216.34"


def busy() -> list[Timed]:
    packets = [p for i in range(30) for p in refused(i * 0.13, A, B, 40_000 + i, 20 + i)]
    packets += [(i * 0.011, tcp(f"11.{i % 200}.3.4", B, 1024 + i, 80, SYN, i)) for i in range(300)]
    packets += [p for i in range(30) for p in connection(i * 0.17, A, "93.184.0.7", 41_000 + i, 443, b"q", b"a")]
    packets += [(i * 0.2, udp(A, B, 3000 + i, 700 + i)) for i in range(30)]
    packets += [(i * 0.1, echo(A, f"10.0.4.{i + 1}", 1)) for i in range(30)]
    packets += [(2 + i, arp(2, b"\x02\xba\xd0\0\0\1", GATEWAY, A, mac_here(A), mac_here(A))) for i in range(4)]
    packets += [(1.0, arp(1, mac_here(GATEWAY), GATEWAY, A))]
    packets += [(i * 0.05, tcp(A, B, 9, 99, ACK, 1, i)) for i in range(40)]
    packets += [(i * 0.05 + 0.01, tcp(B, A, 99, 9, RST, i)) for i in range(40)]
    return packets


WHOLE = list(monitor(busy()).log.since(0))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 700), max_size=30))
def test_alerts_do_not_depend_on_how_the_stream_was_cut(cuts: list[int]) -> None:
    assert list(monitor(busy(), cuts=cuts).log.since(0)) == WHOLE
    assert len(WHOLE) >= 6


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 4), st.binary(min_size=0, max_size=120)), max_size=60),
    st.sampled_from([1, 101, 105, 113]),
)
def test_any_bytes_at_any_time_raise_nothing(packets: list[Timed], linktype: int) -> None:
    monitor(packets, linktype=linktype)


def test_time_that_jumps_back_and_far_ahead_raises_nothing() -> None:
    packets = busy()
    order = [packets[i] for i in np.random.default_rng(1).permutation(len(packets))]
    detectors = DetectorSet()
    frames = from_packets([p for _, p in order], 1, [int((1_700_000_000 + t * 1000) * 1e9) for t, _ in order])
    columns = decode(frames)
    detectors.observe(columns, frames, 0)
    detectors.decide(1_700_000_003)
    detectors.decide(5_000_000_000)
    detectors.finish(columns.time_ns.max())
    assert "nettui.detector" not in {a.rule for a in detectors.log.alerts()}


class Broken(Detector):
    rules = ("scan.broken",)

    def decide(self, moment: Moment) -> Iterable[Finding]:
        raise ZeroDivisionError


def test_a_detector_that_fails_is_switched_off_and_said() -> None:
    detectors = DetectorSet()
    detectors._detectors.insert(0, Broken())
    packets = [p for i in range(30) for p in refused(i * 0.01, A, B, 40_000 + i, 20 + i)]
    frames = from_packets([p for _, p in packets], 1, [int((100 + t) * 1e9) for t, _ in packets])
    detectors.observe(decode(frames), frames, 0)
    detectors.finish(100 * 10**9)
    assert {a.rule for a in detectors.log.alerts()} == {"nettui.detector", "scan.vertical"}
    assert "scan.broken" not in detectors.rules


def watched(learn_s: float = 0.0) -> DetectorSet:
    """The busy traffic through a monitor, whatever fails on the way."""
    detectors, packets = DetectorSet(learn_s=learn_s), sorted(busy(), key=lambda p: p[0])
    frames = from_packets([p for _, p in packets], 1, [10**18 + round(t * 10**9) for t, _ in packets])
    engine = Monitor(detectors=detectors)
    engine.ingest(decode(frames), frames)
    engine.finish()
    assert not engine.warnings, "the set as a whole goes on"
    return detectors


def fail(*_: object) -> None:
    raise ZeroDivisionError


def failures(detectors: DetectorSet) -> list[Alert]:
    return [alert for alert in detectors.log.alerts() if alert.rule == "nettui.detector"]


def rules(alerts: Iterable[Alert]) -> set[str]:
    return {alert.rule for alert in alerts}


@pytest.mark.parametrize("kind", [type(d) for d in DetectorSet()._detectors], ids=lambda kind: kind.__name__)
def test_whichever_detector_fails_only_that_one_is_switched_off(
    monkeypatch: pytest.MonkeyPatch, kind: type[Detector]
) -> None:
    monkeypatch.setattr(kind, "screen" if hasattr(kind, "screen") else "observe", fail)
    detectors = watched()
    (failed,) = failures(detectors)
    assert all(rule in failed.text.what for rule in kind.rules)
    assert rules(detectors.log.alerts()) >= rules(WHOLE) - set(kind.rules)


@pytest.mark.parametrize(
    ("part", "left"),
    [
        ("select.Selector.select", set()),
        ("attempts.Attempts.observe", {"arp.spoof"}),
        ("attempts.Attempts.take", {"arp.spoof"}),
        ("learner.Learner.observe", {"arp.spoof", "scan.vertical"}),
        ("learner.Learner.decide", {"arp.spoof", "scan.vertical"}),
    ],
)
def test_a_stage_that_fails_costs_what_rests_on_it_and_no_more(
    monkeypatch: pytest.MonkeyPatch, part: str, left: set[str]
) -> None:
    before = rules(watched(300.0).log.alerts())
    made = DetectorSet(learn_s=300.0)  # before anything fails: it asks for an empty result once
    monkeypatch.setattr(f"tui.detectors.{part}", fail)
    monkeypatch.setattr("tests.detectors.test_registry.DetectorSet", lambda **_: made)
    (failed,) = failures(watched(300.0))
    assert "is no longer watched" in failed.text.what
    assert rules(made.log.alerts()) >= left & before


def test_a_limit_can_be_changed_by_the_name_of_its_rule() -> None:
    changed = Thresholds().with_setting("scan.vertical.ports", "50")
    packets = [p for i in range(30) for p in refused(i * 0.01, A, B, 40_000 + i, 20 + i)]
    found = {a.rule for a in monitor(packets, thresholds=changed).log.since(0)}
    assert changed.scan.vertical_ports == 50 and "scan.vertical" not in found
    assert Thresholds().settings()["brute.ssh_sessions"] == 8


@pytest.mark.parametrize("name", ["scan.no.such", "nothing.ports", "scan", "scan.vertical.ports=x"])
def test_a_limit_that_is_none_is_refused_with_a_hint(name: str) -> None:
    key, _, value = name.partition("=")
    with pytest.raises(UsageError) as error:
        Thresholds().with_setting(key, value or "1")
    assert error.value.hint


def test_learning_gathers_what_is_normal_and_then_ends() -> None:
    packets = [(0.0, arp(1, mac_here(A), A, B))]
    packets += [p for i in range(100) for p in connection(i * 1.0, A, B, 40_000 + i, 8443, b"q", b"a")]
    detectors = monitor(packets, learn_s=60)
    known = detectors.learned
    assert known is not None and detectors.learning is None
    assert f"{B}:8443/TCP" in known.services and f"{A} {B}:8443/TCP" in known.contacts
    assert known.packets_per_s.median > 0 and known.arp_pairs == {f"{A} {mac_here(A).hex(':')}"}


def test_learning_knows_busy_services_and_what_hosts_send_out() -> None:
    packets = [p for i in range(60) for p in connection(i / 30, A, B, 20_000 + i, 443, b"x", b"y")]
    packets += [(3 + i / 100, udp(A, OUTSIDE, 5_000, 443, bytes(1_400))) for i in range(300)]
    # nobody answers these: a flood must not raise its own limit
    packets += [(70 + i / 200, tcp("10.0.0.7", B, 1024 + i, 80, SYN, i)) for i in range(300)]
    known = monitor(packets, learn_s=60).learned
    assert known is not None
    assert set(known.openings) == {f"{B}:443/TCP"}
    assert 25 <= known.openings[f"{B}:443/TCP"] <= 35
    assert known.uploads == {A: pytest.approx(300 * 1_442)}


def test_what_was_learned_is_handed_over_once_and_its_age_is_known() -> None:
    kept: list[str] = []
    engine = Monitor(detectors=DetectorSet(learn_s=10))
    engine.lookout.on_learned = lambda known: kept.append(known.dumps())
    seen = []
    for second in range(30):
        timed = connection(second, A, B, 40_000 + second, 8443, b"q", b"a")
        frames = from_packets([p for _, p in timed], 1, [int((1_700_000_000 + t) * 1e9) for t, _ in timed])
        engine.ingest(decode(frames), frames)
        seen.append(engine.snapshot().learning)
    assert seen[0] == 0.0
    assert seen[5] == pytest.approx(0.5, abs=0.1)
    assert seen[-1] is None
    assert len(kept) == 1
    assert f"{B}:8443/TCP" in Baseline.loads(kept[0]).services


def renewing(packets: list[Timed], known: Baseline, renews: bool = True) -> list[Baseline]:
    """What is handed over by a run that begins with this baseline."""
    handed: list[Baseline] = []
    engine = Monitor(detectors=DetectorSet(baseline=known, renews=renews))
    engine.lookout.on_learned = handed.append
    for at, packet in packets:
        frames = from_packets([packet], 1, [int((1_700_000_000 + at) * 1e9)])
        engine.ingest(decode(frames), frames)
    engine.finish()
    return handed


def peace(last: float) -> list[Timed]:
    return [p for i in range(int(last / 20)) for p in connection(i * 20.0, A, B, 40_000 + i, 8443, b"q", b"a")]


def test_a_baseline_in_use_is_renewed_each_hour_and_at_the_end() -> None:
    """It grew old though it was used each day, and after thirty days of that it was learned anew."""
    known = Baseline("eth0", 1, 2, Usual.of(np.ones(60)), Usual.of(np.ones(60)), network="here")
    hourly, last = renewing(peace(3_800), known)
    assert (hourly.interface, hourly.network) == ("eth0", "here")
    assert hourly.last_ns < last.last_ns
    assert last.last_ns == pytest.approx(1_700_003_780 * 1e9, abs=1e9)
    assert last.packets_per_s.bins > 600 and last.packets_per_s.mean != 1.0
    assert mac_here(A).hex(":") in last.hosts
    assert renewing(peace(3_800), known, renews=False) == []


def test_a_short_run_renews_nothing() -> None:
    assert renewing(peace(200), Baseline("eth0", network="here")) == []


def test_renewing_never_makes_the_next_run_silent_about_something() -> None:
    """Who routes, gives out addresses or uses a service stays as it was learned; and no scanner becomes usual."""
    scan = [p for i in range(40) for p in refused(400 + i * 0.01, "10.0.0.7", B, 40_000 + i, 20 + i)]
    rogue = [(430.0, dhcp(2, mac(9), mac(66), server="10.0.0.66", gateway="10.0.0.66", given="10.0.0.99"))]
    (made,) = renewing(sorted(peace(800) + scan + rogue), Baseline("eth0", dhcp_servers={GATEWAY}, network="here"))
    assert (made.dhcp_servers, made.routers, made.contacts, made.services) == ({GATEWAY}, set(), set(), set())
    assert mac_here("10.0.0.7").hex(":") not in made.hosts


def test_nothing_is_learned_from_inside_an_incident() -> None:
    scan = [p for i in range(40) for p in refused(i * 0.01, A, B, 40_000 + i, 20 + i)]
    later = [p for i in range(20) for p in connection(5 + i * 1.0, A, B, 50_000 + i, 8443, b"q", b"a")]
    known = monitor(scan + later, learn_s=300).learned
    assert known is not None and f"{B}:8443/TCP" not in known.services


DAY = [
    *(p for i in range(25) for p in connection(i * 97.3, A, OUTSIDE, 40_000 + i, 443, b"x" * 90, b"y")),
    *(p for i in range(40) for p in refused(900 + i * 7.0, A, B, 41_000 + i, 20 + i)),
    *((1_300 + i / 9, echo("10.0.0.7", f"10.0.0.{i + 20}", i)) for i in range(60)),
    *((1_500 + i, arp(2, mac_here(B), GATEWAY, A, mac_here(A), mac_here(A))) for i in range(30)),
    *((1_700 + i / 400, tcp(f"10.3.{i % 200}.9", B, 1024 + i, 80, SYN, i)) for i in range(900)),
    *((2_000 + i / 20, udp(A, B, 5_000, 6_000, bytes(900))) for i in range(400)),
    *connection(2_300, A, B, 50_000, 8443, b"q", b"")[:-3],
    *((7_000 + i * 3.0, tcp(A, B, 51_000 + i, 900 + i, 0, 5)) for i in range(12)),
]
"""Two hours of many kinds, with silence between them."""


def test_seconds_that_are_skipped_would_have_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is idle is not asked; asked all the same, in every second, nobody says anything else."""
    asked: Counter[str] = Counter()
    decided = DetectorSet._report

    def counted(self: DetectorSet, detector: Detector, moment: Moment) -> None:
        asked[type(detector).__name__] += not moment.packets
        decided(self, detector, moment)

    monkeypatch.setattr(DetectorSet, "_report", counted)
    skipping = monitor(DAY)
    spared, asked = asked, Counter()
    families = {type(d) for d in skipping._detectors}
    for family in families:
        monkeypatch.setattr(family, "idle", property(lambda _: False))
    asking = monitor(DAY)
    assert asking.log.since(0) == skipping.log.since(0)
    assert len({a.rule for a in skipping.log.since(0)}) >= 5
    assert spared["SynFlood"] < asked["SynFlood"] / 20
    assert sum(spared.values()) < sum(asked.values()) / 2


def test_a_table_never_grows_and_keeps_what_is_worth_most() -> None:
    table = Table(4, {"value": np.int64})
    keep = np.arange(1, 9, dtype=np.uint64) << np.uint64(32) | np.uint64(5)
    slots, fresh = table.place(keep[:4])
    assert fresh.all()
    table.worth[slots] = 1e9
    table["value"][slots] = np.arange(4)
    for start in range(0, 20_000, 500):
        table.place(np.arange(start + 1, start + 501, dtype=np.uint64) * np.uint64(2654435761) | np.uint64(1))
    assert table.size == 128 and table.evicted > 0
    assert table["value"][table.find(keep[:4])].tolist() == [0, 1, 2, 3]


def test_what_was_seen_is_forgotten_after_two_turns() -> None:
    seen = SeenTable(10, turn_s=10)
    keys = np.array([5, 5, 7], np.uint64)
    assert seen.first(keys).tolist() == [True, False, True]
    seen.advance(10)
    assert seen.has(keys).all()
    seen.advance(20)
    assert not seen.has(keys).any()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sets(st.integers(1, 60), max_size=4)), min_size=1, max_size=400))
def test_what_was_seen_is_known_in_its_turn_and_the_next_however_many_there_are(
    turns: list[tuple[int, set[int]]],
) -> None:
    table, second, now = SeenTable(10, turn_s=10), 0, 0
    met: dict[int, int] = {}
    for step, keys in [(1, {7}), *turns, *((1, {turn % 60}) for turn in range(300))]:
        second += 10 * step
        now = second // 10
        table.advance(second)
        some = np.array(sorted(keys), np.uint64)
        wanted = [now - met.get(key, -9) > 1 for key in sorted(keys)]
        assert table.first(some).tolist() == wanted
        met.update(dict.fromkeys(keys, now))
        every = np.arange(61, dtype=np.uint64)
        assert table.has(every).tolist() == [now - met.get(key, -9) <= 1 for key in range(61)]
        assert table.empty == all(now - at > 1 for at in met.values())


def test_the_sample_of_a_busy_second_stands_for_all_of_it() -> None:
    for seen, n, sample in ((0, 20_000, 16), (EXACT - 3, 100, 64), (50_001, 1_000, 16), (7, 50, 32)):
        weight = _weights(seen, n, sample)
        ordinal = np.arange(seen, seen + n)
        expected = np.where(ordinal < EXACT, 1, np.where(ordinal % sample == 0, sample, 0))
        assert weight.tolist() == expected.tolist()
