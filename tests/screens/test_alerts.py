"""Keys on the alert pane become decisions; elsewhere the same keys do what they do there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest
from textual.widgets import Input

from tests.screens.fake import ALERTS, FakeSession
from tests.screens.harness import app_over
from tests.screens.test_live import live, text
from tests.waiting import comes
from tui import filters
from tui.app import NettuiApp
from tui.core.alert.alerts import Alert, Finding, Status
from tui.core.alert.log import AlertLog
from tui.core.alert.response import Guard
from tui.core.snapshot import Snapshot
from tui.screens.alerts import within
from tui.screens.suggest import Suggestion
from tui.settings import Settings
from tui.widgets.alert_log import alert_line, quiet_text
from tui.widgets.choice import Words


def log_with(alert: Alert) -> tuple[AlertLog, str]:
    """A log in which this alert has been told, and its number there."""
    log = AlertLog()
    log.report(
        Finding(
            alert.rule, alert.severity, (("scan", "10.0.4.9"),), alert.src, alert.dst, alert.evidence, alert.text,
            alert.first_ns, alert.last_ns,
        ),
        1,
    )  # fmt: skip
    log.finish(20)
    return log, log.alerts()[0].incident_id


async def decided(*keys: str, of: int = 0) -> tuple[NettuiApp, AlertLog]:
    """Press keys on the alert pane; the decisions, done on a log of one such alert."""
    log, number = log_with(ALERTS[of])
    session = FakeSession(alerts=(replace(ALERTS[of], incident_id=number),)).receive(100)
    app = app_over(session, Settings())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.live.set_focus(app.live.alerts)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        for act in session.decided:
            act(log)
    return app, log


Decided = Callable[..., Awaitable[tuple[NettuiApp, AlertLog]]]


async def test_a_is_seen() -> None:
    _, log = await decided("a")
    seen = log.alerts()[0].acknowledgement
    assert seen is not None
    assert seen.by
    assert log.decisions.acknowledged


async def test_l_is_normal() -> None:
    _, log = await decided("l")
    assert log.silence.learned == {("scan", "10.0.4.9")}


@pytest.mark.parametrize(
    ("downs", "src", "dst", "ends"), [(0, "10.0.4.9", "10.0.4.17", True), (3, "10.0.4.9", "", True), (8, "", "", False)]
)
async def test_m_asks_how_much_and_how_long(downs: int, src: str, dst: str, ends: bool) -> None:
    _, log = await decided("m", *["down"] * downs, "enter")
    (muted,) = log.silence.suppressions
    assert (muted.src, muted.dst, muted.until_ns is not None) == (src, dst, ends)


async def test_an_alert_without_a_second_side_has_no_pair_to_mute() -> None:
    _, log = await decided("m", "enter", of=1)
    assert log.silence.suppressions[0].src == "10.0.4.77"
    assert log.silence.suppressions[0].dst == ""


async def test_u_takes_it_back() -> None:
    _, log = await decided("l", "u")
    assert log.silence.learned == set()


async def test_m_in_the_list_is_still_a_mark() -> None:
    session = FakeSession().receive(100)
    app = app_over(session, Settings())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("m", "a", "u")
        await pilot.pause()
    assert session.decided == []


async def test_enter_marks_the_evidence_and_counts_what_is_gone() -> None:
    shown = replace(ALERTS[0], evidence=replace(ALERTS[0].evidence, samples=(1, 2, 40, 90)))
    session = FakeSession(alerts=(shown,), keep=70).receive(100)
    app = app_over(session, Settings())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.live.set_focus(app.live.alerts)
        await pilot.press("enter")
        await pilot.pause()
        assert app.live.list.marked == {40, 90}
        said = "".join(text for text, _ in next(iter(app.live.key_bar.paint(120, 1))))
        assert "2 packets of the evidence are marked" in said
        assert "2 packets of the evidence are no longer kept" in said


def showing(*samples: int) -> tuple[Alert, ...]:
    return (replace(ALERTS[0], evidence=replace(ALERTS[0].evidence, samples=samples)),)


async def test_a_filter_on_alerts_follows_the_alerts() -> None:
    """It knew only those of the moment when it was applied."""
    session = FakeSession(alerts=())
    async with live(5_000, session=session) as (_, screen, __):
        screen._compile = filters.compile
        screen.filter_by("nettui.alert")
        assert len(screen.listing) == 0
        session.alerts = showing(10, 4_000, 4_001)
        screen._told_at = 0.0
        screen.tick()
        assert screen.listing.sequences.tolist() == [10, 4_000, 4_001]
        session.alerts = showing(4_001)
        screen._told_at = 0.0
        screen.tick()
        assert screen.listing.sequences.tolist() == [4_001]


async def test_a_later_alert_moves_nothing_under_the_eye() -> None:
    session = FakeSession(alerts=showing(*range(1_000, 1_100)))
    async with live(5_000, session=session) as (pilot, screen, _):
        screen._compile = filters.compile
        screen.filter_by("nettui.alert")
        screen.list.choose(1_050)
        for _ in range(3):
            screen.list.move(-1)
        await pilot.pause()
        before = text(screen.list).splitlines()
        assert "1,048" in before[1]
        session.alerts = showing(*range(900), *range(1_000, 1_100))
        screen._told_at = 0.0
        screen.tick()
        await pilot.pause()
        assert len(screen.listing) == 1_000
        assert text(screen.list).splitlines() == before
        assert screen.list.chosen == 1_047


async def test_a_filter_of_alerts_and_bytes_is_drawn_anew_when_alerts_come() -> None:
    """A list that stood still showed the packets of a later alert only after the next key."""
    session = FakeSession(alerts=showing(*range(1_000, 1_100)))
    async with live(5_000, session=session) as (pilot, screen, _):
        screen._compile = filters.compile
        screen.filter_by('nettui.alert && !(frame contains "no such text")')
        await comes(pilot, lambda: screen.listing.progress is None)
        screen.tick()
        screen.list.choose(1_050)
        screen.list.move(-1)
        await pilot.pause()
        before = text(screen.list).splitlines()
        session.alerts = showing(*range(900), *range(1_000, 1_051), *range(1_052, 1_100))
        screen._told_at = 0.0
        await comes(pilot, lambda: screen.tick() or len(screen.listing) == 999)
        await pilot.pause()
        after = text(screen.list).splitlines()
        at = next(row for row, line in enumerate(before) if " 1,050 " in line)
        assert after[at] == before[at], "the chosen packet stays on its line"
        assert any(" 1,052 " in line for line in before)
        assert not any(" 1,052 " in line for line in after)


def test_the_time_of_an_alert_bounds_its_packets() -> None:
    alert = replace(ALERTS[0], first_ns=5_900_000_000, last_ns=7_100_000_000, filter_display="arp || icmp")
    assert within(alert) == "(arp || icmp) && (frame.time_epoch >= 5 && frame.time_epoch < 8)"
    assert filters.compile(within(alert))


async def suggested(shown: Alert, guard: Guard) -> tuple[str, str]:
    """What stands on the screen after `s`, and what `y` copies."""
    app = app_over(FakeSession(alerts=(shown,)).receive(100), Settings())
    app.live = app._live_screen("", None)
    app.live.verdicts._protect = lambda known: guard.also(known.addresses, known.allowed)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.live.set_focus(app.live.alerts)
        await pilot.press("s")
        await pilot.pause()
        assert isinstance(app.screen, Suggestion)
        lines = app.screen.query_one("#options").paint(80, 20)
        said = "\n".join("".join(text for text, _ in line) for line in lines)
        await pilot.press("y")
        copied = app.clipboard
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is app.live
    return said, copied


async def test_s_shows_what_would_stop_it_and_y_copies_it() -> None:
    said, copied = await suggested(ALERTS[2], Guard())
    assert copied == "sudo nft add element inet nettui block { 203.0.113.7 timeout 10m }"
    assert "nft delete element inet nettui block" in said
    assert "nettui does not run it" in said


async def test_who_must_not_be_blocked_is_said_and_nothing_copied() -> None:
    said, copied = await suggested(ALERTS[2], Guard({"203.0.113.7": "a gateway of this machine"}))
    assert "203.0.113.7 is a gateway of this machine" in said
    assert copied == ""


@dataclass
class Learning(FakeSession):
    learning: float | None = 0.42

    def snapshot(self) -> Snapshot:
        return replace(super().snapshot(), learning=self.learning)


async def test_the_progress_of_learning_stands_at_the_alerts() -> None:
    session = Learning(alerts=()).receive(100)
    app = app_over(session, Settings())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "learning 42%" in str(app.live.alerts.border_subtitle)
        session.learning = None
        app.live._told_at = 0.0
        app.live.tick()
        assert "learning" not in str(app.live.alerts.border_subtitle)


def test_what_was_decided_stands_in_the_line_and_in_the_title() -> None:
    seen = "".join(text for text, _ in alert_line(replace(ALERTS[0], status=Status.ACKNOWLEDGED), 120, "->"))
    assert "seen: 412 of 430" in seen
    assert quiet_text((3, 412), "·") == " · 3 muted, 412 hits"
    assert quiet_text((0, 0), "·") == ""


async def test_alerts_are_filtered_by_the_same_language_and_none_is_hidden_without_a_word() -> None:
    session = FakeSession(alerts=ALERTS[1:]).receive(100)
    app = app_over(session, Settings())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.live.set_focus(app.live.alerts)
        await pilot.press("slash")
        await pilot.pause()
        app.screen.query_one(Input).value = "tcp.len > 0"
        await pilot.press("enter")
        await pilot.pause()
        assert "alerts have none" in text(app.screen.query_one("#say", Words))
        app.screen.query_one(Input).value = "ip.addr == 10.0.4.9"
        await pilot.press("enter")
        await pilot.pause()
        assert text(app.live.alerts).strip() == "none of 2 matches ip.addr == 10.0.4.9"
        session.alerts = ALERTS
        app.live._told_at = 0.0
        app.live.tick()
        assert app.live.alerts.chosen == ALERTS[0]
        assert "1 of 3: ip.addr == 10.0.4.9" in str(app.live.alerts.border_subtitle)
        await pilot.press("slash")
        await pilot.pause()
        app.screen.query_one(Input).value = ""
        await pilot.press("enter")
        await pilot.pause()
        assert len(text(app.live.alerts).splitlines()) == 3
        assert " of 3" not in str(app.live.alerts.border_subtitle)
