"""Every key of the statistics screen does what the table says; what the charts count."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.screens.fake import FakeSession
from tests.screens.harness import app_over
from tests.screens.learned import RANKING, FakeLearner
from tests.screens.test_live import live, press, text
from tui.core.snapshot import Health, Series, Talker
from tui.core.state import State
from tui.core.window import Window
from tui.screens.keys import KEYS, STATISTICS
from tui.screens.statistics import NO_PACKETS, StatisticsScreen
from tui.settings.model import Settings
from tui.widgets import chart
from tui.widgets.flowplots import busiest, heat_map, sent
from tui.widgets.glyphs import ASCII, UNICODE, plain
from tui.widgets.plots import Packets, Plot, Statistics, draw, duration, means, traffic


async def test_4_shows_a_chart_and_s_the_next() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["4"])
        screen = pilot.app.screen
        assert isinstance(screen, StatisticsScreen)
        seen = []
        for _ in Plot:
            seen.append(screen.pane.plot)
            assert text(screen.pane).strip()
            await press(pilot, ["s"])
        assert seen == list(Plot)
        await press(pilot, ["left"])
        assert screen.pane.plot is Plot.PAIRS


async def test_no_key_is_dead() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["4"])
        for key in (key for key in KEYS if STATISTICS in key.on):
            owner = pilot.app if key.action.startswith("app.") else pilot.app.screen
            assert hasattr(owner, f"action_{key.action.removeprefix('app.').partition('(')[0]}"), key.action


async def test_w_saves_the_chart_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with live() as (pilot, _, __):
        await press(pilot, ["4", "j", "j", "w", "enter"])
        saved = (tmp_path / "protocols.txt").read_text()
        assert saved.startswith("protocols: bytes\n")
        assert "46.0%" in saved


async def test_e_saves_the_chart_as_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with live() as (pilot, _, __):
        await press(pilot, ["4", "j", "j", "e", "enter"])
        saved = (tmp_path / "protocols.svg").read_text()
    root = ElementTree.fromstring(saved)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    drawn = " ".join("".join(part.itertext()) for part in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "46.0%" in drawn.replace("\xa0", " ")
    assert not re.search(r"(href|src|url)\W+https?:", saved), "nothing is fetched"


async def test_a_file_that_is_there_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "traffic.txt").write_text("mine")
    async with live() as (pilot, _, __):
        await press(pilot, ["4", "w", "enter", "escape"])
    assert (tmp_path / "traffic.txt").read_text() == "mine"


async def test_nothing_captured_is_said() -> None:
    async with live(0) as (pilot, _, __):
        await press(pilot, ["4", "s"])
        assert "no packet yet" in text(pilot.app.screen.pane)


async def test_each_chart_survives_an_empty_session() -> None:
    learner = FakeLearner(silent=True)
    app = app_over(FakeSession().receive(0), Settings(), learner)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, ["4"])
        for _ in Plot:
            assert text(app.screen.pane).strip()
            await press(pilot, ["s"])


async def test_a_chart_that_is_not_there_yet_is_not_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = app_over(FakeSession().receive(500), Settings(), FakeLearner(silent=True))
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, ["4", "left", "left", "w"])
        assert app.screen.pane.plot is Plot.ANOMALIES
        assert "nothing to save: the flows are being scored" in text(app.screen.key_bar)
        await press(pilot, ["enter"])
    assert not list(tmp_path.iterdir())


async def test_the_last_second_of_a_file_is_in_the_chart() -> None:
    async with live(session=FakeSession(health=Health(State.ENDED))) as (pilot, screen, session):
        shown = session.snapshot()
        assert shown.complete_s == shown.now_ns // 1_000_000_000 + 1
        for later in range(4):  # however many seconds a column has
            screen.chart.show(shown.series, shown.complete_s + later, over=shown.over)
            assert screen.chart.axis(screen.chart.content_size.width).end_s >= shown.complete_s + later
        await press(pilot, ["4"])
        assert pilot.app.screen.pane.data.now_s == shown.complete_s


async def test_flows_are_scored_only_while_their_chart_is_looked_at() -> None:
    learner = FakeLearner()
    app = app_over(FakeSession().receive(500), Settings(), learner)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, ["4"])
        assert learner.asked == 0
        await press(pilot, ["left", "left"])
        assert app.screen.pane.plot is Plot.ANOMALIES
        assert learner.asked
        assert "from 0.7: 14" in text(app.screen.pane)
        assert "never an alert" in str(app.screen.pane.border_subtitle)


# what the charts count


def packets(times_s: list[float], sizes: list[int]) -> Packets:
    n = len(times_s)
    return Packets(
        np.array([int(t * 1e9) for t in times_s], np.int64), np.array(sizes, np.uint32),
        np.full(n, 6, np.uint8), np.ones(n, np.bool_),
    )  # fmt: skip


def drawn(plot: Plot, kept: Packets, **more: object) -> str:
    chart.load()
    series = Series(0, np.zeros(1, np.int64), np.zeros(1, np.int64))
    data = Statistics(series, 1, (), (), kept, **more)
    return "\n".join("".join(piece for piece, _ in line) for line in draw(plot, data, 100, 30, UNICODE))


def test_packets_are_counted_in_intervals_of_a_round_length() -> None:
    kept = packets([float(t) for t in range(600)], [100] * 600)
    assert "per 10 s, at most 10, 10.0 on average" in drawn(Plot.COUNTS, kept)
    assert "per 1 s, at most 2, 1.5 on average" in drawn(Plot.COUNTS, packets([0.1, 0.2, 1.5], [60, 60, 60]))


def test_intervals_in_words() -> None:
    assert [duration(s) for s in (5, 60, 300, 7_200)] == ["5 s", "1 min", "5 min", "2 h"]


def test_sizes_over_time_have_a_mean_and_a_largest() -> None:
    shown = drawn(Plot.SIZES_OVER_TIME, packets([0.0, 0.1, 0.2, 9.0], [100, 200, 1_500, 60]))
    assert "mean" in shown
    assert "largest" in shown
    assert "1.5 k" in shown


def test_the_scatter_has_a_mark_for_each_flow_of_the_window() -> None:
    nothing = packets([], [])
    whole = drawn(Plot.ANOMALIES, nothing, ranking=RANKING)
    assert "below 0.6: 34" in whole
    assert "●" in whole.partition("\n")[2]
    first = int(RANKING.flows.first_ns.min())
    assert "no flow" in drawn(Plot.ANOMALIES, nothing, ranking=RANKING, window=Window(0, first, 0, 0))


def test_the_heat_map_shows_both_ways_of_a_pair() -> None:
    pairs = [Talker("10.0.0.1 ↔ 10.0.0.2", 5, 1_000_000, 5, 10), Talker("10.0.0.1 ↔ 10.0.0.3", 1, 100, 0, 0)]
    traffic = sent(pairs)
    assert traffic["10.0.0.1", "10.0.0.2"] == 1_000_000
    assert traffic["10.0.0.2", "10.0.0.1"] == 10
    assert busiest(traffic) == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    lines = ["".join(piece for piece, _ in line) for line in heat_map(pairs, 80, 20, UNICODE)]
    assert "██" in lines[1]
    assert lines[2].rstrip().endswith("░░")
    assert "10.0.0.3" in lines[3]
    assert all(text.isascii() for text in (plain(line) for line in lines))
    assert "##" in "".join(piece for line in heat_map(pairs, 80, 20, ASCII) for piece, _ in line)


def test_a_host_name_in_a_pair_is_made_harmless() -> None:
    pairs = [Talker("bad\x1b[31m ↔ [red]", 1, 100, 1, 100)]
    assert "\x1b" not in "".join(piece for line in heat_map(pairs, 80, 20, UNICODE) for piece, _ in line)


def test_traffic_joins_folded_minutes_and_seconds() -> None:
    series = Series(
        120, np.ones(60, np.int64), np.full(60, 10, np.int64),
        older_first_s=0, older_packets=np.ones(2, np.int64), older_bytes=np.full(2, 60 * 20, np.int64),
    )  # fmt: skip
    first, values = traffic(series, 180, 3)
    assert first == 0
    assert values.tolist() == [160, 160, 80]


def test_means_of_fewer_values_than_columns_repeat_them() -> None:
    assert means(np.array([1.0, 3.0]), 4).tolist() == [1, 1, 3, 3]
    assert means(np.arange(6.0), 3).tolist() == [0.5, 2.5, 4.5]
    assert means(np.empty(0), 2).tolist() == [0, 0]


@pytest.mark.parametrize("seconds", [1, 2, 3, 5, 90])
def test_no_time_stands_twice_under_a_chart(seconds: int) -> None:
    series = Series(1_700_000_000, np.full(seconds, 9), np.full(seconds, 900))
    data = Statistics(series, 1_700_000_000 + seconds, (), (), NO_PACKETS)
    last = "".join(piece for piece, _ in draw(Plot.TRAFFIC, data, 120, 20, UNICODE)[-1])
    times = re.findall(r"\d\d:\d\d:\d\d", last)
    assert times
    assert len(set(times)) == len(times)
