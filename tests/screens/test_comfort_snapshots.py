"""What the dialogs of the list look like, a list with columns of one's own, and flows put together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens.fake import FakeSession
from tests.screens.harness import app_over
from tests.screens.test_flows import owned
from tests.screens.test_page_snapshots import SIZES
from tests.screens.test_snapshots import Compare, app, fixed
from tui.app import NettuiApp
from tui.settings.listing import ColorRule
from tui.settings.model import Settings

__all__ = ["fixed"]


def dressed() -> NettuiApp:
    """A list with other columns, other times, a note, and a rule."""
    session = owned(FakeSession()).receive(5_000)
    session.rows.blocks[0].flow[:5_000] = 59
    session.notes.put(4_997, "the answer came late")
    names = ("number", "time", "source", "dport", "destination", "protocol", "process", "note", "frame.len", "info")
    rules = (ColorRule("frame.number > 4995 && frame.number < 4998", "good", "+"),)
    return app_over(session, Settings(list_columns=names, list_time="delta", color=rules))


@SIZES
def test_columns_of_ones_own(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(dressed(), press=["space"], terminal_size=size)


@SIZES
def test_the_columns_dialog(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app(), press=["C", *"jjjjjjj", "space"], terminal_size=size)


@SIZES
def test_find(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app(), press=["ctrl+f", "tab", *"47 4", "enter"], terminal_size=size)


@SIZES
def test_export(snap_compare: Compare, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "cwd", lambda: Path("/srv/captures"))
    assert snap_compare(app(), press=["e"], terminal_size=size)


@SIZES
@pytest.mark.parametrize("by", ["o", "oo", "ooo"], ids=["host", "service", "process"])
def test_flows_put_together(snap_compare: Compare, size: tuple[int, int], by: str) -> None:
    made = app_over(owned(FakeSession()).receive(5_000), Settings())
    assert snap_compare(made, press=["2", *by, "j"], terminal_size=size)


@SIZES
def test_flows_with_processes(snap_compare: Compare, size: tuple[int, int]) -> None:
    made = app_over(owned(FakeSession()).receive(5_000), Settings())
    assert snap_compare(made, press=["2", "j"], terminal_size=size)
