"""Helpers answer, outlast what is thrown at them, and leave with the monitor."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.waiting import until
from tui.engine.rights import helpers
from tui.engine.rights.helpers import Helper, receive, send


@contextmanager
def helper(serve: helpers.Callable[[bytes], bytes]) -> Iterator[Helper]:
    made = Helper(serve)
    try:
        yield made
    finally:
        made.close()
        with suppress(ProcessLookupError):
            os.kill(made.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(made.pid, 0)


def test_a_question_is_answered() -> None:
    with helper(bytes.upper) as made:
        assert made.ask(b"hello") == b"HELLO"
        assert made.ask(b"x" * 300_000) == b"X" * 300_000


def test_answers_of_what_was_told_do_not_mix_with_questions() -> None:
    with helper(bytes.upper) as made:
        assert made.tell(b"one")
        assert made.tell(b"two")
        assert made.ask(b"three") == b"THREE"


def test_a_helper_that_fails_is_no_harm() -> None:
    def fails(message: bytes) -> bytes:
        raise ValueError(message)

    with helper(fails) as made:
        assert made.ask(b"hello") is None
        assert not made.tell(b"hello")


def test_a_flood_is_bounded() -> None:
    def never(message: bytes) -> bytes:
        signal.pause()
        return b""

    with helper(never) as made:
        told = sum(made.tell(b"x") for _ in range(3 * helpers.MOST_WAITING))
        assert told == helpers.MOST_WAITING


def test_a_helper_has_no_descriptor_of_ours_and_no_terminal(tmp_path: Path) -> None:
    def descriptors(_: bytes) -> bytes:
        found = set()
        for descriptor in Path("/proc/self/fd").iterdir():
            with suppress(FileNotFoundError):  # the one that lists them
                found.add(str(descriptor.readlink()).partition(":")[0])
        return " ".join(sorted(found)).encode()

    with open(tmp_path / "ours", "w"), helper(descriptors) as made:
        assert made.ask(b"?") == b"/dev/null socket"


def test_a_helper_leaves_when_we_close() -> None:
    made = Helper(bytes.upper)
    made.close()
    until(lambda: gone(made.pid), "the helper is still there")


def gone(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def test_the_keyboard_does_not_end_a_helper() -> None:
    with helper(bytes.upper) as made:
        made.ask(b"up")
        os.kill(made.pid, signal.SIGINT)
        os.kill(made.pid, signal.SIGHUP)
        assert made.ask(b"hello") == b"HELLO"


def test_nonsense_on_the_line_is_an_error() -> None:
    one, two = socket.socketpair()
    with one, two:
        one.sendall(b"\xff" * 8)
        with pytest.raises(ConnectionError, match="impossible"):
            receive(two)
        send(two, b"")
        assert receive(one) == b""
