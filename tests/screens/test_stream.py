"""Every key of the stream screen does what the table says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from textual.pilot import Pilot

from tests.core.tcpflows import Segment, columns, handshake
from tests.screens.fake import FakeSession
from tests.screens.test_live import live, press, text
from tui.core.flow.table import FlowTable
from tui.core.frames import Frames, from_packets
from tui.screens.document import View
from tui.screens.keys import KEYS, STREAM
from tui.screens.stream import StreamScreen

HEAD = 54
SAID = ((False, b"GET /needle HTTP/1.1\r\n\r\n"), (True, b"HTTP/1.1 200 OK\r\n\r\n" + b"line with a needle\n" * 60))


class StreamSession(FakeSession):
    """A session whose packets are one conversation."""

    def receive(self, n: int) -> StreamSession:
        seq, segments, datas = [101, 501], handshake(), [b"", b"", b""]
        for back, data in SAID:
            segments.append(Segment(back, "P.", seq[back], seq[1 - back], len(data), 20.0 + len(segments)))
            seq[back] += len(data)
            datas.append(data)
        made = columns(segments)
        made.payload[:] = HEAD
        FlowTable().update(made)
        packets = [bytes(HEAD) + data for data in datas]
        self._writer.append(made)
        self.reader = PacketBytes(packets)
        return self


class PacketBytes:
    def __init__(self, packets: list[bytes]) -> None:
        self._packets = packets

    def read(self, sequences: NDArray[np.int64]) -> Frames:
        return from_packets([self._packets[int(s)] for s in sequences])


@asynccontextmanager
async def stream(tmp_path: Path = Path("/nonexistent")) -> AsyncIterator[tuple[Pilot[object], StreamScreen]]:
    async with live(0, session=StreamSession(), save_dir=tmp_path) as (pilot, _, __):
        await press(pilot, ["F"])
        screen = pilot.app.screen
        assert isinstance(screen, StreamScreen)
        yield pilot, screen


async def test_F_shows_what_both_sides_said_and_escape_goes_back() -> None:
    async with stream() as (pilot, screen):
        shown = text(screen.reading)
        assert " | GET /needle HTTP/1.1" in shown
        assert "     | HTTP/1.1 200 OK" in shown
        assert "10.0.0.1:40001 → 192.168.0.1:443" in str(screen.reading.border_title)
        await press(pilot, ["escape"])
        assert pilot.app.screen is pilot.app.live


async def test_no_key_is_dead() -> None:
    async with stream() as (pilot, screen):
        for key in (key for key in KEYS if STREAM in key.on):
            owner = pilot.app if key.action.startswith("app.") else screen
            assert hasattr(owner, f"action_{key.action.removeprefix('app.').partition('(')[0]}"), key.action


async def test_v_s_and_u_change_what_is_shown() -> None:
    async with stream() as (pilot, screen):
        await press(pilot, ["v", "v"])
        assert screen.document.view is View.HEX
        assert "47 45 54 20" in text(screen.reading)
        await press(pilot, ["v", "s", "s"])
        assert "GET" not in text(screen.reading)
        await press(pilot, ["u"])
        assert "as sent" in str(screen.reading.border_subtitle)


async def test_scrolling() -> None:
    async with stream() as (pilot, screen):
        await press(pilot, ["j", "down", "k"])
        assert screen.reading.top == 1
        await press(pilot, ["G"])
        assert screen.reading.top == len(screen.document) - screen.reading.page_size
        await press(pilot, ["pageup", "pagedown", "g"])
        assert screen.reading.top == 0


async def test_a_search_goes_from_place_to_place() -> None:
    async with stream() as (pilot, screen):
        await press(pilot, ["slash", *"NEEDLE", "enter"])
        assert screen.reading.hit == 1
        await press(pilot, ["n"])
        assert screen.reading.hit == 6
        await press(pilot, ["N", "N"])
        assert "no further match" in text(screen.key_bar)
        await press(pilot, ["escape"])
        assert screen.document.needle == b""
        assert pilot.app.screen is screen


async def test_again_reads_what_has_come_since() -> None:
    async with stream() as (pilot, screen):
        before = len(screen.document)
        await press(pilot, ["v", "F"])
        assert len(screen.document) == before
        assert screen.document.view is View.ASCII


async def test_w_saves_the_bytes_and_never_over_a_file(tmp_path: Path) -> None:
    async with stream(tmp_path) as (pilot, screen):
        await press(pilot, ["w", "enter"])
        path = tmp_path / "stream-0.bin"
        assert path.read_bytes() == b"".join(data for _, data in SAID)
        assert "saved" in text(screen.key_bar)
        await press(pilot, ["w", "enter"])
        assert pilot.app.screen is not screen, "the dialog says that it is there already"
        await press(pilot, ["escape"])
        await press(pilot, ["v", "v", "s", "w", "enter"])
        assert "-> packet 4" in (tmp_path / "stream-0.txt").read_text()


async def test_a_packet_without_a_flow_says_so() -> None:
    async with live() as (pilot, screen, session):
        session.rows.blocks[0].flow[:] = 0xFFFFFFFF
        await press(pilot, ["F"])
        assert pilot.app.screen is screen
        assert "belongs to no flow" in text(screen.key_bar)
