"""A packet is copied in the form that is asked for, or goes into a file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import Input

from tests.screens.fake import BYTES
from tests.screens.test_live import live
from tui.app import NettuiApp
from tui.screens.ask import Pick
from tui.screens.copying import FILE, Form, forms, write
from tui.widgets.lines import Lines


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the clipboard got."""
    texts: list[str] = []
    monkeypatch.setattr(NettuiApp, "copy_to_clipboard", lambda self, text: texts.append(text))
    return texts


@given(st.binary(min_size=1, max_size=300))
def test_every_form_of_the_bytes_gives_them_back(data: bytes) -> None:
    found = {form.name: form.text for form in forms("1 2 3", "", b"", data)}
    assert eval(found["python"]) == bytes.fromhex(found["bytes"]) == data
    dumped = "".join(line[6:55] for line in found["hex dump"].splitlines())
    assert bytes.fromhex(dumped) == data


def test_a_field_has_its_value_and_its_bytes() -> None:
    found = {form.name: form.text for form in forms("line", "ttl: 64", b"\x40", BYTES)}
    assert (found["field"], found["value"], found["field's bytes"]) == ("ttl: 64", "64", "40")
    assert [form.name for form in forms("line", "", b"", b"")] == ["line"]


async def choose(pilot: Pilot[None], app: NettuiApp, name: str) -> None:
    """Take the line of the open choice that is called so."""
    screen = app.screen
    assert isinstance(screen, Pick)
    screen.query_one(Lines).choose([line for line, _ in screen.options].index(name))
    await pilot.press("enter")
    await pilot.pause()


async def test_the_chosen_field_and_its_bytes_are_copied(copied: list[str]) -> None:
    async with live(50) as (pilot, screen, _):
        await pilot.press("enter")
        await pilot.pause()
        await screen.workers.wait_for_complete()
        await pilot.pause()
        screen.detail.fields.reveal(22)
        screen.detail.fields.move(0)
        await pilot.pause()
        for name in ("value", "field's bytes", "bytes"):
            await pilot.press("Y")
            await pilot.pause()
            await choose(pilot, screen.app, name)
    assert copied == ["64", "40", BYTES.hex()]


async def test_a_file_takes_it_where_there_is_no_clipboard(tmp_path: Path, copied: list[str]) -> None:
    path = tmp_path / "one.txt"
    async with live(50) as (pilot, screen, _):
        await pilot.press("Y")
        await pilot.pause()
        await choose(pilot, screen.app, FILE)
        screen.app.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await pilot.pause()
    assert not copied
    assert f"# bytes\n{BYTES.hex()}\n" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="cannot be written"):
        write([Form("line", "", "x")], str(tmp_path / "none" / "a.txt"))


async def test_without_a_packet_there_is_nothing_to_copy(copied: list[str]) -> None:
    async with live(0) as (pilot, _, __):
        await pilot.press("Y")
        await pilot.pause()
    assert not copied
