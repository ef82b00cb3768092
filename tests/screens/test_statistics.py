"""Every key of the statistics screen does what the table says; what the charts count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.screens.test_live import live, press, text
from tui.core.snapshot import Series
from tui.screens.keys import KEYS, STATISTICS
from tui.screens.statistics import StatisticsScreen
from tui.widgets.plots import Plot, means, traffic


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
        assert screen.pane.plot is Plot.CONNECTIONS


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


async def test_nothing_captured_is_said() -> None:
    async with live(0) as (pilot, _, __):
        await press(pilot, ["4", "s"])
        assert "no packet yet" in text(pilot.app.screen.pane)


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
