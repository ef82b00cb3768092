"""A socket's process, from the kernel's tables as they are and as they were written by hand."""

from __future__ import annotations

import os
import socket
import sys
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.engine.processes import ANSWER, TCP, UDP, Flow, SocketTable, _process, _question

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

LOCALHOST = ip_address("127.0.0.1")
LINE = "   0: {} {} 01 00000000:00000000 00:00000000 00000000  1000        0 {} 1 0000000000000000\n"


def ask(table: SocketTable, *flows: Flow) -> list[object]:
    answer = table.serve(b"".join(map(_question, flows)))
    return [_process(*parts) for parts in ANSWER.iter_unpack(answer)]


def test_a_real_connection_is_ours_from_both_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        here, there = client.getsockname()[1], server.getsockname()[1]
        accepted, _ = server.accept()
        with accepted:
            flows = Flow(TCP, LOCALHOST, here, LOCALHOST, there), Flow(TCP, LOCALHOST, there, LOCALHOST, here)
            for process in ask(SocketTable(), *flows):
                assert process is not None
                assert (process.pid, process.sure) == (os.getpid(), True)


def test_a_socket_that_waits_for_anyone_is_a_guess() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as listener:
        listener.bind(("::", 0))
        flow = Flow(UDP, ip_address("192.0.2.1"), 5, ip_address("198.51.100.1"), listener.getsockname()[1])
        (process,) = ask(SocketTable(), flow)
        assert process is not None
        assert (process.pid, process.sure) == (os.getpid(), False)


def made(tmp_path: Path) -> SocketTable:
    """One process with the socket 10.0.0.1:80 <- [mapped] 10.0.0.2:1234, one that cannot be read."""
    (tmp_path / "net").mkdir()
    mapped = "0000000000000000FFFF0000{}"
    line = LINE.format(mapped.format("0100000A:0050"), mapped.format("0200000A:04D2"), 77)
    (tmp_path / "net/tcp6").write_text("header\n" + line)
    (tmp_path / "net/tcp").write_text("header\n")
    process = tmp_path / "42/fd"
    process.mkdir(parents=True)
    (process / "3").symlink_to("socket:[77]")
    (process / "4").symlink_to("/dev/null")
    (tmp_path / "42/comm").write_text("web server\n")
    (tmp_path / "43").mkdir()
    return SocketTable(tmp_path)


@pytest.mark.skipif(sys.byteorder != "little", reason="the table is written in the order of this machine")
def test_an_ipv4_connection_of_an_ipv6_socket_is_found(tmp_path: Path) -> None:
    flow = Flow(TCP, ip_address("10.0.0.2"), 1234, ip_address("10.0.0.1"), 80)
    (process,) = ask(made(tmp_path), flow)
    assert process is not None
    assert (process.pid, process.name, process.sure) == (42, "web server", True)


def test_what_nobody_here_has_is_unknown(tmp_path: Path) -> None:
    assert ask(made(tmp_path), Flow(TCP, ip_address("10.0.0.3"), 1, ip_address("10.0.0.4"), 2)) == [None]


@given(st.binary(max_size=300))
def test_any_question_has_an_answer_of_the_right_size(message: bytes) -> None:
    table = SocketTable(Path(__file__).parent)
    assert len(table.serve(message)) == ANSWER.size * (len(message) // 37)
