"""The connection that shows this terminal, found in environments as sudo, tmux and screen leave them."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.capture.ownssh import Connection, own_connections, parse

TOLD = "192.0.2.7 51000 198.51.100.1 22"
CONNECTION = Connection(ip_address("192.0.2.7"), 51000, ip_address("198.51.100.1"), 22)
OTHER = "192.0.2.9 52000 198.51.100.1 22"


def process(proc: Path, pid: int, parent: int, name: str = "bash", told: str = "", uid: int = 1000) -> None:
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "comm").write_text(name + "\n")
    (folder / "status").write_text(f"Name:\t{name}\nPPid:\t{parent}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n")
    environment = f"HOME=/root\0{f'SSH_CONNECTION={told}' if told else 'TERM=xterm'}\0"
    (folder / "environ").write_bytes(environment.encode())


def test_sshd_tells_both_ends() -> None:
    assert parse(TOLD) == CONNECTION


def test_an_address_mapped_to_ipv6_is_ipv4_in_the_packets() -> None:
    assert parse("::ffff:192.0.2.7 51000 ::ffff:198.51.100.1 22") == CONNECTION


def test_a_zone_is_no_part_of_the_address() -> None:
    found = parse("fe80::1%eth0 51000 fe80::2%eth0 22")
    assert found is not None
    assert found.client == ip_address("fe80::1")


@given(st.text())
def test_nonsense_is_no_connection(text: str) -> None:
    parse(text)


@pytest.mark.parametrize("text", ["", "a b c d", "192.0.2.7 0 198.51.100.1 22", "192.0.2.7 1 2001:db8::1 22"])
def test_half_a_connection_is_none(text: str) -> None:
    assert parse(text) is None


def test_sudo_hides_it_and_the_shell_above_still_has_it(tmp_path: Path) -> None:
    process(tmp_path, os.getppid(), 200, "sudo")
    process(tmp_path, 200, 100, told=TOLD)
    process(tmp_path, 100, 1, "sshd")
    assert own_connections({}, tmp_path) == (CONNECTION,)


def test_in_the_own_environment_it_is_enough(tmp_path: Path) -> None:
    assert own_connections({"SSH_CONNECTION": TOLD}, tmp_path) == (CONNECTION,)


@pytest.mark.parametrize(("server", "client"), [("tmux: server", "tmux: client"), ("screen", "screen")])
def test_under_a_multiplexer_the_attached_clients_count(tmp_path: Path, server: str, client: str) -> None:
    """The server's own environment is that of whoever started it, perhaps days ago."""
    process(tmp_path, os.getppid(), 200, "bash", told=OTHER)
    process(tmp_path, 200, 1, server, told=OTHER)
    process(tmp_path, 300, 301, client)
    process(tmp_path, 301, 1, "bash", told=TOLD)
    process(tmp_path, 400, 1, client, told=OTHER, uid=1001)
    assert own_connections({"SSH_CONNECTION": OTHER}, tmp_path) == (CONNECTION,)


def test_without_ssh_there_is_none(tmp_path: Path) -> None:
    process(tmp_path, os.getppid(), 1, "login")
    assert own_connections({}, tmp_path) == ()


def test_a_process_that_ends_meanwhile_is_no_harm(tmp_path: Path) -> None:
    assert own_connections({}, tmp_path / "gone") == ()
