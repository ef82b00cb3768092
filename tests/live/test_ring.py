"""The ring on a real link: every packet once, with the bytes that were sent."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import struct
import subprocess
from pathlib import Path

import pytest

from tests.live.conftest import Lab, Opener, finish, ip, read, wait_for
from tui.core.state import State

pytestmark = pytest.mark.live

MINE = 0x88B6
"""An EtherType of no protocol, so that no kernel answers."""


def frame(number: int, size: int = 60, tags: bytes = b"", ethertype: int = MINE) -> bytes:
    """A frame with its number at the end of the headers and pseudo-random bytes behind it."""
    head = bytes.fromhex("020000000002 020000000001") + tags + struct.pack("!HI", ethertype, number)
    return head + random.Random(number).randbytes(max(0, size - len(head)))


def tag(tpid: int, tci: int) -> bytes:
    return struct.pack("!HH", tpid, tci)


TAGS = (b"", b"", tag(0x8100, 0x6064), tag(0x88A8, 0x0FFF) + tag(0x8100, 7), tag(0x8100, 0))


def test_a_few_packets_come_with_the_bytes_that_were_sent(in_b: Lab, capture: Opener) -> None:
    _, source = capture()
    sent = [frame(n, 60 + n, TAGS[n % len(TAGS)]) for n in range(20)]
    with in_b.sender() as sender:
        for data in sent:
            sender.send(data)
    got = read(source, len(sent))
    assert [data for data, _, _ in got] == sent
    assert [length for _, _, length in got] == [len(data) for data in sent]


def test_a_backlog_of_many_blocks_comes_whole_and_in_order(in_b: Lab, capture: Opener) -> None:
    """Enough for the blocks to be walked side by side, and for frames to be changed in the ring itself."""
    _, source = capture(buffer=16 << 20)
    sent = [frame(n, 60 + n * 7919 % 1440, TAGS[n % len(TAGS)]) for n in range(6000)]
    with in_b.sender() as sender:
        for data in sent:
            sender.send(data)
    assert [data for data, _, _ in read(source, len(sent))] == sent


def test_what_arrived_before_the_stop_is_not_lost(in_b: Lab, capture: Opener) -> None:
    _, source = capture()
    sent = [frame(n) for n in range(500)]
    with in_b.sender() as sender:
        for data in sent:
            sender.send(data)
        got = finish(source)
        sender.send(frame(0))
    assert [data for data, _, _ in got] == sent
    assert source.read(0) is None


def test_a_writer_that_holds_everything_loses_nothing_that_fits(in_b: Lab, capture: Opener) -> None:
    _, source = capture(buffer=16 << 20)
    sent = [frame(n, 1000) for n in range(3000)]
    held = []
    with in_b.sender() as sender:
        for start in range(0, len(sent), 300):
            for data in sent[start : start + 300]:
                sender.send(data)
            held.append(source.read(1.0))
    while sum(len(frames) for frames in held if frames) < len(sent):
        held.append(source.read(1.0))
    batches = [frames for frames in held if frames]
    assert [frames.bytes_of(i) for frames in batches for i in range(len(frames))] == sent
    for frames in reversed(batches):
        source.release(frames)
    assert source.statistics().kernel_dropped == 0


def test_drops_are_what_was_sent_and_did_not_come(in_b: Lab, capture: Opener) -> None:
    _, source = capture(buffer=1)
    with in_b.sender() as sender:
        for n in range(4000):
            sender.send(frame(n, 1000))
    got = finish(source)
    statistics = source.statistics()
    assert 0 < len(got) < 4000
    assert statistics.received == len(got)
    assert statistics.kernel_dropped == 4000 - len(got)
    assert statistics.freezes


def test_the_ring_recovers_from_loss(in_b: Lab, capture: Opener) -> None:
    _, source = capture(buffer=1)
    with in_b.sender() as sender:
        for n in range(2000):
            sender.send(frame(n, 1000))
        lost = source.statistics().kernel_dropped
        assert lost
        read(source, 2000 - lost)
        sender.send(frame(9999))
        assert read(source, 1)[0][0] == frame(9999)
    assert source.statistics().kernel_dropped == lost


def test_a_snaplen_cuts_and_keeps_the_wire_length(in_b: Lab, capture: Opener) -> None:
    _, source = capture(snaplen=100)
    tagged = frame(2, 1000, tag(0x8100, 5))
    with in_b.sender() as sender:
        sender.send(frame(1, 1000))
        sender.send(tagged)
        sender.send(frame(3, 80))
    got = read(source, 3)
    assert [(data, length) for data, _, length in got] == [
        (frame(1, 1000)[:100], 1000),
        (tagged[:100], 1000),
        (frame(3, 80), 80),
    ]


def test_directions_and_times_are_told(in_b: Lab, capture: Opener) -> None:
    _, source = capture()
    in_b.run(in_b.a, ["ping", "-c1", "-q", "10.77.0.2"])
    frames = source.read(1.0)
    assert frames is not None
    directions = {
        frames.bytes_of(i)[12:14] + frames.bytes_of(i)[34:35]: frames.direction[i] for i in range(len(frames))
    }
    assert directions[b"\x08\x00\x08"] == 1  # the echo request came in
    assert directions[b"\x08\x00\x00"] == 2  # its reply went out
    assert abs(int(frames.time_ns[0]) - os.stat("/proc/self").st_mtime_ns) < 3600 * 10**9
    source.release(frames)


def test_loopback_is_seen_once(in_b: Lab, capture: Opener) -> None:
    _, source = capture("lo")
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two,
    ):
        two.bind(("127.0.0.1", 0))
        for n in range(50):
            one.sendto(struct.pack("!I", n), two.getsockname())
    got = finish(source)
    assert [struct.unpack("!I", data[42:46])[0] for data, _, _ in got] == list(range(50))


def test_frames_of_an_offloading_interface_come_whole(in_b: Lab, capture: Opener) -> None:
    _, source = capture("lo")
    sent = random.Random(1).randbytes(1 << 20)
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        with accepted:
            pump(client, accepted, sent)
        port = server.getsockname()[1]
    got = finish(source)
    assert max(length for _, _, length in got) > 30_000
    assert all(len(data) == length for data, _, length in got)
    assert stream(got, port) == sent


def pump(client: socket.socket, accepted: socket.socket, sent: bytes) -> None:
    """Send all of it, reading on the other side meanwhile."""
    client.setblocking(False)
    done = received = 0
    while received < len(sent):
        if done < len(sent):
            with contextlib.suppress(BlockingIOError):
                done += client.send(sent[done:])
        received += len(accepted.recv(1 << 20))


def stream(packets: list[tuple[bytes, int, int]], port: int) -> bytes:
    """The bytes that were sent to a port, by sequence number."""
    pieces: dict[int, bytes] = {}
    start = None
    for data, _, _ in packets:
        transport = 14 + (data[14] & 15) * 4
        if data[23] != 6 or struct.unpack_from("!H", data, transport + 2)[0] != port:
            continue
        sequence, header = struct.unpack_from("!I", data, transport + 4)[0], (data[transport + 12] >> 4) * 4
        if data[transport + 13] & 2:
            start = sequence + 1
        end = 14 + struct.unpack_from("!H", data, 16)[0]
        payload = data[transport + header : end]
        if payload:
            pieces[sequence] = payload
    assert start is not None
    return b"".join(pieces[at] for at in sorted(pieces, key=lambda at: (at - start) % 2**32))


def test_a_link_that_goes_down_comes_back_by_itself(in_b: Lab, capture: Opener) -> None:
    _, source = capture()
    ip("-n", in_b.b, "link", "set", in_b.vb, "down")
    wait_for(source, lambda: source.state is State.DOWN)
    ip("-n", in_b.b, "link", "set", in_b.vb, "up")
    in_b.settle()
    wait_for(source, lambda: source.state is State.LIVE)
    with in_b.sender() as sender:
        sender.send(frame(1))
    wait_for_frame(source, frame(1))


def test_a_link_without_carrier_is_down(in_b: Lab, capture: Opener) -> None:
    _, source = capture()
    ip("-n", in_b.a, "link", "set", in_b.va, "down")
    wait_for(source, lambda: source.state is State.DOWN)
    ip("-n", in_b.a, "link", "set", in_b.va, "up")
    wait_for(source, lambda: source.state is State.LIVE)


def test_an_interface_that_is_made_again_is_captured_again(in_b: Lab, capture: Opener) -> None:
    _, source = capture()
    with in_b.sender() as sender:
        sender.send(frame(1))
    wait_for_frame(source, frame(1))
    ip("-n", in_b.b, "link", "del", in_b.vb)
    wait_for(source, lambda: source.state is State.GONE)
    in_b.join()
    wait_for(source, lambda: source.state is State.LIVE)
    with in_b.sender() as sender:
        sender.send(frame(2))
    wait_for_frame(source, frame(2))


def test_a_renamed_interface_is_captured_on(in_b: Lab, capture: Opener) -> None:
    _, source = capture()
    ip("-n", in_b.b, "link", "set", in_b.vb, "down")
    ip("-n", in_b.b, "link", "set", in_b.vb, "name", "renamed0")
    ip("-n", in_b.b, "link", "set", "renamed0", "up")
    in_b.settle()
    wait_for(source, lambda: source.state is State.LIVE)
    with in_b.sender() as sender:
        sender.send(frame(1))
    wait_for_frame(source, frame(1))


def test_an_mtu_change_loses_nothing(in_b: Lab, capture: Opener) -> None:
    _, source = capture()
    for namespace, interface in ((in_b.a, in_b.va), (in_b.b, in_b.vb)):
        ip("-n", namespace, "link", "set", interface, "mtu", "9000")
    with in_b.sender() as sender:
        sender.send(frame(1, 9000))
    wait_for_frame(source, frame(1, 9000))


def wait_for_frame(source: object, wanted: bytes) -> None:
    """Read until exactly this frame comes."""
    seen: list[bytes] = []
    while wanted not in seen:
        seen += [data for data, _, _ in read(source, 1)]


def test_a_tun_device_gives_bare_ip(in_b: Lab, capture: Opener) -> None:
    ip("-n", in_b.b, "tuntap", "add", "nttun0", "mode", "tun")
    ip("-n", in_b.b, "addr", "add", "10.78.0.1/24", "dev", "nttun0")
    ip("-n", in_b.b, "link", "set", "nttun0", "up")
    with Tun("nttun0") as tun:
        opened, source = capture("nttun0")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.sendto(b"hello", ("10.78.0.9", 9))
        got = [data for data, _, _ in read(source, 1)]
        assert got == [tun.read()]
        assert source.interfaces[0].linktype == 101
        assert source.statistics().interface_dropped == 0
        for _ in range(7):
            with pytest.raises(OSError, match="Invalid argument"):
                tun.write(b"\x00 is no version of IP")
        assert source.statistics().interface_dropped == 7
    assert opened.interfaces[0].kind == "tun"


class Tun:
    """The program's end of a tun device."""

    def __init__(self, name: str) -> None:
        import fcntl

        self._file = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self._file, 0x400454CA, struct.pack("16sH22x", name.encode(), 0x1001))

    def __enter__(self) -> Tun:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def read(self) -> bytes:
        return os.read(self._file, 65536)

    def write(self, data: bytes) -> None:
        os.write(self._file, data)


@pytest.fixture(autouse=True)
def _tun_where_wanted(request: pytest.FixtureRequest) -> None:
    if "tun" in request.node.name and not os.path.exists("/dev/net/tun"):
        pytest.skip("no /dev/net/tun")


def test_several_interfaces_are_told_apart(in_b: Lab, capture: Opener) -> None:
    ip("-n", in_b.a, "link", "add", "ntx0", "type", "veth", "peer", "name", "ntx1", "netns", in_b.b)
    ip("-n", in_b.a, "link", "set", "ntx0", "up")
    ip("-n", in_b.b, "link", "set", "ntx1", "up")
    in_b.settle()
    _, source = capture(in_b.vb, "ntx1")
    with in_b.sender() as one, in_b.sender("ntx0") as two:
        for n in range(200):
            (one, two)[n % 2].send(frame(n))
    got = sorted((int.from_bytes(data[14:18]), data, number) for data, number, _ in read(source, 200))
    assert [(data, number) for _, data, number in got] == [(frame(n), n % 2) for n in range(200)]
    assert [info.name for info in source.interfaces] == [in_b.vb, "ntx1"]
    assert source.statistics().received == 200
    ip("-n", in_b.b, "link", "set", "ntx1", "down")
    assert source.state is State.LIVE  # the other one is


def test_all_interfaces_at_once_come_cooked(in_b: Lab, capture: Opener) -> None:
    _, source = capture("any")
    in_b.run(in_b.b, ["ping", "-c1", "-q", "127.0.0.1"])
    with in_b.sender() as sender:
        sender.send(frame(1, 100, tag(0x8100, 0x2005)))
    got = [data for data, _, _ in finish(source)]
    index = socket.if_nametoindex(in_b.vb)
    mine = [data for data in got if struct.unpack_from("!I", data, 4)[0] == index]
    tagged = frame(1, 100, tag(0x8100, 0x2005))
    assert mine[0] == struct.pack("!HHIHBB8s", 0x8100, 0, index, 1, 3, 6, tagged[6:12] + bytes(2)) + tagged[14:]
    lo = [data for data in got if struct.unpack_from("!I", data, 4)[0] == socket.if_nametoindex("lo")]
    assert [data[40] for data in lo] == [8, 0]  # echo request, echo reply: each once
    assert source.interfaces[0].linktype == 276


def test_tcpdump_reads_the_same(in_b: Lab, capture: Opener, tmp_path: Path) -> None:
    """An oracle beside us: the same packets, in the same order, with the same lengths."""
    _, source = capture()
    file = tmp_path / "theirs.pcap"
    command = ["timeout", "20", "tcpdump", "-Zroot", "-B32768", "-s2000", "-i", in_b.vb, "-w", str(file), "-c300"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as theirs:
        assert theirs.stderr is not None
        while b"listening" not in theirs.stderr.readline():
            assert theirs.poll() is None
        with in_b.sender() as sender:
            for n in range(300):
                sender.send(frame(n, 60 + n * 3, TAGS[n % len(TAGS)]))
        ours = read(source, 300)
        theirs.communicate()
    assert records(file.read_bytes()) == [packet for packet, _, _ in ours]


def records(pcap: bytes) -> list[bytes]:
    at, found = 24, []
    while at < len(pcap):
        size = struct.unpack_from("<I", pcap, at + 8)[0]
        found.append(pcap[at + 16 : at + 16 + size])
        at += 16 + size
    return found
