"""The save dialog: what it says before anything is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.screens.fake import FakeSession
from tests.screens.test_live import last_line, live, press, text
from tui.app import ExitChoice
from tui.screens.save import SaveDialog, default_path
from tui.widgets.choice import Choice


def said(pilot: Pilot[object]) -> str:
    """What stands in the dialog's last lines."""
    return text(pilot.app.screen.query_one("#say"))


async def test_pcap_says_that_it_drops_notes_before_it_does() -> None:
    """They were dropped without a word."""
    async with live() as (pilot, _, session):
        await press(pilot, ["g", "m", "j", "M", *"odd", "enter", "w"])
        dialog = pilot.app.screen
        assert "enter does it" in said(pilot)
        dialog.query_one("#format", Choice).choose(1)
        await pilot.pause()
        assert "notes and marks of 2 packets will not be in it" in said(pilot)
        dialog.query_one("#format", Choice).choose(0)
        await pilot.pause()
        assert "enter does it" in said(pilot)
        assert session.notes.comments() == {0: "marked", 1: "odd"}


async def test_only_the_packets_that_are_saved_count() -> None:
    async with live() as (pilot, _, session):
        session.notes.put(0, "of a packet of TLS")
        session.notes.put(2, "of one of TCP")
        await press(pilot, ["slash", *"tcp", "enter", "w"])
        dialog = pilot.app.screen
        dialog.query_one("#what", Choice).choose(1)
        dialog.query_one("#format", Choice).choose(1)
        await pilot.pause()
        assert "notes and marks of a packet will not be in it" in said(pilot)


async def test_a_save_that_dropped_notes_says_so(tmp_path: Path) -> None:
    async with live(save_dir=tmp_path, session=FakeSession(unsaid=3)) as (pilot, screen, _):
        await press(pilot, ["w", "enter"])
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert "saved 5,000 packets, without notes of 3 (pcapng keeps them), to" in last_line(screen)


async def test_leaving_asks_about_notes_that_no_file_has() -> None:
    """Notes on a file that was read were gone with `q`."""
    async with live() as (pilot, _, session):
        await press(pilot, ["g", "M", *"odd", "enter"])
        session.saves.append((Path("all.pcap"), None))
        await press(pilot, ["q"])
        assert isinstance(pilot.app.screen, SaveDialog)
        assert "1 note is not saved" in str(pilot.app.screen.query_one("#dialog").border_title)
        await press(pilot, ["escape"])
        session.notes.saved(None)
        await press(pilot, ["q"])
        assert pilot.app.return_value == ExitChoice()


async def test_marks_of_a_file_are_shown() -> None:
    async with live() as (_, screen, session):
        session.notes.add({3: "marked"})
        screen.redress()
        assert screen.list.marked == {3}


@pytest.mark.parametrize(
    ("source", "begin"),
    [("eth0", "eth0-"), ("day.1.pcapng", "day.1-"), ("old.CAP", "old-"), ("x.pcap.gz", "x-"), (".pcap", "packets-")],
)
def test_a_file_s_name_is_offered_without_what_it_ends_in(source: str, begin: str) -> None:
    name = default_path(Path(), source, 0.0).name
    assert name.startswith(begin)
    assert name.count(".pcap") == 1
