"""Opening, filtering and switching, as the screen does while it runs."""

from __future__ import annotations

import socket
import struct
from ipaddress import ip_address

import pytest

from tests.live.conftest import Lab, Opener, finish, ip, read, wait_for
from tests.live.test_ring import frame, tag
from tui.capture import packetsocket
from tui.capture.opening import CaptureOptions, open_live
from tui.capture.ownssh import Connection
from tui.capture.portablesource import PortableSource
from tui.core.state import State
from tui.errors import CaptureError, NoSuchInterface, UsageError

pytestmark = pytest.mark.live


def udp(number: int, port: int) -> bytes:
    """A UDP packet from `a` to `b` in an Ethernet frame."""
    transport = struct.pack("!HHHHI", 9, port, 12, 0, number)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(transport), 1, 0, 64, 17, 0)
    ends = ip_address("10.77.0.1").packed + ip_address("10.77.0.2").packed
    return bytes.fromhex("ffffffffffff 020000000001 0800") + head + ends + transport


def tcp(client: bool) -> bytes:
    ports = (51000, 22) if client else (22, 51000)
    ends = [ip_address("10.77.0.1").packed, ip_address("10.77.0.2").packed]
    head = struct.pack("!BBHHHBBH", 0x45, 0, 40, 1, 0, 64, 6, 0)
    addresses = b"".join(ends if client else reversed(ends))
    return bytes.fromhex("020000000002 020000000001 0800") + head + addresses + struct.pack("!HH16x", *ports)


def captured(lab: Lab, source: object, *frames: bytes) -> list[bytes]:
    """Which of these frames are captured, when sent one after the other and a mark behind them."""
    mark = udp(0, 65000)
    with lab.sender() as sender:
        for data in (*frames, mark):
            sender.send(data)
    got: list[bytes] = []
    while mark not in got:
        got += [data for data, _, _ in read(source, 1)]
    return [data for data in got if data in frames]


def test_a_filter_is_changed_while_packets_arrive(in_b: Lab, capture: Opener) -> None:
    opened, source = capture(capture_filter="udp port 53 or port 65000")
    dns, ntp = udp(1, 53), udp(1, 123)
    assert captured(in_b, source, dns, ntp) == [dns]
    opened.set_filter("udp port 123 or port 65000")
    assert captured(in_b, source, dns, ntp) == [ntp]
    with pytest.raises(UsageError, match="udp prot"):
        opened.set_filter("udp prot 1")
    assert captured(in_b, source, dns, ntp) == [ntp]
    opened.set_filter("")
    assert captured(in_b, source, dns, ntp) == [dns, ntp]


def test_vlan_filters_match_tags_that_the_kernel_took_off(in_b: Lab, capture: Opener) -> None:
    _, source = capture(capture_filter="udp port 65000 or vlan 100")
    tagged, other, bare = frame(1, 80, tag(0x8100, 100)), frame(2, 80, tag(0x8100, 101)), frame(3, 80)
    assert captured(in_b, source, tagged, other, bare) == [tagged]


@pytest.mark.parametrize("text", ["", "tcp or udp"])
def test_the_own_connection_is_left_out(in_b: Lab, capture: Opener, text: str) -> None:
    own = Connection(ip_address("10.77.0.1"), 51000, ip_address("10.77.0.2"), 22)
    opened, source = capture(leave_out=(own,), capture_filter=text)
    assert captured(in_b, source, tcp(True), udp(1, 53), tcp(False)) == [udp(1, 53)]
    assert "own ssh out" in opened.notes


def test_another_interface_is_captured_on_a_spare_socket(in_b: Lab, capture: Opener, monkeypatch: object) -> None:
    """Rings are used again and again: no packet of the interface before is in them."""
    opened, source = capture()
    assert captured(in_b, source, frame(1)) == [frame(1)]

    def no_rights(*_: object) -> None:
        raise CaptureError("no rights any more")

    monkeypatch.setattr(packetsocket.PacketSocket, "__init__", no_rights)
    for name in ("lo", "any", in_b.vb, "lo", "any", in_b.vb):
        with in_b.sender() as sender:
            sender.send(frame(2))
        source.close()
        opened = opened.switch([name])
        source = opened.source()
        if name == in_b.vb:
            assert captured(in_b, source, frame(3)) == [frame(3)]
        else:
            assert finish(source) == []
    source.close()


def test_unknown_and_contradicting_interfaces_are_refused(in_b: Lab) -> None:
    with pytest.raises(NoSuchInterface, match="eth77") as caught:
        open_live(["eth77"])
    assert in_b.vb in caught.value.hint
    with pytest.raises(UsageError, match="any"):
        open_live([in_b.vb, "any"])
    with pytest.raises(UsageError, match="snaplen"):
        open_live([in_b.vb], CaptureOptions(snaplen=10))


def test_an_interface_that_is_down_can_be_opened(in_b: Lab, capture: Opener) -> None:
    ip("-n", in_b.b, "link", "set", in_b.vb, "down")
    _, source = capture()
    wait_for(source, lambda: source.state is State.DOWN)
    ip("-n", in_b.b, "link", "set", in_b.vb, "up")
    in_b.settle()
    wait_for(source, lambda: source.state is State.LIVE)
    assert captured(in_b, source, frame(1)) == [frame(1)]


def test_promiscuous_or_not(in_b: Lab, capture: Opener) -> None:
    _, source = capture(promiscuous=False)
    assert promiscuity(in_b) == 0
    source.close()
    _, source = capture()
    assert promiscuity(in_b) == 1
    source.close()
    assert promiscuity(in_b) == 0


def promiscuity(lab: Lab) -> int:
    told = lab.run(lab.b, ["ip", "-d", "link", "show", lab.vb]).stdout
    return int(told.split("promiscuity ")[1].split()[0])


def test_without_a_ring_the_portable_socket_gives_the_same(
    in_b: Lab, capture: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_ring(*_: object) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(packetsocket.PacketSocket, "map_ring", no_ring)
    opened, source = capture()
    assert isinstance(source, PortableSource)
    sent = [frame(n, 60 + n, tag(0x8100, n) if n % 2 else b"") for n in range(1, 30)]
    assert captured(in_b, source, *sent) == sent
    opened.set_filter("udp port 53 or port 65000")
    assert captured(in_b, source, udp(1, 53), udp(1, 54)) == [udp(1, 53)]
    assert source.statistics().kernel_dropped == 0


def test_the_second_start_is_not_disturbed_by_the_first(in_b: Lab, capture: Opener) -> None:
    _, one = capture()
    _, two = capture()
    with in_b.sender() as sender:
        sender.send(frame(1))
    assert [data for data, _, _ in (*read(one, 1), *read(two, 1))] == [frame(1)] * 2


def test_nothing_foreign_is_queued_before_the_filter(in_b: Lab, capture: Opener) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as local:
        local.bind(("lo", 0))
        for n in range(50):
            local.send(frame(n))
        _, source = capture()
        for n in range(50):
            local.send(frame(n))
    assert finish(source) == []
