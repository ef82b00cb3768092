"""A filter in the list knows the numbers and times that packets have in the whole session."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core.flow.test_tunnelled import TALK, TUNNELS
from tests.screens.fake import FakeSession, describe
from tui import filters
from tui.core.decode import decode
from tui.core.flow.table import FlowTable
from tui.core.frames import Frames, from_packets
from tui.screens import listing
from tui.screens.listing import Listing
from tui.store.rows import BLOCK, RowWriter


@pytest.mark.parametrize("steps", [(BLOCK + 10,), (3, 5), (BLOCK - 1, 1, 1)])
def test_the_time_since_the_packet_before_is_right_where_blocks_and_updates_meet(steps: tuple[int, ...]) -> None:
    # found as a packet with no delay at the beginning of each block
    session = FakeSession()
    wanted = Listing(session, describe, filters.compile("frame.time_delta != 0.002"))
    for count in steps:
        session.receive(count)
        wanted.update(session.rows)
    assert wanted.at(0, 10).tolist() == [0]


class Tunnel(FakeSession):
    """Packets of a GRE tunnel, whose bytes can be read."""

    def __post_init__(self) -> None:
        frames = from_packets([TUNNELS["GRE"](inner) for inner in TALK])
        columns = decode(frames)
        FlowTable().update(columns, frames)
        self._writer = RowWriter(100)
        self._writer.append(columns)
        self.reader = self
        self._frames = frames

    def read(self, sequences: np.ndarray) -> Frames:
        return self._frames.select(sequences)


@pytest.mark.parametrize("most", [0, 100])
@pytest.mark.parametrize(
    "text", ["tcp.seq == 1", "tcp.stream == 0 && tcp.flags.syn == 0", "tcp.dstport == 443 && tcp.seq > 0"]
)
def test_what_tunnels_carry_is_found_by_filters_on_headers(
    most: int, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MOST_CARRIERS", most)
    session = Tunnel()
    wanted = Listing(session, describe, filters.compile(text))
    wanted.update(session.rows)
    while wanted.progress is not None:
        wanted.update(session.rows)
    assert wanted.at(0, 10).tolist() == [2, 3, 4]
    wanted.close()
