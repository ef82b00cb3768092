"""A filter in the list knows the numbers and times that packets have in the whole session."""

from __future__ import annotations

import pytest

from tests.screens.fake import FakeSession, describe
from tui import filters
from tui.screens.listing import Listing
from tui.store.rows import BLOCK


@pytest.mark.parametrize("steps", [(BLOCK + 10,), (3, 5), (BLOCK - 1, 1, 1)])
def test_the_time_since_the_packet_before_is_right_where_blocks_and_updates_meet(steps: tuple[int, ...]) -> None:
    # found as a packet with no delay at the beginning of each block
    session = FakeSession()
    wanted = Listing(session, describe, filters.compile("frame.time_delta != 0.002"))
    for count in steps:
        session.receive(count)
        wanted.update(session.rows)
    assert wanted.at(0, 10).tolist() == [0]
