"""AlertLog: one incident for one thing, told when it should be, and what a person decides about it."""

from __future__ import annotations

import pytest

from tui.core.alert.alerts import Alert, Endpoint, Event, Evidence, Explanation, Finding, Severity, Status, ulid
from tui.core.alert.decisions import Decisions
from tui.core.alert.log import AlertLimits, AlertLog
from tui.core.alert.suppress import Suppression
from tui.errors import FormatError, UsageError

NS = 10**9


def finding(
    key: object = "k", *, at: int = 0, observed: float = 10, severity: Severity = Severity.HIGH, rank: int = 0,
    rule: str = "scan.vertical", keys: tuple[object, ...] = (), src: str = "10.0.0.5", samples: tuple[int, ...] = (),
) -> Finding:  # fmt: skip
    return Finding(
        rule=rule,
        severity=severity,
        keys=keys or ((rule, key),),
        src=Endpoint(src),
        dst=Endpoint("10.0.0.9"),
        evidence=Evidence(observed, 5, "ports", samples=samples),
        text=Explanation("what"),
        first_ns=at * NS,
        last_ns=at * NS,
        rank=rank,
    )


def events(log: AlertLog) -> list[tuple[str, str]]:
    return [(a.event.value, a.rule) for a in log.since(0)]


def told(log: AlertLog, second: int = 10) -> Alert:
    log.advance(second)
    return log.alerts()[0]


def test_an_incident_is_held_opened_once_and_closed_when_it_is_quiet() -> None:
    log = AlertLog()
    log.report(finding(), 1)
    log.advance(2)
    assert events(log) == []
    for second in range(3, 30):
        log.report(finding(at=second), second)
        log.advance(second)
    assert events(log) == [("open", "scan.vertical")]
    log.advance(400)
    assert events(log) == [("open", "scan.vertical"), ("closed", "scan.vertical")]
    assert log.alerts()[0].count == 28


def test_growth_and_severity_raise_it_and_small_changes_do_not() -> None:
    log = AlertLog()
    log.report(finding(observed=10), 1)
    log.advance(5)
    log.report(finding(observed=90), 6)
    log.report(finding(observed=100), 7)
    log.report(finding(observed=120, severity=Severity.CRITICAL), 8)
    assert [e for e, _ in events(log)] == ["open", "raised", "raised"]


def test_a_closed_incident_is_silent_for_an_hour_and_then_new() -> None:
    log = AlertLog()
    log.report(finding(), 1)
    for second in range(2, 1000):
        log.advance(second)
    log.report(finding(at=1000), 1000)
    assert [e for e, _ in events(log)] == ["open", "closed"]
    assert log.alerts()[0].suppressed == 1
    for second in range(1001, 9000, 10):
        log.advance(second)
    log.report(finding(at=9000), 9000)
    log.advance(9005)
    assert [e for e, _ in events(log)][-1] == "open"


def test_findings_that_share_a_key_are_one_incident_named_by_the_strongest() -> None:
    log = AlertLog()
    log.report(finding(rule="scan.slow_trw", severity=Severity.LOW, keys=(("scan", "a"),), samples=(1, 2)), 1)
    log.report(finding(rule="scan.vertical", rank=4, keys=(("scan", "b"),), samples=(3,)), 1)
    log.report(finding(rule="scan.distributed", rank=5, keys=(("of", "x"), ("scan", "a"), ("scan", "b"))), 2)
    log.advance(5)
    (alert,) = log.alerts()
    assert (alert.rule, alert.related, alert.evidence.samples) == (
        "scan.distributed", ("scan.slow_trw", "scan.vertical"), (1, 2, 3),
    )  # fmt: skip


def test_a_storm_is_one_record_and_nothing_is_forgotten() -> None:
    log = AlertLog(AlertLimits(per_minute=5))
    for i in range(40):
        log.report(finding(i), 1)
    log.advance(4)
    log.advance(7)
    assert [r for _, r in events(log)].count("scan.vertical") == 5
    assert [r for _, r in events(log)].count("nettui.storm") == 1
    assert log.storm == 35


def test_incidents_and_samples_are_bounded() -> None:
    log = AlertLog(AlertLimits(incidents=50, per_minute=10**6))
    for i in range(500):
        log.report(finding(i, samples=tuple(range(i * 100, i * 100 + 60))), i)
        log.advance(i)
    assert len(log.alerts()) <= 50
    assert max(len(a.evidence.samples) for a in log.alerts()) == 32


def test_finish_opens_what_is_held_and_closes_everything() -> None:
    log = AlertLog()
    log.report(finding(), 1)
    log.finish(1)
    assert [e for e, _ in events(log)] == ["open", "closed"]
    assert not log.any_open()


def test_acknowledging_and_undoing() -> None:
    log = AlertLog()
    log.report(finding(), 1)
    alert = told(log)
    assert log.counts() == {3: 1}
    log.acknowledge(alert.incident_id, "ann", 5 * NS, "known")
    now = log.alerts()[0]
    assert now.status is Status.ACKNOWLEDGED and now.acknowledgement and now.acknowledgement.note == "known"
    assert log.counts() == {}
    assert log.undo() and log.alerts()[0].status is Status.OPEN
    assert not log.undo()


@pytest.mark.parametrize(("scope", "other_source_is_told"), [("pair", True), ("source", True), ("rule", False)])
def test_muting_by_scope_and_for_a_time(scope: str, other_source_is_told: bool) -> None:
    log = AlertLog()
    log.report(finding(), 1)
    muted = log.mute(told(log).incident_id, scope, "ann", 10 * NS, 60)
    log.report(finding("new", at=20), 20)
    log.report(finding("other", at=20, src="10.0.0.77"), 20)
    log.advance(30)
    assert (len(log.alerts()) == 2) is other_source_is_told
    assert muted.hits >= 1
    log.report(finding("late", at=100), 100)
    log.advance(110)
    assert any(a.first_ns == 100 * NS for a in log.alerts())


def test_what_was_learned_is_normal_from_then_on_and_is_kept() -> None:
    log = AlertLog()
    log.report(finding(), 1)
    keys = log.learn(told(log).incident_id, "ann", 5 * NS)
    assert keys == (("scan.vertical", "k"),)
    fresh = AlertLog()
    fresh.restore(Decisions((Suppression("our scanner", rule="tcp", src="10.0.0.0/24"),), keys))
    fresh.report(finding(at=5), 5)
    fresh.report(finding(rule="tcp.illegal_flags", at=5), 5)
    fresh.report(finding(rule="tcp.illegal_flags", at=5, src="192.168.1.1"), 5)
    fresh.advance(10)
    assert [a.src.ip for a in fresh.alerts()] == ["192.168.1.1"]


def test_what_was_acknowledged_is_still_so_after_a_restart_for_a_day() -> None:
    log = AlertLog()
    log.report(finding(at=1), 1)
    log.acknowledge(told(log).incident_id, "ann", 10 * NS)
    fresh = AlertLog()
    fresh.restore(Decisions.loads(log.decisions.dumps()))
    fresh.report(finding(at=100), 100)
    fresh.report(finding("other", at=100), 100)
    fresh.advance(110)
    assert {a.status for a in fresh.alerts()} == {Status.ACKNOWLEDGED, Status.OPEN}
    late = AlertLog()
    late.restore(log.decisions)
    late.report(finding(at=90_000), 90_000)
    assert told(late, 90_010).status is Status.OPEN


def test_what_is_kept_silent_is_counted_while_it_is_in_force() -> None:
    log = AlertLog()
    log.report(finding(), 1)
    log.report(finding("b", rule="arp.spoof", at=1), 1)
    log.advance(10)
    first, second = sorted(log.alerts(), key=lambda a: a.rule)
    log.mute(first.incident_id, "rule", "ann", 10 * NS, 60)
    log.learn(second.incident_id, "ann", 10 * NS)
    for second_of in range(11, 16):
        log.report(finding("c", rule="arp.spoof", at=second_of), second_of)
        log.report(finding(at=second_of), second_of)
    assert log.quiet == (2, 10)
    log.advance(100)
    assert log.quiet == (1, 10)
    assert log.decisions.muted == ()


def test_restored_decisions_can_be_undone() -> None:
    log = AlertLog()
    log.restore(Decisions((Suppression("mine", rule="scan"),), (("scan.vertical", "k"),)))
    assert log.undo() and log.silence.learned == set()
    assert log.undo() and log.silence.suppressions == []
    assert not log.undo()


def test_a_suppression_needs_a_reason_and_survives_as_text() -> None:
    with pytest.raises(UsageError):
        Suppression("")
    kept = Suppression("backup", rule="exfil", either="10.0.0.0/8", until_ns=5)
    assert Suppression.from_state(kept.to_state()) == kept
    for damaged in ({"reason": 3}, {"rule": "x"}, {"reason": "x", "until_ns": "soon"}):
        with pytest.raises(FormatError):
            Suppression.from_state(damaged)


def test_unknown_incidents_and_scopes_are_refused() -> None:
    log = AlertLog()
    with pytest.raises(UsageError):
        log.acknowledge("none", "ann", 0)
    log.report(finding(), 1)
    with pytest.raises(UsageError):
        log.mute(told(log).incident_id, "planet", "ann", 0)


def test_identifiers_sort_by_time_and_are_the_same_for_the_same_packets() -> None:
    assert ulid(5 * NS, "a") == ulid(5 * NS, "a") != ulid(5 * NS, "b")
    assert ulid(5 * NS, "z") < ulid(6 * NS, "a")
    assert len(ulid(0)) == 26
    assert Event.OPEN.value == "open"


def test_what_was_seen_in_an_earlier_run_can_be_undone() -> None:
    """Once `u` took back mutes and learned keys of an earlier run, but not these."""
    before = AlertLog()
    before.report(finding(), 1)
    before.acknowledge(told(before).incident_id, "me", 10 * NS)
    log = AlertLog()
    log.restore(Decisions.loads(before.decisions.dumps()))
    log.report(finding(), 1)
    assert told(log).status is Status.ACKNOWLEDGED
    assert log.undo()
    assert told(log).status is Status.OPEN
    assert told(log).acknowledgement is None
    assert log.decisions.acknowledged == ()
    assert not log.undo()


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("scan from 10.0.0.5 until 2027-01-31: our scanner", ("scan", "10.0.0.5", "", "")),
        ("any 10.0.0.0/24 until 2027-01-31: the lab", ("", "", "", "10.0.0.0/24")),
        ("arp.spoof from 02:00:00:00:00:07 to 10.0.0.1 until 2027-01-31T06:00: fail-over: tested",
         ("arp.spoof", "02:00:00:00:00:07", "10.0.0.1", "")),
    ],
)  # fmt: skip
def test_what_is_allowed_in_words(text: str, fields: tuple[str, str, str, str]) -> None:
    rule = Suppression.parse(text)
    assert (rule.rule, rule.src, rule.dst, rule.either) == fields
    assert rule.until_ns is not None
    assert rule.reason == text.partition(": ")[2]
    assert Suppression.parse(str(rule)) == rule


@pytest.mark.parametrize(
    "text",
    [
        "", "scan", "scan: no end", "scan until 2027-01-31", "scan until 2027-01-31: ", "scan until soon: x",
        "nothing until 2027-01-31: x", "scan from nobody until 2027-01-31: x", "scan from until 2027-01-31: x",
        "scan 10.0.0.1 10.0.0.2 until 2027-01-31: x",
    ],
)  # fmt: skip
def test_what_is_allowed_has_a_rule_a_reason_and_an_end(text: str) -> None:
    with pytest.raises(UsageError) as error:
        Suppression.parse(text)
    assert error.value.hint


def test_what_an_option_allows_is_counted_and_not_kept() -> None:
    log = AlertLog()
    log.silence.suppressions.append(Suppression.parse("scan from 10.0.0.0/24 until 2027-01-31: our scanner"))
    log.report(finding(), 1)
    log.report(finding(rule="flood.syn"), 1)
    log.advance(10)
    assert [a.rule for a in log.alerts()] == ["flood.syn"]
    assert log.quiet == (1, 1)
    assert log.decisions == Decisions()


def test_what_is_silenced_is_not_told_by_another_name() -> None:
    """A muted vertical scan came back as a scan of many services: the same attempts from the same source."""
    log = AlertLog()
    log.silence.suppressions.append(Suppression("ours", rule="scan.vertical", src="10.0.0.5", dst="10.0.0.9"))
    for second in (1_000, 1_004):
        log.report(finding("a", rule="scan.random", at=second, keys=("a",)), second)
        log.report(finding("a", at=second, keys=("a",)), second)
        log.report(finding("a", rule="scan.random", at=second, keys=("a",)), second)
        log.advance(second + 3)
    assert events(log) == []
    log.report(finding(keys=("a",), rule="flood.syn", severity=Severity.CRITICAL, at=1_010), 1_010)
    log.advance(1_020)
    assert events(log) == [("open", "flood.syn")]
    log.report(finding(keys=("b",), rule="scan.random", src="10.0.0.6", at=1_030), 1_030)
    log.advance(1_040)
    assert events(log)[1:] == [("open", "scan.random")]


def test_what_is_held_back_goes_when_the_same_by_another_name_is_normal() -> None:
    """Muting forgot it, learning did not: the scan that was called normal was told under its other name."""
    log = AlertLog()
    log.silence.learned.add("a")
    log.report(finding("b", rule="scan.random", at=1_000, keys=("b",)), 1_000)
    log.report(finding("a", at=1_000, keys=("a", "b")), 1_000)
    log.advance(1_010)
    assert events(log) == []


@pytest.mark.parametrize("learned", [False, True])
def test_what_a_decision_has_just_silenced_is_told_when_it_is_taken_back(learned: bool) -> None:
    """A detector tells a scan once: what was silenced then was not told later, though the mute was undone."""
    first = AlertLog()
    first.report(finding(keys=("a",)), 1)
    first.learn(told(first).incident_id, "root", NS) if learned else first.mute(
        told(first).incident_id, "pair", "root", NS
    )
    log = AlertLog()
    log.restore(first.decisions)
    log.report(finding(keys=("a", "b"), at=40), 40)
    log.advance(60)
    assert events(log) == []
    assert log.undo()
    log.report(finding(keys=("b",), rule="scan.random", at=61), 61)
    log.advance(70)
    assert events(log) == [("open", "scan.vertical")]
