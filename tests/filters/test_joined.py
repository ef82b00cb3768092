"""Messages over several segments are asked about at the segment that ends them, as Wireshark shows them."""

from __future__ import annotations

import struct

import pytest

from tests.filters.packets import ether, ipv4
from tui import filters
from tui.core.decode import decode
from tui.core.flow.table import FlowTable
from tui.core.frames import Frames, from_packets
from tui.filters import guards
from tui.filters.joined import MOST_LANES, Memory
from tui.filters.readers.tls import unfinished_tls

REQUEST = b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000


class Talk:
    """A TCP connection on port 80 or 443, segment by segment."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._seq = {False: 1000, True: 5000}
        self.packets: list[bytes] = []
        self.say(b"", flags=0x02)
        self.say(b"", back=True, flags=0x12)
        self.say(b"")

    def say(self, data: bytes, back: bool = False, flags: int = 0x18) -> None:
        ports = (self._port, 40000) if back else (40000, self._port)
        head = struct.pack(">HHIIBBHHH", *ports, self._seq[back], self._seq[not back], 0x50, flags, 4096, 0, 0)
        self._seq[back] += len(data) + bool(flags & 0x03)
        addresses = ("10.0.0.9", "10.0.0.1") if back else ("10.0.0.1", "10.0.0.9")
        self.packets.append(ether(ipv4(*addresses, 6, head + data)))

    def picked(self, text: str) -> list[int]:
        frames: Frames = from_packets(self.packets, times_ns=list(range(len(self.packets))))
        columns = decode(frames)
        FlowTable().update(columns, frames)
        return [int(i) + 1 for i in filters.compile(text).match(columns, frames.select).nonzero()[0]]

    def picked_apart(self, text: str, every: int) -> list[int]:
        """The same, of batches in their order."""
        table, run, found = FlowTable(), filters.Run(filters.compile(text)), []
        for at in range(0, len(self.packets), every):
            some = self.packets[at : at + every]
            frames = from_packets(some, times_ns=list(range(at, at + len(some))))
            columns = decode(frames)
            table.update(columns, frames)
            found += [at + int(i) + 1 for i in run.match(columns, frames.select, at).nonzero()[0]]
        return found


def test_a_response_of_three_segments_is_at_the_last() -> None:
    talk = Talk(80)
    talk.say(REQUEST)
    for start in range(0, len(RESPONSE), 800):
        talk.say(RESPONSE[start : start + 800], back=True)
    assert talk.picked("http.request") == [4]
    assert talk.picked("http.response.code == 200") == talk.picked("http.response") == [len(talk.packets)]
    assert talk.picked('tcp.srcport == 80 && http.content_type contains "html"') == [len(talk.packets)]


def test_the_rest_of_a_record_is_kept_for_the_next_segment() -> None:
    whole, begun = b"\x17\x03\x03\x00\x02ab", b"\x16\x03\x03\x00\x10abc"
    assert unfinished_tls(whole) == b""
    assert unfinished_tls(whole + begun) == begun
    assert unfinished_tls(b"GET / HTTP") == b""


def hello() -> Talk:
    """A client hello of three segments, the answer, and a second connection in between."""
    talk = Talk(443)
    record = b"\x16\x03\x01\x05\x00\x01\x00\x04\xfc\x03\x03" + bytes(1274)
    talk.say(b"\x16\x03\x01\x00\x04\x0e\x00\x00\x00")
    talk.say(record[:500])
    talk.say(record[500:900])
    talk.say(record[900:])
    talk.say(b"\x16\x03\x03\x00\x04\x0e\x00\x00\x00", back=True)
    return talk


@pytest.mark.parametrize("every", [1, 2, 3, 5, 100])
def test_a_message_is_joined_over_batches(every: int) -> None:
    talk = hello()
    assert talk.picked_apart("tls.handshake.type == 1", every) == [7]
    assert talk.picked_apart("tls.handshake.type == 14", every) == [4, 8]


def test_tls_is_where_a_record_begins_and_where_it_ends() -> None:
    talk = hello()
    assert talk.picked("tls") == [4, 5, 7, 8]
    assert talk.picked('nettui.protocol == "TLS"') == [4, 7, 8]


def test_what_is_remembered_is_bounded() -> None:
    memory = Memory()
    for lane in range(3 * MOST_LANES):
        memory.put(guards.tcp, lane, b"x")
    assert len(memory.lanes(guards.tcp)) == MOST_LANES
    assert memory.take(guards.tcp, 0) == b""
    assert memory.take(guards.tcp, 3 * MOST_LANES - 1) == b"x"
