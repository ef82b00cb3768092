"""Comforts of the packet list, key by key: columns, times, colours, find, notes, rows to a file.

The invented packets are TLS, HTTP, TCP with a reset, DNS, ICMP, UDP and ARP in turn, one each 2 ms.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.dissect.mmdb import mmdb
from tests.screens.fake import ALERTS, FakeSession, describe
from tests.screens.test_live import live, press, text
from tests.waiting import until
from tui import filters
from tui.app import NettuiApp
from tui.core.columns import AddressKind
from tui.core.flow.owners import How, Owner, OwnerTable
from tui.dissect.vendors import LISTS, Vendors
from tui.screens.columns import ColumnsDialog
from tui.screens.dressing import Dressing
from tui.screens.export import ExportDialog
from tui.screens.find import FindDialog
from tui.screens.listing import Listing
from tui.screens.looks import Rule
from tui.settings.listing import ColorRule
from tui.widgets.list_columns import DEFAULT, Layout, Times, time_text


async def idle(pilot) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


# columns and times


async def test_C_adds_a_column_moves_it_widens_it_and_enter_applies() -> None:
    async with live(size=(140, 40)) as (pilot, screen, _):
        await press(pilot, ["C"])
        assert isinstance(pilot.app.screen, ColumnsDialog)
        await press(pilot, ["j"] * 7 + ["space", "K", "right", "right", "enter"])
        assert screen.list.layout_of.names == (*DEFAULT[:-1], "sport", "info")
        assert screen.list.layout_of.widths == {"sport": 8}
        assert "SPort  Info" in text(screen.list)


async def test_esc_leaves_the_columns_as_they_were_and_r_goes_back_to_the_first_ones() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["C", "space", "escape"])
        assert screen.list.layout_of.names == DEFAULT
        await press(pilot, ["C", "space", "enter"])
        assert screen.list.layout_of.names == DEFAULT[1:]
        await press(pilot, ["C", "r", "enter"])
        assert screen.list.layout_of.names == DEFAULT


async def test_a_field_is_a_column_and_a_wrong_one_is_told() -> None:
    async with live(size=(140, 40)) as (pilot, screen, _):
        await press(pilot, ["C", "a", *"ip.tll", "enter"])
        assert "ip.ttl" in text(pilot.app.screen.query_one("#say"))
        await press(pilot, ["escape", "a", *"frame.len", "enter", "enter"])
        assert "frame.len" in screen.list.layout_of.names
        await press(pilot, ["space"])
        assert "1514" in text(screen.list)


async def test_y_copies_the_lines_for_the_settings_file(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr(NettuiApp, "copy_to_clipboard", lambda self, text: copied.append(text))
    async with live() as (pilot, _, __):
        await press(pilot, ["C", "t", "y"])
    assert copied == ['[list]\ncolumns = ["number", "time", "source", "destination", "protocol", "length", "info"]\n'
                      'time = "delta"\n']  # fmt: skip


async def test_T_writes_times_in_four_ways() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["space", "T"])
        assert "0.002000" in text(screen.list), "two milliseconds after the packet before"
        await press(pilot, ["T"])
        assert screen.list.layout_of.times is Times.CLOCK
        assert ":" in text(screen.list).splitlines()[1].split()[1]
        await press(pilot, ["T"])
        assert "2026-" in text(screen.list)
        await press(pilot, ["T"])
        assert screen.list.layout_of.times is Times.RELATIVE


async def test_delta_counts_from_the_row_listed_before() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["T", "slash", *"dns", "enter"])
        assert "0.014000" in text(screen.list), "every seventh packet, one each 2 ms"


def test_times_are_as_fine_as_there_is_room() -> None:
    at = 1_790_000_000_123_456_789
    assert time_text(Times.CLOCK, at, 0, 0, 12).endswith(".123")
    assert time_text(Times.DATE, at, 0, 0, 29).endswith(".123456789")
    assert len(time_text(Times.CLOCK, at, 0, 0, 8)) == 8
    assert time_text(Times.DELTA, at, 0, 0, 10) == "  0.000000", "the first has none before it"


def test_the_less_room_the_fewer_columns_and_info_stays() -> None:
    layout = Layout(("number", "time", "source", "destination", "protocol", "length", "process", "vlan", "info"))
    for total in range(1, 250):
        shown = layout.fitted(total)
        assert shown[-1][0].name == "info"
        if total >= 60:
            assert 1 + sum(column.gap + cells for column, cells in shown) <= total
    assert [column.name for column, _ in layout.fitted(200)] == list(layout.names)
    assert "process" in [column.name for column, _ in layout.fitted(78)]
    assert "process" not in [column.name for column, _ in layout.fitted(68)]


# what rows say and wear


async def test_the_process_of_a_packet_is_a_column_and_grows_known() -> None:
    session = FakeSession()
    async with live(100, session=session, size=(140, 40), list_columns=("number", "process", "info")) as (
        pilot,
        screen,
        _,
    ):
        session.rows.blocks[0].flow[:100] = 4
        assert "curl" not in text(screen.list)
        table = OwnerTable()
        table.put({4: Owner(7, "curl", "mia", How.PORT)})
        session.owners = table.owners
        screen.redress()
        await pilot.pause()
        assert "curl~" in text(screen.list)


async def test_a_rule_colours_the_rows_that_it_picks_and_gives_them_a_letter() -> None:
    rules = (ColorRule("frame.number == 3", "good", "A"),)
    async with live(50, color=rules) as (pilot, screen, _):
        await press(pilot, ["g", "j", "j", "j"])
        assert [line[0] for line in text(screen.list).splitlines()[1:6]] == [" ", " ", "A", " ", " "]


async def test_packets_that_show_an_alert_have_a_letter() -> None:
    shown = replace(ALERTS[0], evidence=replace(ALERTS[0].evidence, samples=(498, 499)))
    async with live(500, session=FakeSession(alerts=(shown,))) as (_, screen, __):
        assert [line[0] for line in text(screen.list).splitlines()[-2:]] == ["!", "!"]


def test_the_first_rule_that_picks_a_packet_counts() -> None:
    session = FakeSession().receive(20)
    rows = session.rows
    sequences = np.arange(14)
    rules = (Rule("frame.number == 2", "good", "A"), Rule("frame.number <= 7", "red", "B"))
    dressing = Dressing(session, rules=rules, alerted={12: "scan"})
    found = dressing.inks(rows.take(sequences), sequences, session.reader.read(sequences), 0)
    assert [letter for _, letter in found] == [*"BABBBBB", "", "", "", "", "", "!", ""]


# find


async def test_ctrl_f_finds_a_text_n_goes_on_and_N_back() -> None:
    async with live(50) as (pilot, screen, _):
        await press(pilot, ["g", "ctrl+f", *"ECHO REQ", "enter"])
        await idle(pilot)
        assert screen.list.chosen == 4
        await press(pilot, ["n"])
        await idle(pilot)
        assert screen.list.chosen == 11
        await press(pilot, ["N", "N"])
        await idle(pilot)
        assert screen.list.chosen in (4, 46), "each key looks from where one is"


async def test_the_end_of_the_list_is_passed_with_a_word() -> None:
    async with live(10) as (pilot, screen, _):
        await press(pilot, ["g", "ctrl+f", *"echo", "enter"])
        await idle(pilot)
        await press(pilot, ["n"])
        await idle(pilot)
        assert screen.list.chosen == 4
        assert "round the end" in text(screen.key_bar)


async def test_bytes_in_hex_and_what_is_not_there() -> None:
    async with live(50) as (pilot, screen, _):
        await press(pilot, ["g", "ctrl+f", "tab", *"20 fb:c4-23", "enter"])
        await idle(pilot)
        assert screen.list.chosen == 1, "all invented packets have the same bytes"
        await press(pilot, ["ctrl+f", *["backspace"] * 12, *"dead", "enter"])
        await idle(pilot)
        assert "no packet of the list has hex dead" in text(screen.key_bar)
        assert screen.list.chosen == 1


async def test_a_filter_finds_and_the_list_stays_whole() -> None:
    async with live(50) as (pilot, screen, _):
        await press(pilot, ["g", "ctrl+f", "tab", "tab", *"dns", "enter"])
        await idle(pilot)
        assert screen.list.chosen == 3
        assert not screen.filter_text


async def test_what_is_wrong_stays_in_the_dialog() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["ctrl+f", "tab", *"xyz", "enter"])
        assert isinstance(pilot.app.screen, FindDialog)
        assert "are no bytes" in text(pilot.app.screen.query_one("#say"))
        await press(pilot, ["tab", "enter"])
        assert "unknown field" in text(pilot.app.screen.query_one("#say"))


async def test_packets_that_are_marked_later_take_n_over() -> None:
    async with live(50) as (pilot, screen, _):
        await press(pilot, ["g", "ctrl+f", *"echo", "enter"])
        await idle(pilot)
        await press(pilot, ["j", "m", "g", "n"])
        await idle(pilot)
        assert screen.list.chosen == 5


# notes


async def test_M_writes_a_note_that_is_shown_and_taken_away_again() -> None:
    session = FakeSession()
    async with live(50, session=session, size=(140, 40), list_columns=("number", "note", "info")) as (pilot, screen, _):
        await press(pilot, ["g", "M", *"odd one", "enter"])
        assert dict(session.notes) == {0: "odd one"}
        assert "odd one" in text(screen.list)
        await press(pilot, ["j"])
        assert text(screen.list).splitlines()[1].startswith("¶")
        await press(pilot, ["k", "M", *["backspace"] * 7, "enter"])
        assert not session.notes


# rows to a file


async def test_e_writes_the_listed_packets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with live(50) as (pilot, screen, _):
        await press(pilot, ["slash", *"dns", "enter", "e", "enter"])
        await idle(pilot)
        assert "wrote 7 packets" in text(screen.key_bar)
    rows = list(csv.DictReader((tmp_path / "packets.csv").read_text().splitlines()))
    assert [row["number"] for row in rows] == ["4", "11", "18", "25", "32", "39", "46"]
    assert {row["protocol"] for row in rows} == {"DNS"}


async def test_e_writes_flows_and_names_as_json_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    session = FakeSession()
    table = OwnerTable()
    table.put({59: Owner(7, "curl", "mia", How.EXACT)})
    session.owners = table.owners
    async with live(50, session=session) as (pilot, _, __):
        for key, name in (("2", "flows"), ("3", "names")):
            await press(pilot, [key, "e", *["backspace"] * 4, *".jsonl", "enter"])
            await idle(pilot)
            assert f"{name} to" in text(pilot.app.screen.key_bar)
    flows = [json.loads(line) for line in (tmp_path / "flows.jsonl").read_text().splitlines()]
    assert [flow["process"] for flow in flows if flow["process"]] == ["curl"]
    assert "cdn.example.com" in (tmp_path / "names.jsonl").read_text()


async def test_a_place_that_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "packets.csv").mkdir()
    async with live(50) as (pilot, _, __):
        await press(pilot, ["e"])
        pilot.app.screen.query_one("#path").value = str(tmp_path / "packets.csv")
        await press(pilot, ["enter"])
        await idle(pilot)
        assert isinstance(pilot.app.screen, ExportDialog)
        assert "is a folder" in text(pilot.app.screen.query_one("#say"))
    assert [path.name for path in tmp_path.iterdir()] == ["packets.csv"]


# what is known beside the bytes


async def test_the_detail_ends_with_what_is_known_beside_the_bytes() -> None:
    session = FakeSession()
    async with live(50, session=session) as (pilot, screen, _):
        session.rows.blocks[0].flow[:50] = 4
        table = OwnerTable()
        table.put({4: Owner(7, "curl", "mia", How.EXACT)})
        session.owners = table.owners
        session.notes.put(0, "odd one")
        await press(pilot, ["g", "enter", "tab", *["down"] * 5, "right"])
        await idle(pilot)
        assert "Known beside the bytes, note: odd one" in text(screen.detail.fields)
        assert "process: curl (7) by mia, exact" in text(screen.detail.fields)


async def test_places_are_a_column_and_a_fact_of_flows(tmp_path: Path) -> None:
    path = tmp_path / "places.mmdb"
    path.write_bytes(mmdb({"10.0.0.0/26": {"country": {"iso_code": "DE", "names": {"en": "Germany"}}}}))
    async with live(size=(140, 40), geoip=(path,)) as (pilot, _, __):
        await press(pilot, ["2", "j"])
        flows = pilot.app.screen
        assert " DE " in text(flows.table).splitlines()[1]
        assert "Germany to ?" in text(flows.facts)
        await press(pilot, ["s"] * 12)


async def test_d_names_network_cards_by_their_vendor(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("# a list\n00000C Cisco Systems\n")
    async with live(40, session=FakeSession(keep=40)) as (pilot, screen, session):
        block = session.rows.blocks[0]
        block.kind[:40], block.src_lo[:40], block.src_hi[:40] = AddressKind.MAC, 0x00000C123456, 0
        screen.dressing._vendors = Vendors([(tmp_path / "list", "", LISTS[-1][2])])
        screen.list.forget_rows()
        await press(pilot, ["space"])
        assert "00:00:0c:12:34:56" in text(screen.list)
        await press(pilot, ["d"])
        assert "Cisco_12:34:56" in text(screen.list)
        await press(pilot, ["d"])
        assert "Cisco" not in text(screen.list)


def test_a_filter_of_processes_waits_until_they_are_known() -> None:
    """Packets are looked at three seconds after they came: before, nobody may have asked whose they are."""
    session = FakeSession().receive(3_000)
    block = session.rows.blocks[0]
    block.flow[:3_000] = np.arange(3_000) // 1_000
    table = OwnerTable()
    table.put({0: Owner(7, "curl", "mia", How.EXACT), 2: Owner(7, "curl", "mia", How.EXACT)})
    session.owners = table.owners
    now_ns = int(block.time_ns[2_999])
    session.snapshot = lambda: replace(FakeSession.snapshot(session), now_ns=now_ns)
    listing = Listing(session, describe, filters.compile('nettui.process == "curl"'))
    try:
        listing.update(session.rows)
        until(lambda: listing.progress is None or len(listing) == 1_000)
        assert listing.sequences is not None
        assert listing.sequences[-1] == 999
        now_ns += 10_000_000_000
        listing.update(session.rows)
        until(lambda: len(listing) == 2_000)
        assert listing.sequences[-1] == 2_999
    finally:
        listing.close()
