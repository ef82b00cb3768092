"""A socket's process, from the kernel's tables as they are and as they were written by hand."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.flow.owners import How
from tui.engine.owners import sockettable
from tui.engine.owners.processes import Flow, Process, process
from tui.engine.owners.sockettable import ANSWER, QUESTION, TCP, UDP, WHERE, WHO, SocketTable, packed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

LINE = "   0: {} {} 01 00000000:00000000 00:00000000 00000000  1000        0 {} 1 0000000000000000\n"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are read as often as one asks."""
    monkeypatch.setattr(sockettable, "FRESH_S", 0.0)
    monkeypatch.setattr(sockettable, "SHARE", 0)


def flow(proto: int, source: str, sport: int, target: str, dport: int) -> Flow:
    return proto, packed(source), sport, packed(target), dport


def ask(table: SocketTable, *flows: Flow) -> list[Process | None]:
    answer = table.serve(WHO + b"".join(QUESTION.pack(*one) for one in flows))
    return [process(*parts) for parts in ANSWER.iter_unpack(answer)]


def test_a_real_connection_is_ours_from_both_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        here, there = client.getsockname()[1], server.getsockname()[1]
        accepted, _ = server.accept()
        with accepted:
            for found in ask(
                SocketTable(),
                flow(TCP, "127.0.0.1", here, "127.0.0.1", there),
                flow(TCP, "127.0.0.1", there, "127.0.0.1", here),
            ):
                assert found is not None
                assert (found.pid, found.how, found.user) == (os.getpid(), How.EXACT, os.getuid())


def test_a_socket_that_waits_for_anyone_is_told_apart() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as listener:
        listener.bind(("::", 0))
        (found,) = ask(SocketTable(), flow(UDP, "192.0.2.1", 5, "127.0.0.1", listener.getsockname()[1]))
        assert found is not None
        assert (found.pid, found.how) == (os.getpid(), How.PORT)


def test_the_port_of_the_other_machine_is_not_ours() -> None:
    """Guessing here named the local web server for every connection to a web server elsewhere."""
    with socket.create_server(("0.0.0.0", 0)) as server:
        assert ask(SocketTable(), flow(TCP, "127.0.0.1", 1, "192.0.2.1", server.getsockname()[1])) == [None]


def test_the_addresses_of_this_machine() -> None:
    answer = SocketTable().serve(WHERE)
    assert packed("127.0.0.1") in [answer[at : at + 16] for at in range(0, len(answer), 16)]


def made(tmp_path: Path, local: str = "0100000A:0050") -> SocketTable:
    """Namespace 2 has 10.0.0.1, where process 42, in a container, holds 10.0.0.1:80 <- [mapped] 10.0.0.2:1234."""
    for name in ("self", "42", "43"):
        (tmp_path / name / "ns").mkdir(parents=True)
        (tmp_path / name / "ns/net").symlink_to("net:[2]" if name == "42" else "net:[1]")
    folder = tmp_path / "42/net"
    folder.mkdir()
    mapped = "0000000000000000FFFF0000{}"
    (folder / "tcp6").write_text("header\n" + LINE.format(mapped.format(local), mapped.format("0200000A:04D2"), 77))
    (folder / "tcp").write_text("header\nnonsense\n")
    (folder / "fib_trie").write_text("Local:\n  +-- 0.0.0.0/0\n     |-- 10.0.0.1\n        /32 host LOCAL\n")
    process = tmp_path / "42/fd"
    process.mkdir(parents=True)
    (process / "3").symlink_to("socket:[77]")
    (process / "4").symlink_to("/dev/null")
    (tmp_path / "42/comm").write_text("web server\n")
    (tmp_path / "42/cgroup").write_text(f"0::/system.slice/docker-{'0123456789ab' + 'c' * 52}.scope\n")
    return SocketTable(tmp_path)


little = pytest.mark.skipif(sys.byteorder != "little", reason="the table is written in the order of this machine")


@little
def test_a_container_s_ipv4_connection_of_an_ipv6_socket_is_found(tmp_path: Path) -> None:
    (found,) = ask(made(tmp_path), flow(TCP, "10.0.0.2", 1234, "10.0.0.1", 80))
    assert found == Process(42, 1000, How.EXACT, "web server", "0123456789ab")


@little
def test_a_process_that_cannot_be_seen_leaves_its_user(tmp_path: Path) -> None:
    table = made(tmp_path)
    (tmp_path / "42/fd/3").unlink()
    assert ask(table, flow(TCP, "10.0.0.2", 1234, "10.0.0.1", 80)) == [Process(0, 1000, How.EXACT, "", "")]


@little
def test_the_loopback_of_a_container_is_not_ours(tmp_path: Path) -> None:
    table = made(tmp_path, "0100007F:0050")
    (tmp_path / "42/net/fib_trie").write_text("     |-- 127.0.0.1\n        /32 host LOCAL\n")
    assert ask(table, flow(TCP, "10.0.0.2", 1234, "127.0.0.1", 80)) == [None]


def test_what_nobody_here_has_is_unknown(tmp_path: Path) -> None:
    assert ask(made(tmp_path), flow(TCP, "10.0.0.3", 1, "10.0.0.4", 2)) == [None]


@given(st.binary(max_size=300))
def test_any_message_has_an_answer_of_the_right_size(message: bytes) -> None:
    asked = (len(message) - 1) // QUESTION.size if message[:1] == WHO else 0
    size = len(SocketTable(Path(__file__).parent).serve(message))
    assert size % 16 == 0 if message[:1] == WHERE else size == ANSWER.size * asked
