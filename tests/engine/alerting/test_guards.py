"""Whom this machine lives by, read from tables as the kernel prints them; and the commands, given to a real nft."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.core.alert.test_response import alert
from tui.commands.files import FILES
from tui.core.alert.response import Guard, suggest
from tui.engine.alerting import guards
from tui.engine.alerting.guards import machine

ROUTE = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0104000A\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t0004000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""
ROUTE6 = (
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 "
    "00000400 00000001 00000000 00000003     eth0\n"
    "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 "
    "00000100 00000001 00000000 00000001     eth0\n"
)
TCP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 1104000A:0016 0904000A:C3A2 01 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 1104000A:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   2: 1104000A:01BB 0A04000A:C3A2 01 00000000:00000000 00:00000000 00000000     0        0 1 1
"""
TCP6 = """  sl  local_address                         remote_address                        st tx_queue
   0: 00000000000000000000000001000000:0016 B80D0120000000000000000009000000:C3A2 01 00000000:00000000
   1: 0000000000000000FFFF00001104000A:0016 0000000000000000FFFF00000C04000A:C3A2 01 00000000:00000000
"""


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in (("route", ROUTE), ("ipv6_route", ROUTE6), ("tcp", TCP), ("tcp6", TCP6)):
        (tmp_path / name).write_text(text)
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("# a comment\nsearch example.org\nnameserver 10.0.4.53\nnameserver fe80::53%eth0\nnameserver\n")
    monkeypatch.setattr(guards, "RESOLVERS", (resolver, tmp_path / "none"))
    monkeypatch.setattr(guards, "_own", lambda: iter(["10.0.4.17", "fe80::17"]))
    return tmp_path


def test_each_is_known_for_what_it_is(proc: Path) -> None:
    known = machine(["192.0.2.0/24"], ["198.51.100.7"], proc)
    assert known.allowed == ("192.0.2.0/24",)
    assert known.addresses == {
        "10.0.4.17": "this machine",
        "fe80::17": "this machine",
        "10.0.4.1": "a gateway of this machine",
        "fe80::1": "a gateway of this machine",
        "10.0.4.53": "a DNS server of this machine",
        "fe80::53": "a DNS server of this machine",
        "10.0.4.9": "connected to the SSH port here",
        "10.0.4.12": "connected to the SSH port here",
        "2001:db8::9": "connected to the SSH port here",
        "198.51.100.7": "the other end of your SSH connection",
    }


@pytest.mark.parametrize("address", ["10.0.4.17", "10.0.4.1", "10.0.4.53", "10.0.4.9", "198.51.100.7", "2001:db8::9"])
def test_none_of_them_is_blocked(proc: Path, address: str) -> None:
    found = suggest(alert(src=address), machine((), ["198.51.100.7"], proc))
    assert found.command == ""
    assert "never blocked" in found.reason


def test_tables_that_are_not_there_are_no_harm(tmp_path: Path) -> None:
    assert isinstance(machine((), (), tmp_path / "none"), Guard)


def test_this_machine_knows_itself() -> None:
    assert machine().addresses.get("127.0.0.1") == "this machine"


@pytest.mark.live
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("nft"), reason="needs root and nft")
def test_the_commands_are_what_nft_takes() -> None:
    """In a namespace that ends with the test."""
    found = [
        suggest(alert(src="203.0.113.9"), Guard()),
        suggest(alert(src="2001:db8::9"), Guard()),
        suggest(alert("flood.syn", port=443), Guard()),
        suggest(alert("flood.udp", dst="2001:db8::17", port=53), Guard()),
    ]
    script = "\n".join(
        ["set -e", "ip link set lo up", "nft -f -", *(f.command for f in found), "nft list table inet nettui"]
    )
    undo = "\n".join([*(f.undo for f in found), "nft list table inet nettui"])
    done = subprocess.run(
        ["unshare", "-n", "sh", "-ec", f"{script}\necho ----\n{undo}"],
        input=FILES["nftables"](), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode and "Operation not" in done.stderr:
        pytest.skip(f"no nftables here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    before, after = done.stdout.split("----")
    for element in ("203.0.113.9", "2001:db8::9", "10.0.4.17 . tcp . 443", "2001:db8::17 . udp . 53"):
        assert f"{element} timeout 10m expires" in before
        assert element not in after
