"""Every key of the anomalies screen does what the table says; labels stand where there is a model."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.screens.fake import FakeSession
from tests.screens.harness import app_over
from tests.screens.learned import CLASSES, FLOWS, LABELS, RANKING, FakeLearner, ranking
from tests.screens.test_live import WIDE, live, press, text
from tui.core.flow.owners import NOBODY
from tui.screens.anomalies import AnomaliesScreen
from tui.screens.export import FlowExport
from tui.screens.keys import ANOMALIES, KEYS
from tui.screens.live import LiveScreen
from tui.screens.stream import StreamScreen
from tui.settings.model import Settings
from tui.widgets.counters import Subject
from tui.widgets.facts import Facts
from tui.widgets.table import Table

MODEL = Path("m.skops")


@asynccontextmanager
async def looking(
    learner: FakeLearner | None = None, size: tuple[int, int] = WIDE
) -> AsyncIterator[tuple[Pilot[object], AnomaliesScreen]]:
    app = app_over(FakeSession().receive(500), Settings(), learner)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await press(pilot, ["5"])
        assert isinstance(app.screen, AnomaliesScreen)
        yield pilot, app.screen


def lines(screen: AnomaliesScreen) -> list[str]:
    return [line for line in text(screen.query_one(Table)).splitlines()[1:] if line.strip()]


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (200, 60)])
async def test_the_strangest_flow_is_first_with_what_made_it_so(size: tuple[int, int]) -> None:
    async with looking(size=size) as (_, screen):
        assert lines(screen)[0].startswith(" 0.820")
        assert "packets_per_s 1,204 +12.4" in lines(screen)[0]
        assert "IsolationForest fitted on 2,000 flows of base.json" in str(screen.table.border_title)
        assert "never an alert by itself" in str(screen.facts.border_subtitle)


async def test_a_chosen_flow_shows_its_reasons() -> None:
    async with looking() as (pilot, screen):
        await press(pilot, ["j", "j"])
        assert screen.table.at == 1
        shown = text(screen.query_one(Facts))
        assert "usual 3.1; 12.4 deviations above it" in shown
        assert "usual 1.5; 4.1 deviations below it" in shown


async def test_enter_lists_the_packets_of_the_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    async with looking() as (pilot, _):
        asked: list[str] = []
        monkeypatch.setattr(pilot.app.live, "filter_by", asked.append)
        await press(pilot, ["j", "enter"])
        assert isinstance(pilot.app.screen, LiveScreen)
        assert asked == [f"tcp.stream == {int(RANKING.flows.stream[RANKING.order[0]])}"]


async def test_F_reads_what_the_flow_carried() -> None:
    async with looking() as (pilot, _):
        await press(pilot, ["F"])
        assert isinstance(pilot.app.screen, StreamScreen)


async def test_y_copies_the_line_and_escape_lets_go_then_leaves() -> None:
    async with looking() as (pilot, screen):
        await press(pilot, ["j", "y"])
        assert "copied: 0.820" in text(screen.key_bar)
        await press(pilot, ["escape"])
        assert screen.table.chosen is None
        await press(pilot, ["escape"])
        assert isinstance(pilot.app.screen, LiveScreen)


async def test_the_chosen_flow_stays_under_the_eye_when_the_ranking_changes() -> None:
    learner = FakeLearner()
    async with looking(learner) as (pilot, screen):
        await press(pilot, ["j", "j", "j"])
        chosen = screen.table.chosen
        learner.ranking = lambda: ranking(2)
        screen.refresh_body()
        assert screen.ranking.number == 2
        assert screen.table.chosen == chosen


async def test_no_ranking_yet_says_why() -> None:
    async with looking(FakeLearner(silent=True, problem="5 flows are too few")) as (_, screen):
        assert "5 flows are too few" in text(screen.table)


async def test_no_key_is_dead() -> None:
    async with looking() as (pilot, _):
        for key in (key for key in KEYS if ANOMALIES in key.on):
            owner = pilot.app if key.action.startswith("app.") else pilot.app.screen
            assert hasattr(owner, f"action_{key.action.removeprefix('app.').partition('(')[0]}"), key.action


async def test_nobody_is_asked_while_nobody_looks() -> None:
    learner = FakeLearner()
    async with looking(learner) as (pilot, _):
        await press(pilot, ["1"])
        asked = learner.asked
        pilot.app._tick()
        assert learner.asked == asked


async def test_flows_have_labels_with_a_model_only() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["2"])
        assert "Label" not in text(pilot.app.screen.table)
    async with live(model=MODEL) as (pilot, _, __):
        await press(pilot, ["2"])
        shown = text(pilot.app.screen.table)
        assert "Label" in shown
        assert "benign 0.97" in shown
        assert "port_scan 0.97" in shown


async def test_flows_are_sorted_by_their_labels() -> None:
    async with live(model=MODEL) as (pilot, _, __):
        await press(pilot, ["2"])
        while pilot.app.screen.look.sort != "label":
            await press(pilot, ["s"])
        first = text(pilot.app.screen.table).splitlines()[1]
        assert "benign 0.97" in first
        await press(pilot, ["S"])
        assert "unknown 0.51" in text(pilot.app.screen.table).splitlines()[1]


async def test_traffic_types_on_the_live_screen() -> None:
    async with live(model=MODEL) as (pilot, screen, _):
        assert "benign 98.5%" in str(screen.protocols.border_subtitle)
        await press(pilot, ["c", "c", "c"])
        assert screen.talkers.subject is Subject.TYPES
        assert "port_scan" in text(screen.talkers)
        await press(pilot, ["shift+tab", "enter"])
        assert not screen.filter_text


async def test_flows_that_ended_before_a_look_are_counted_beside_the_types() -> None:
    async with live(model=MODEL) as (pilot, screen, _):
        await press(pilot, ["c", "c", "c"])
        screen.talkers.show_types(LABELS.traffic, 1_500)
        assert str(screen.talkers.border_subtitle).strip() == "1.5 k flows not seen"


async def test_without_a_model_there_are_no_traffic_types() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["c", "c", "c"])
        assert screen.talkers.subject is Subject.TALKERS


async def test_flows_that_are_exported_have_their_labels() -> None:
    rows = FlowExport(FLOWS, dict, NOBODY, LABELS).parts(".jsonl")
    found = {row["first_ns"]: row for text, number in rows if number for row in [json.loads(text)]}
    assert {row["label"] for row in found.values()} == set(CLASSES)
    assert all((row["probability"] == 0.51) is (row["label"] == "unknown") for row in found.values())
    without = FlowExport(FLOWS, dict, NOBODY).parts(".jsonl")
    assert all(json.loads(text)["label"] is None for text, number in without if number)
