"""Whoever connects can hurt neither the watch nor the others who look."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.attach.watched import Watched, served
from tui.engine.attach import server
from tui.engine.attach.line import Gone, Line
from tui.engine.attach.place import connect
from tui.engine.attach.wire import LENGTHS, REQUEST, pack
from tui.errors import CaptureError


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    with served(Watched().receive(500), tmp_path) as listening:
        yield listening


def rows_told(line: Line) -> int:
    answer = line.ask({"ask": "look", "rows": 0})
    assert answer is not None
    return int(answer.head["end"])


def is_let_go(talking: socket.socket) -> bool:
    """Whether the watch hangs up; all that it says before is read."""
    talking.settimeout(20)
    try:
        while talking.recv(1 << 16):
            pass
    except ConnectionResetError:
        pass
    return True


def question(**words: object) -> bytes:
    return b"".join(pack(dict(words)))


BAD = [
    b"GET / HTTP/1.1\r\n\r\n",
    LENGTHS.pack(REQUEST.head + 1, 0),
    LENGTHS.pack(2, 0) + b"[]",
    LENGTHS.pack(3, 0) + b"{}}",
    question(ask="stop"),
    question(ask="look"),
    question(ask="look", rows=-1),
    question(ask="look", rows=True),
    question(ask="look", rows=1 << 70),
    question(ask="bytes"),
    question(ask="call", path="decide", arguments=[], named={}),
    question(ask="call", path="__class__", arguments=[], named={}),
    question(ask="call", path="flow_rows", arguments=[], named={"sort": "nothing"}),
    question(ask="call", path="flow_rows", arguments=[], named={"no": 1}),
    question(ask="call", path="flow_names.of", arguments=[], named={}),
    question(ask="call", path="flow_names.of", arguments=[[]], named={}),
]


@pytest.mark.parametrize("said", BAD, ids=range(len(BAD)))
def test_what_is_no_question_ends_that_connection_alone(path: Path, said: bytes) -> None:
    other = Line(connect(path))
    bad = connect(path)
    bad.sendall(said)
    assert is_let_go(bad)
    assert rows_told(other) == 500
    other.close()
    bad.close()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_leave_the_others_served(path: Path, data: bytes) -> None:
    talking = connect(path)
    talking.sendall(data)
    talking.close()
    other = Line(connect(path))
    assert rows_told(other) == 500
    other.close()


def test_who_reads_nothing_keeps_nobody_else_waiting(tmp_path: Path) -> None:
    with served(Watched().receive(6_000), tmp_path) as path:
        lazy = connect(path)
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(3):
            lazy.sendall(question(ask="look", rows=0))
        other = Line(connect(path))
        assert [rows_told(other) for _ in range(3)] == [6_000] * 3
        other.close()
        lazy.close()


def test_who_takes_nothing_for_long_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PATIENCE_S", 0.2)
    with served(Watched().receive(6_000), tmp_path) as path:
        lazy, slow = connect(path), connect(path)
        lazy.sendall(question(ask="look", rows=0))
        slow.sendall(b"\x00\x00")  # half a length, and no more
        assert is_let_go(slow)
        other = Line(connect(path))
        assert rows_told(other) == 6_000
        assert is_let_go(lazy)
        for each in (lazy, slow, other):
            each.close()


def test_more_than_so_many_wait_until_one_goes(path: Path) -> None:
    lines = [Line(connect(path)) for _ in range(server.MOST)]
    late = connect(path)
    lines.pop().close()
    assert rows_told(Line(late)) == 500
    for line in lines:
        line.close()
    late.close()


def test_another_user_is_not_heard(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "peer", lambda connected: 4_242)
    with pytest.raises(CaptureError, match="no watch answers there"):
        Line(connect(path))


def test_a_watch_of_another_version_is_told_by_both_numbers(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.engine.attach.line.digest", lambda: "another")
    with pytest.raises(CaptureError, match="speaks otherwise"):
        Line(connect(path))


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"".join(pack({"x": 1})), LENGTHS.pack(1, 0) + b"7"])
def test_what_is_no_watch_is_told(said: bytes) -> None:
    ours, theirs = socket.socketpair()
    theirs.sendall(said)
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(CaptureError) as told:
        Line(ours)
    assert told.value.hint
    theirs.close()


def test_the_end_of_a_watch_is_told(tmp_path: Path) -> None:
    with served(Watched(), tmp_path) as path:
        line = Line(connect(path))
    with pytest.raises(Gone):
        line.ask({"ask": "look", "rows": 0})


def test_a_late_answer_is_not_taken_for_the_next(path: Path) -> None:
    line = Line(connect(path))
    assert line.ask({"ask": "look", "rows": 0}, patience_s=0.0) is None
    answer = line.ask({"ask": "look", "rows": 500})
    assert answer is not None and answer.head["start"] == 500
    line.close()


def test_a_question_is_one_json_object(path: Path) -> None:
    assert json.loads(question(ask="look")[LENGTHS.size :])["ask"] == "look"
