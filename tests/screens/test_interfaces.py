"""Packets of several interfaces, or machines, say in their row where they were captured."""

from __future__ import annotations

import numpy as np

from tests.screens.fake import FakeSession, describe
from tui.screens.dressing import Dressing
from tui.screens.listing import Listing
from tui.screens.looks import looks_of
from tui.settings.model import Settings
from tui.widgets.list_columns import DEFAULT
from tui.widgets.packet_page import rows_of

NAMES = ("web1:eth0", "a-host-with-a-long-name.example.net:eth0")


def test_one_interface_needs_no_column() -> None:
    assert looks_of(Settings(), ("eth0",)).layout.names == DEFAULT


def test_of_several_each_row_has_its_own() -> None:
    session = FakeSession(interfaces=NAMES).receive(10)
    session.rows.blocks[0].interface[1] = 1
    layout = looks_of(Settings(), NAMES).layout
    assert layout.names[2] == "interface"
    listing = Listing(session, describe, dressing=Dressing(session, layout))
    listing.update(session.rows)
    assert [row.cells["interface"] for row in rows_of(listing.page(np.arange(3)))] == [NAMES[0], NAMES[1], NAMES[0]]
    assert {column.name: cells for column, cells in layout.fitted(120)}["interface"] == 18


def test_columns_that_were_chosen_stay() -> None:
    assert looks_of(Settings(list_columns=("time", "info")), NAMES).layout.names == ("time", "info")
