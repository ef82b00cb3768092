"""What the screens beside the live one look like."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens.harness import app_over
from tests.screens.test_snapshots import Compare, app, fixed
from tests.screens.test_stream import StreamSession
from tui.settings.model import Settings

__all__ = ["fixed"]
SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24), (200, 60)], ids=lambda s: f"{s[0]}x{s[1]}")


@SIZES
def test_flows(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app(), press=["2", "j", "j"], terminal_size=size)


@SIZES
def test_names(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app(), press=["3", "j"], terminal_size=size)


@SIZES
def test_stream(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def look(pilot: object) -> None:
        await pilot.press("F")
        await pilot.app.workers.wait_for_complete()
        await pilot.press("slash", *"needle", "enter", "n")
        await pilot.pause()

    made = app_over(StreamSession().receive(0), Settings(save_dir=Path("/srv/captures")))
    assert snap_compare(made, terminal_size=size, run_before=look)


@SIZES
@pytest.mark.parametrize("steps", range(9))
def test_statistics(snap_compare: Compare, size: tuple[int, int], steps: int) -> None:
    assert snap_compare(app(), press=["4", *"s" * steps], terminal_size=size)


@SIZES
def test_anomalies(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app(), press=["5", "j", "j"], terminal_size=size)


@SIZES
def test_flows_with_labels(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app(model=Path("m.skops")), press=["2", "j", "j"], terminal_size=size)


def test_traffic_types(snap_compare: Compare) -> None:
    assert snap_compare(app(model=Path("m.skops")), press=["c", "c", "c"], terminal_size=(120, 40))
