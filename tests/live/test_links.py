"""`nettui watch` on every kind of link, and on links that change under it: real processes, and their files."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
from pathlib import Path

import pytest

from tests.captures import read_all
from tests.live.conftest import Lab, ip
from tests.live.drill import Watch, numbers, send, written
from tests.live.test_ring import Tun
from tests.waiting import until
from tui.capture.pcapfile import open_capture

pytestmark = pytest.mark.live
SLL2 = 276
HEADER = 20
"""Bytes of an SLL2 header."""


def test_an_interface_that_is_renamed_is_captured_on(in_b: Lab, home: Path) -> None:
    file = home / "x.pcap"
    with Watch(in_b, "-w", str(file)) as watch:
        send(in_b, 50)
        until(lambda: written(file, 50))
        ip("-n", in_b.b, "link", "set", in_b.vb, "down")
        ip("-n", in_b.b, "link", "set", in_b.vb, "name", "renamed0")
        ip("-n", in_b.b, "link", "set", "renamed0", "up")
        in_b.settle()
        send(in_b, 50, first=50)
        until(lambda: written(file, 100))
        code, summary, err = watch.end()
    assert (code, err, summary["packets"]) == (0, "", 100)
    assert numbers(file) == list(range(100))


def test_an_interface_that_is_removed_and_made_again_is_captured_again(in_b: Lab, home: Path) -> None:
    file = home / "x.pcapng"
    with Watch(in_b, "-w", str(file)) as watch:
        send(in_b, 50)
        until(lambda: written(file, 50))
        ip("-n", in_b.b, "link", "del", in_b.vb)
        in_b.join()

        def again() -> bool:
            send(in_b, 1, first=50)
            return written(file, 51)

        until(again)
        code, summary, err = watch.end()
    assert (code, err) == (0, "")
    assert summary["lost"]["kernel"] == 0
    assert set(numbers(file)) == set(range(51))


def test_an_mtu_that_grows_loses_nothing(in_b: Lab, home: Path) -> None:
    file = home / "x.pcap"
    with Watch(in_b, "-w", str(file)) as watch:
        send(in_b, 50)
        for namespace, interface in ((in_b.a, in_b.va), (in_b.b, in_b.vb)):
            ip("-n", namespace, "link", "set", interface, "mtu", "9000")
        send(in_b, 50, 9_000, first=50)
        until(lambda: written(file, 100))
        assert watch.end()[1]["packets"] == 100
    assert [len(data) for _, _, data in read_all(open_capture(str(file)))] == [60] * 50 + [9_000] * 50


@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
def test_all_interfaces_at_once_are_saved_cooked_and_others_read_them(in_b: Lab, home: Path, suffix: str) -> None:
    file = home / f"any.{suffix}"
    with Watch(in_b, "-w", str(file), "-c", "20", iface=("any",)) as watch:
        send(in_b, 20)
        _, err = watch.process.communicate(timeout=20)
    assert (watch.process.returncode, err) == (0, "")
    source = open_capture(str(file))
    frames = source.read(1.0)
    assert frames is not None
    assert set(frames.linktype.tolist()) == {SLL2}
    data = [frames.bytes_of(i) for i in range(len(frames))]
    assert [struct.unpack_from("!HHI", d) for d in data] == [(0x88B6, 0, socket.if_nametoindex(in_b.vb))] * 20
    assert [int.from_bytes(d[HEADER : HEADER + 4], "big") for d in data] == list(range(20))
    source.close()
    if shutil.which("capinfos"):
        told = subprocess.run(["capinfos", "-E", str(file)], capture_output=True, text=True, check=True).stdout
        assert "Linux cooked-mode capture v2" in told


def test_a_tun_device_is_saved_as_bare_ip(in_b: Lab, home: Path) -> None:
    if not os.path.exists("/dev/net/tun"):
        pytest.skip("no /dev/net/tun")
    ip("-n", in_b.b, "tuntap", "add", "nttun0", "mode", "tun")
    ip("-n", in_b.b, "addr", "add", "10.78.0.1/24", "dev", "nttun0")
    ip("-n", in_b.b, "link", "set", "nttun0", "up")
    file = home / "tun.pcap"
    with (
        Tun("nttun0") as tun,
        Watch(in_b, "-w", str(file), "-c", "20", iface=("nttun0",)) as watch,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
    ):
        for number in range(10):
            one.sendto(b"out %d" % number, ("10.78.0.9", 9))
        sent = [tun.read() for _ in range(10)]
        # the answers, as if the other side had sent them
        sent += [d[:12] + d[16:20] + d[12:16] + d[22:24] + d[20:22] + d[24:] for d in sent]
        for data in sent[10:]:
            tun.write(data)
        watch.process.communicate(timeout=20)
    source = open_capture(str(file))
    frames = source.read(1.0)
    assert frames is not None
    assert set(frames.linktype.tolist()) == {101}
    assert sorted(frames.bytes_of(i) for i in range(len(frames))) == sorted(sent)
    source.close()


def test_several_interfaces_and_a_bridge_between_them(in_b: Lab, home: Path) -> None:
    """The same packet comes in on the port and on the bridge: each interface keeps its own."""
    ip("-n", in_b.b, "link", "add", "ntbr0", "type", "bridge")
    ip("-n", in_b.b, "link", "set", in_b.vb, "master", "ntbr0")
    ip("-n", in_b.b, "link", "set", "ntbr0", "up", "promisc", "on")
    in_b.settle()
    file = home / "both.pcapng"
    with Watch(in_b, "-w", str(file), iface=(in_b.vb, "ntbr0")) as watch:

        def forwards() -> bool:
            send(in_b, 1, first=1_000)
            return written(file, 1) and numbers(file).count(1_000) >= 2

        until(forwards)
        send(in_b, 50)
        until(lambda: all(numbers(file).count(n) == 2 for n in range(50)))
        code, _, err = watch.end()
    assert (code, err) == (0, "")
    source = open_capture(str(file))
    while source.read(1.0):
        pass  # an interface is described before its first packet, wherever that is
    assert [info.name for info in source.interfaces] == [in_b.vb, "ntbr0"]
    source.close()
