"""Filter by this: from the list, the detail, a counter, an alert and a flow, in each of the ways to join."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from textual.pilot import Pilot

from tests.core.tcpflows import Segment, columns
from tests.screens.fake import FakeSession, describe, dissect
from tests.screens.test_live import WIDE, press, text
from tui.app import NettuiApp
from tui.core.columns import Columns
from tui.core.protocols import Layer
from tui.filters import compile as compile_filter
from tui.filters.flows import compile_flows
from tui.screens.conditions import of_alert, of_flow, of_packet
from tui.screens.filterby import FilterBy
from tui.screens.flows import FlowsScreen
from tui.screens.live import LiveScreen
from tui.settings.model import Settings
from tui.widgets.choice import Words
from tui.widgets.lines import Lines


@asynccontextmanager
async def live(n: int = 700, size: tuple[int, int] = WIDE) -> AsyncIterator[tuple[Pilot[object], LiveScreen]]:
    """The live screen over invented packets, with the real language."""
    app = NettuiApp(FakeSession().receive(n), Settings(), describe=describe, dissect=dissect, late=lambda: None)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot, app.live


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("enter", "ip.src == 10.0.4.1"),
        ("equals_sign", "ip.src == 10.0.4.1"),
        ("exclamation_mark", "!(ip.src == 10.0.4.1)"),
    ],
)
async def test_the_source_of_the_last_packet_is_offered_first(key: str, wanted: str) -> None:
    async with live() as (pilot, screen):
        await press(pilot, ["equals_sign"])
        assert isinstance(pilot.app.screen, FilterBy)
        await press(pilot, [key])
        assert pilot.app.screen is screen
        assert screen.filter_text == wanted


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("ampersand", "frame.len > 50 && ip.src == 10.0.4.1"),
        ("minus", "frame.len > 50 && !(ip.src == 10.0.4.1)"),
        ("vertical_line", "frame.len > 50 || ip.src == 10.0.4.1"),
        ("tilde", "frame.len > 50 || !(ip.src == 10.0.4.1)"),
        ("equals_sign", "ip.src == 10.0.4.1"),
    ],
)
async def test_it_joins_the_filter_that_is_there(key: str, wanted: str) -> None:
    async with live() as (pilot, screen):
        await press(pilot, ["down"])
        screen._apply("frame.len > 50")
        screen.list.choose(699)
        await press(pilot, ["equals_sign", key])
        assert screen.filter_text == wanted


async def test_the_cell_chosen_last_is_offered_first_and_the_new_filter_is_shown() -> None:
    async with live() as (pilot, screen):
        await press(pilot, ["equals_sign", "down", "enter"])
        assert screen.filter_text == "ip.dst == 10.0.4.17"
        await press(pilot, ["equals_sign", "right"])
        dialog = pilot.app.screen
        assert dialog.query_one(Lines).at == 1
        assert "!(ip.dst == 10.0.4.17)" in text(dialog.query_one(Words))


async def test_escape_leaves_the_filter_alone() -> None:
    async with live() as (pilot, screen):
        await press(pilot, ["equals_sign", "down", "escape"])
        assert screen.filter_text == ""


async def test_without_a_filter_there_is_nothing_to_join_to() -> None:
    async with live() as (pilot, _):
        await press(pilot, ["equals_sign", "ampersand"])
        assert isinstance(pilot.app.screen, FilterBy)


async def test_a_field_of_the_detail() -> None:
    async with live() as (pilot, screen):
        await press(pilot, ["enter"])
        await press(pilot, ["enter", "down", "right", "down"])
        await press(pilot, ["equals_sign", "enter"])
        assert screen.filter_text == "ip"


async def test_a_field_without_a_filter_says_so() -> None:
    async with live() as (pilot, screen):
        await press(pilot, ["enter"])
        await press(pilot, ["enter", "equals_sign"])
        assert pilot.app.screen is screen
        assert "no filter for this" in text(screen.key_bar)


async def test_a_line_of_the_counters() -> None:
    async with live() as (pilot, screen):
        screen.set_focus(screen.talkers)
        await press(pilot, ["equals_sign", "exclamation_mark"])
        assert screen.filter_text == "!(ip.addr == 10.0.4.17)"


async def test_an_alert() -> None:
    async with live() as (pilot, screen):
        screen.set_focus(screen.alerts)
        await press(pilot, ["equals_sign", "down", "down", "enter"])
        assert screen.filter_text == "ip.addr == 10.0.4.17"


async def test_a_flow_filters_the_flows() -> None:
    async with live() as (pilot, _):
        await press(pilot, ["2", "equals_sign", "enter"])
        flows = pilot.app.screen
        assert isinstance(flows, FlowsScreen)
        assert flows.filter_text.startswith("ip.addr == ")
        assert flows.order is not None
        assert 0 < len(flows.order) < 100


async def test_help_and_the_last_line_name_the_key() -> None:
    async with live() as (_, screen):
        assert "= by this" in text(screen.key_bar)


def test_every_condition_of_any_packet_is_a_filter_that_picks_it() -> None:
    packet = columns([Segment(False, "P.", 7, 9, 10)])
    packet.layers[:] |= np.uint64(1 << Layer.TCP)
    packet.l4[:], packet.stream[:] = 34, 5
    for found in of_packet(packet, 0):
        assert compile_filter(found.text).match(packet).all(), found


@pytest.mark.parametrize("kind", range(6))
@pytest.mark.parametrize("proto", [0, 1, 6, 17, 47, 58, 132])
def test_no_packet_is_without_an_answer(kind: int, proto: int) -> None:
    packet = Columns.empty(1)
    packet.kind[:], packet.ip_proto[:] = kind, proto
    packet.marks[:], packet.layers[:] = 0xFFFFFFFF, np.uint64(0xFFFFFFFFFFFFFFFF)
    for found in of_packet(packet, 0):
        compile_filter(found.text)
    assert of_packet(packet, 0)


async def test_conditions_of_flows_and_alerts_compile() -> None:
    async with live() as (pilot, _):
        await press(pilot, ["2"])
        flows = pilot.app.screen
        assert isinstance(flows, FlowsScreen)
        assert flows.order is not None
        for at in range(len(flows.order)):
            for found in of_flow(flows.order.rows.flows, at):
                assert compile_flows(found.text).match(flows.order.rows.flows)[at], found
        for alert in FakeSession().alerts:
            for found in of_alert(alert):
                compile_filter(found.text)
