"""The desk: requests by any thread, served by one, and answers that are not built more often than people look."""

from __future__ import annotations

import threading

import pytest

from tui.engine import desk
from tui.engine.desk import Desk


def test_nothing_is_answered_before_it_is_served() -> None:
    requests = Desk()
    assert requests.ask("twice", lambda model: model * 2) is None
    requests.serve(21)
    assert requests.ask("twice", lambda model: model * 2) == 42


def test_an_answer_is_not_built_anew_within_a_second() -> None:
    requests, built = Desk(), []
    for number in range(5):
        requests.ask("x", lambda _, number=number: built.append(number))
        requests.serve(None)
    assert built == [0]


def test_later_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "ANSWER_S", 0.0)
    requests = Desk()
    for number in range(3):
        requests.ask("x", lambda _, number=number: number)
        requests.serve(None)
    assert requests.answer("x") == 2


def test_what_is_to_be_done_is_done_in_order_and_before_any_answer() -> None:
    requests, done = Desk(), []
    requests.ask("x", lambda _: done.append("answered"))
    for number in range(3):
        requests.do(lambda number=number: done.append(number))
    requests.serve(None)
    assert done == [0, 1, 2, "answered"]


def test_many_threads_may_ask_at_once() -> None:
    requests, done = Desk(), []
    threads = [
        threading.Thread(target=lambda: [requests.do(lambda: done.append(1)) for _ in range(500)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        requests.serve(None)
    requests.serve(None)
    assert len(done) == 2_000
