"""A filter in the list knows the numbers and times that packets have in the whole session."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.core.flow.test_tunnelled import TALK, TUNNELS
from tests.screens.fake import FakeSession, describe
from tui import filters
from tui.core.decode import decode
from tui.core.flow.names import NamedFlows
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


class Naming(FakeSession):
    """Tells names of flows only when it has counted their packets."""

    told: NamedFlows | None = None

    def ask(self, key: str, build: Callable[[Any], Any]) -> Any:
        return self.told if key == "flow names" else super().ask(key, build)


def found_by(wanted: Listing, session: FakeSession, numbers: list[int]) -> bool:
    """Whether the list comes to hold these packets."""
    deadline = time.monotonic() + 30
    while wanted.at(0, 1_000).tolist() != numbers and time.monotonic() < deadline:
        wanted.update(session.rows)
    return wanted.at(0, 1_000).tolist() == numbers


def test_a_name_is_looked_for_in_packets_only_when_it_can_be_known() -> None:
    """The newest packets were looked at before the first names were told, and never again."""
    session = Naming().receive(100)
    session.rows.blocks[0].flow[:100] = np.arange(100) // 10
    wanted = Listing(session, describe, filters.compile('nettui.name == "a.example"'))
    wanted.update(session.rows)
    assert not len(wanted)
    session.told = NamedFlows(50, {2: ("a.example", "b.example"), 3: ("c.example",)})
    assert found_by(wanted, session, [*range(20, 30)])
    session.told = NamedFlows(100, {2: ("a.example",), 7: ("a.example",)})
    assert found_by(wanted, session, [*range(20, 30), *range(70, 80)])
    wanted.close()
