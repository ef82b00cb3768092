"""Links that bring packets, break, and come back, with pipes instead of ssh."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Iterator

import pytest

from tui.capture.remote import Link, RemoteSource
from tui.core.state import State
from tui.errors import CaptureError

FRAME = bytes(range(60))


def header(linktype: int = 1) -> bytes:
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, linktype)


def record(second: int) -> bytes:
    return struct.pack("<IIII", second, 0, len(FRAME), len(FRAME)) + FRAME


class Far:
    """The keeper's side of one link."""

    def __init__(self, number: int) -> None:
        self.channel, mine = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        reading, self.writing = os.pipe()
        self.write(header())
        self.link = Link(f"far{number}:eth0", number, mine, reading, 262_144)

    def write(self, data: bytes) -> None:
        os.write(self.writing, data)

    def tell(self, **told: object) -> None:
        self.channel.send(json.dumps(told).encode())

    def break_off(self) -> None:
        os.close(self.writing)

    def come_back(self, linktype: int = 1) -> None:
        reading, self.writing = os.pipe()
        self.write(header(linktype))
        socket.send_fds(self.channel, [b'{"up": ""}'], [reading])
        os.close(reading)


@pytest.fixture
def two() -> Iterator[tuple[Far, Far, RemoteSource]]:
    first, second = Far(0), Far(1)
    source = RemoteSource([first.link, second.link])
    yield first, second, source
    source.close()
    for far in (first, second):
        far.channel.close()
        os.close(far.writing)


def taken(source: RemoteSource) -> list[tuple[int, int]]:
    """Interface and second of the packets that are there."""
    found: list[tuple[int, int]] = []
    while (frames := source.read(0)) is not None:
        found += zip(frames.interface.tolist(), (frames.time_ns // 10**9).tolist(), strict=True)
        assert frames.bytes_of(0) == FRAME
        source.release(frames)
    return found


def test_several_are_read_side_by_side(two: tuple[Far, Far, RemoteSource]) -> None:
    first, second, source = two
    first.write(record(1) + record(2))
    second.write(record(3))
    assert sorted(taken(source)) == [(0, 1), (0, 2), (1, 3)]
    assert [info.name for info in source.interfaces] == ["far0:eth0", "far1:eth0"]
    assert source.statistics().received == 3


def test_one_that_breaks_is_told_of_and_comes_back(two: tuple[Far, Far, RemoteSource]) -> None:
    first, _, source = two
    first.write(record(1) + record(2)[:20])  # within a packet
    first.break_off()
    first.tell(down="lost\nConnection reset")
    assert taken(source) == [(0, 1)]
    assert source.warnings == ("far0:eth0: Connection reset; trying again",)
    assert source.state is State.LIVE  # the other one is
    first.come_back()
    first.write(record(5))
    assert taken(source) == [(0, 5)]
    assert source.warnings == ()


def test_the_state_is_down_while_all_are_silent(two: tuple[Far, Far, RemoteSource]) -> None:
    first, second, source = two
    first.break_off()
    second.break_off()
    assert taken(source) == []
    assert source.state is State.DOWN
    first.come_back()
    second.come_back()
    assert taken(source) == []
    assert source.state is State.LIVE


def test_loss_is_unknown_until_all_have_told(two: tuple[Far, Far, RemoteSource]) -> None:
    first, second, source = two
    first.tell(dropped=4)
    taken(source)
    assert source.statistics().kernel_dropped is None
    second.tell(dropped=1)
    first.tell(dropped=6)
    taken(source)
    assert source.statistics().kernel_dropped == 7
    first.break_off()
    taken(source)
    first.come_back()
    first.tell(dropped=2)
    taken(source)
    assert source.statistics().kernel_dropped == 9


def test_another_link_type_ends_the_run(two: tuple[Far, Far, RemoteSource]) -> None:
    first, _, source = two
    first.break_off()
    taken(source)
    first.come_back(linktype=276)
    with pytest.raises(CaptureError):
        taken(source)


def test_after_stop_what_has_arrived_is_read_and_no_more(two: tuple[Far, Far, RemoteSource]) -> None:
    first, _, source = two
    first.write(record(1))
    source.stop()
    assert taken(source) == [(0, 1)]
    assert source.state is State.ENDED


def test_a_shell_that_prints_is_explained() -> None:
    _, mine = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    reading, writing = os.pipe()
    os.write(writing, b"Welcome to the machine, dear friend\n")
    with pytest.raises(CaptureError) as error:
        Link("far", 0, mine, reading, 96)
    assert "no packets" in error.value.message
    mine.close()
    _.close()
    os.close(writing)
