"""The limits screen: the nearest rule first, held still while one is chosen, and what `y` copies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.screens.fake import FakeSession
from tests.screens.harness import app_over
from tests.screens.test_snapshots import Compare, fixed
from tui.app import NettuiApp
from tui.core.alert.nearness import Near
from tui.detectors.registry import DetectorSet
from tui.screens.keys import KEYS, LIMITS
from tui.screens.limits import LimitsScreen
from tui.settings import Settings
from tui.widgets.glyphs import UNICODE
from tui.widgets.limit_table import LimitLines, facts, measure

__all__ = ["fixed"]

MEASURED = {
    "scan.vertical": Near("scan.vertical", 8, 15, "ports", "10.0.4.9 > 10.0.4.17", setting="scan.vertical_ports"),
    "flood.syn": Near(
        "flood.syn", 140, 100, "SYN/s", "10.0.4.17 port 443", "96% completed", 0.21, "flood.syn_rate"
    ),
    "exfil.volume": Near(
        "exfil.volume", 390e6, 500e6, "bytes", "10.0.4.22 > 203.0.113.9", setting="exfil.volume_bytes"
    ),
    "brute.ssh": Near("brute.ssh", 9, 8, "sessions", "203.0.113.7 > 10.0.4.17 port 22", setting="brute.ssh_sessions"),
}  # fmt: skip


def measures(changed: dict[str, Near] = MEASURED) -> list[Near]:
    """All rules, some of which measure something."""
    found = [changed.get(near.rule, near) for near in DetectorSet().near()]
    return sorted(found, key=lambda n: (-n.share, n.rule))


@dataclass
class Measuring(FakeSession):
    measured: list[Near] = field(default_factory=measures)

    def ask(self, key: str, build: Callable[[Any], Any]) -> Any:
        return self.measured if key == "near" else super().ask(key, build)


def app(session: Measuring | None = None) -> NettuiApp:
    return app_over(session or Measuring().receive(100), Settings())


def screen_of(made: NettuiApp) -> LimitsScreen:
    assert isinstance(made.screen, LimitsScreen)
    return made.screen


def rules(made: NettuiApp) -> list[str]:
    source = screen_of(made).table._source
    assert isinstance(source, LimitLines)
    return [near.rule for near in source.measures]


async def test_the_nearest_come_first() -> None:
    made = app()
    async with made.run_test(size=(120, 40)) as pilot:
        await pilot.press("6")
        await pilot.pause()
        assert rules(made)[:4] == ["brute.ssh", "exfil.volume", "scan.vertical", "flood.syn"]


async def test_what_is_chosen_is_held_still_and_goes_on_being_measured() -> None:
    session = Measuring().receive(100)
    made = app(session)
    async with made.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", "j", "j", "j")
        await pilot.pause()
        before = rules(made)
        session.measured = measures({**MEASURED, "scan.vertical": replace(MEASURED["scan.vertical"], value=90)})
        screen_of(made).tick_soon()
        screen_of(made).tick()
        chosen = screen_of(made).chosen
        assert chosen is not None
        assert (chosen.rule, chosen.value) == ("scan.vertical", 90)
        assert rules(made) == before
        await pilot.press("escape")
        await pilot.pause()
        assert rules(made)[0] == "scan.vertical"
        await pilot.press("escape")
        await pilot.pause()
        assert made.screen is made.live


async def test_y_copies_the_option_that_sets_the_limit() -> None:
    made = app()
    async with made.run_test(size=(120, 40)) as pilot:
        await pilot.press("6", "j", "y")
        await pilot.pause()
        assert made.clipboard == "--set brute.ssh_sessions=8"


async def test_before_the_detectors_are_there_the_screen_says_so() -> None:
    made = app(Measuring(measured=[]).receive(100))
    async with made.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", "j", "y", "escape")
        await pilot.pause()
        assert made.screen is made.live


async def test_every_key_of_the_screen_does_something() -> None:
    made = app()
    async with made.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await pilot.pause()
        for key in (key for key in KEYS if LIMITS in key.on):
            assert screen_of(made).check_action(key.action, ()) is not False, key.action


def test_a_limit_that_is_passed_but_held_back_is_no_full_bar() -> None:
    lines = LimitLines([MEASURED["flood.syn"]], UNICODE).lines(0, 1, 120)
    text = "".join(text for text, _ in lines[0])
    assert " 21% " in text
    assert "96% completed" in text
    assert any("held back: 96% completed" in part for line in facts(MEASURED["flood.syn"]) for part, _ in line)


@pytest.mark.parametrize(
    ("near", "text"),
    [
        (MEASURED["scan.vertical"], "8 ports, limit 15"),
        (MEASURED["exfil.volume"], "390 MB, limit 500 MB"),
        (Near("dhcp.rogue", 0, 1, "sightings"), "one sighting is enough"),
        (Near("scan.slow_trw", 4.158, 11.5, "score", setting="x"), "score 4.2, limit 11.5"),
    ],
)
def test_measures_in_words(near: Near, text: str) -> None:
    assert measure(near) == text


@pytest.mark.parametrize(
    ("value", "percent", "words"),
    [
        (6.1, "53%", "score 6.1, limit 11.5: 53% of the way to an alert"),
        (11.5, "100%", "score 11.5, limit 11.5: at its limit"),
        (20, "174%", "score 20, limit 11.5: past its limit"),
        (48.5, "4.2x", "score 48.5, limit 11.5: 4.2 times its limit"),
        (556, "48x", "score 556, limit 11.5: 48 times its limit"),
        (60_000, ">999x", "score 60,000, limit 11.5: >999 times its limit"),
    ],
)
def test_far_beyond_a_limit_is_told_in_times(value: float, percent: str, words: str) -> None:
    """`>999%` and `556 of 11.5 score` stood there, which nobody would say."""
    near = Near("scan.slow_trw", value, 11.5, "score", "10.0.4.9", setting="scan.trw_score")
    pieces = LimitLines([near], UNICODE).lines(0, 1, 120)[0]
    assert pieces[2][0] == f"{percent:>5} "
    assert facts(near)[1][0][0].strip() == words


@pytest.mark.parametrize("width", [80, 120])
def test_no_measure_moves_what_stands_beside_it(width: int) -> None:
    values = (0.01, 3, 99.94, 1_234, 99_999, 123_456_789)
    nears = [replace(near, value=value, subject="#") for near in MEASURED.values() for value in values]
    lines = LimitLines([replace(near, gate="") for near in nears], UNICODE).lines(0, len(nears), width)
    assert len({"".join(text for text, _ in line).index("#") for line in lines}) == 1


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_limits(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app(), press=["6", "j", "j", "j", "j"], terminal_size=size)


async def test_in_a_window_it_says_that_limits_are_of_now() -> None:
    """It showed the present under a status bar that named the window, without a word."""
    made = app()
    async with made.run_test(size=(120, 40)) as pilot:
        await pilot.press("6")
        await pilot.pause()
        assert screen_of(made).table.border_title == "limits"
        made.live.travel.hold(made.live.past.whole().first_ns, None)
        screen_of(made).refresh_body()
        assert "as they are now, not in the window" in str(screen_of(made).table.border_title)
