"""Every key of the flows screen does what the table says; the list stays still while flows are born."""

from __future__ import annotations

import pytest

from tests.core.tcpflows import columns, handshake
from tests.screens.fake import FakeSession
from tests.screens.model import HOSTS, model
from tests.screens.test_live import live, press, text
from tui.app import NettuiApp
from tui.core.flow.owners import How, Owner, OwnerTable
from tui.core.frames import from_packets
from tui.screens.flows import FlowsScreen
from tui.screens.keys import FLOWS, KEYS
from tui.screens.stream import StreamScreen
from tui.widgets.query_bar import MatchCount
from tui.widgets.table import Table


def lines(screen: FlowsScreen) -> list[str]:
    return [line for line in text(screen.query_one(Table)).splitlines()[1:] if line.strip()]


async def test_2_shows_the_flows_by_bytes_and_1_goes_back() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["2"])
        flows = pilot.app.screen
        assert isinstance(flows, FlowsScreen)
        assert "10.0.0.60:40060" in lines(flows)[0]
        assert "192.168.0.1:443" in lines(flows)[0]
        await press(pilot, ["1"])
        assert pilot.app.screen is screen


async def test_no_key_is_dead() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["2"])
        for key in (key for key in KEYS if FLOWS in key.on):
            owner = pilot.app if key.action.startswith("app.") else pilot.app.screen
            assert hasattr(owner, f"action_{key.action.removeprefix('app.').partition('(')[0]}"), key.action


async def test_s_sorts_by_the_next_column_and_S_turns_the_order() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["2", "s", "s"])
        flows = pilot.app.screen
        assert flows.look.sort == "rtt"
        assert "15.0 ms" in lines(flows)[0]
        await press(pilot, ["S"])
        assert "15.0 ms" not in "".join(lines(flows))
        await press(pilot, ["left", "left"])
        assert flows.look.sort == "bytes"


async def test_every_column_can_be_sorted_by() -> None:
    async with live(size=(200, 60)) as (pilot, _, __):
        await press(pilot, ["2"])
        for _ in range(11):
            await press(pilot, ["right"])
            assert len(lines(pilot.app.screen)) > 40


async def test_a_filter_of_flows() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["2", "slash", *"ip.addr==10.0.0.7", "enter"])
        flows = pilot.app.screen
        assert len(lines(flows)) == 1
        assert "REJ" in lines(flows)[0]
        assert f"1 of {HOSTS} flows" in text(flows.query_one(MatchCount))
        await press(pilot, ["escape"])
        assert len(flows.order) == HOSTS


async def test_a_field_of_packets_is_refused_with_its_place() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["2", "slash", *"tcp.len>3", "enter"])
        assert "tcp.len" in text(pilot.app.screen.key_bar)
        assert len(pilot.app.screen.order) == HOSTS


async def test_a_chosen_flow_stays_under_the_eye_while_flows_are_born(monkeypatch: pytest.MonkeyPatch) -> None:
    growing = model()
    session = FakeSession()
    monkeypatch.setattr(session, "ask", lambda key, build: build(growing))
    async with live(session=session) as (pilot, _, __):
        await press(pilot, ["2", "j", "j", "j"])
        flows = pilot.app.screen
        before, chosen = lines(flows), flows.table.line()
        more = columns([part for host in range(200, 900) for part in handshake(ms=5_000, host=host)])
        growing.ingest(more, from_packets([bytes(60)] * len(more), times_ns=more.time_ns.tolist()))
        flows.refresh_body()
        assert lines(flows) == before
        assert flows.table.line() == chosen
        assert "700 new" in str(flows.table.border_subtitle)
        await press(pilot, ["space"])
        assert len(flows.order) == HOSTS + 700


async def test_what_is_known_of_the_chosen_flow_stands_below() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["2", "j"])
        facts = text(pilot.app.screen.facts)
        assert "10.0.0.60 port 40060" in facts
        assert "SF: finished by both" in facts
        assert "handshake 15.0 ms" in facts
        assert facts.splitlines()[3].startswith(" 1 resent   RTT handshake"), "a narrow terminal cuts the end"


async def test_enter_shows_the_packets_of_the_flow() -> None:
    async with live() as (pilot, screen, _):
        asked: list[str] = []
        screen.filter_by = asked.append  # the invented filter knows no streams
        await press(pilot, ["2", "j", "enter"])
        assert pilot.app.screen is screen
        assert asked == ["tcp.stream == 59"]


async def test_F_follows_the_stream_of_the_flow() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["2", "j", "F"])
        assert isinstance(pilot.app.screen, StreamScreen)
        await press(pilot, ["escape"])
        assert isinstance(pilot.app.screen, FlowsScreen)


async def test_names_in_place_of_addresses() -> None:
    async with live(size=(200, 60)) as (pilot, screen, _):
        await press(pilot, ["space"])
        before = text(screen.list).splitlines()
        await press(pilot, ["d"])
        after = text(screen.list).splitlines()
        for old, new in zip(before, after, strict=True):
            # both columns of addresses, and nothing else: the info of a packet is what the packet says
            ends, info = slice(0, 80), slice(90, None)
            assert ("10.0.4.17 " in old[ends]) == ("node-17.example.org " in new[ends])
            assert "10.0.4.17 " not in new[ends]
            assert ("10.0.4.9 " in old[ends]) == ("10.0.4.9 " in new[ends]), "nobody has named this one"
            assert old[info] == new[info]
        await press(pilot, ["d"])
        assert text(screen.list).splitlines() == before


async def test_names_in_place_of_the_addresses_of_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    known = model()
    known.names.add_asked({"10.0.0.60": "client-60.example.org"})
    session = FakeSession()
    monkeypatch.setattr(session, "ask", lambda key, build: build(known))
    async with live(session=session, size=(200, 60)) as (pilot, _, __):
        await press(pilot, ["2", "d"])
        pilot.app.screen.refresh_body()
        assert "client-60.example.org:40060" in lines(pilot.app.screen)[0]
        await press(pilot, ["d"])
        pilot.app.screen.refresh_body()
        assert "10.0.0.60:40060" in lines(pilot.app.screen)[0]


async def test_copy_moves_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr(NettuiApp, "copy_to_clipboard", lambda self, text: copied.append(text))
    async with live() as (pilot, _, __):
        await press(pilot, ["2", "G"])
        assert pilot.app.screen.table.at == HOSTS - 1
        await press(pilot, ["pageup", "g", "k", "y"])
        assert pilot.app.screen.table.at == 0
        assert "10.0.0.60" in copied[0]


async def test_a_screen_is_found_as_it_was_left() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["2", "s", "1", "2"])
        assert pilot.app.screen.look.sort == "bytes_per_s"


@pytest.mark.parametrize("size", [(1, 1), (10, 4), (60, 20), (80, 24), (200, 60)])
async def test_every_size_works(size: tuple[int, int]) -> None:
    async with live(size=size) as (pilot, _, __):
        await press(pilot, ["2", "j", "3", "j", "4", "s", "s", "s", "s", "escape"])


def owned(session: FakeSession) -> FakeSession:
    """Flow 59, of host 60, is curl's; flow 9 belongs to somebody who cannot be seen."""
    table = OwnerTable()
    table.put({59: Owner(7, "curl", "mia", How.EXACT), 9: Owner(0, "", "www-data", How.PORT)})
    session.owners = table.owners
    return session


async def test_the_process_of_a_flow_is_a_column_and_a_fact() -> None:
    async with live(session=owned(FakeSession())) as (pilot, _, __):
        await press(pilot, ["2", "j"])
        assert "curl" in lines(pilot.app.screen)[0]
        assert "curl (7) by mia, exact" in text(pilot.app.screen.facts)
        assert " ? " in lines(pilot.app.screen)[1]


async def test_sorted_by_process_those_that_are_known_come_first() -> None:
    async with live(session=owned(FakeSession())) as (pilot, _, __):
        await press(pilot, ["2", *["s"] * 4])
        assert pilot.app.screen.look.sort == "process"
        assert [line.split()[-1] for line in lines(pilot.app.screen)[:3]] == ["?~", "curl", "?"]


async def test_flows_of_one_process_by_filter() -> None:
    async with live(session=owned(FakeSession())) as (pilot, _, __):
        await press(pilot, ["2", "slash", *'nettui.process == "curl"', "enter"])
        assert len(pilot.app.screen.order) == 1


async def test_without_processes_there_is_no_such_column() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["2"])
        assert "Process" not in text(pilot.app.screen.query_one(Table))


async def test_o_puts_flows_together_and_enter_lists_those_of_one() -> None:
    async with live(session=owned(FakeSession())) as (pilot, _, __):
        await press(pilot, ["2", "o"])
        screen = pilot.app.screen
        assert "flows by host" in str(screen.table.border_title)
        assert "192.168.0.1" in lines(screen)[0]
        assert " 60 " in lines(screen)[0]
        await press(pilot, ["o"])
        assert "443/tcp" in lines(screen)[0]
        await press(pilot, ["o", "j", "j", "enter"])
        assert screen.filter_text.startswith(("nettui.process", "!nettui.process"))
        assert len(screen.order) in (1, HOSTS - 1, HOSTS - 2)
        await press(pilot, ["escape", "o", "escape"])
        assert len(screen.order) == HOSTS


async def test_groups_are_sorted_by_each_of_their_columns_and_turned() -> None:
    async with live() as (pilot, _, __):
        await press(pilot, ["2", "o", "s", "s"])
        screen = pilot.app.screen
        assert screen.group_look.sort == "retransmissions"
        await press(pilot, ["S"])
        assert "10.0.0." in lines(screen)[0]
        await press(pilot, ["F"])
        assert "choose a flow" in text(screen.key_bar)
