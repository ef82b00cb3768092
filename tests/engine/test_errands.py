"""Errands are done in order, apart from the worker, and none stops the next."""

from __future__ import annotations

import threading

from tui.engine.errands import MOST, Errands


def test_errands_are_done_in_order_in_one_other_thread() -> None:
    errands, done = Errands(), []
    for number in range(100):
        errands.give(lambda number=number: done.append((number, threading.current_thread().name)))
    assert errands.close(10)
    assert done == [(number, "nettui-errands") for number in range(100)]


def test_one_that_fails_does_not_stop_the_next() -> None:
    errands, done = Errands(), []
    errands.give(lambda: done.append(1 // 0))
    errands.give(lambda: done.append(2))
    assert errands.drain(10)
    assert done == [2]
    errands.close(10)


def test_what_finds_no_room_is_told_and_nobody_waits() -> None:
    errands, gate = Errands(), threading.Event()
    errands.give(gate.wait)
    given = sum(errands.give(lambda: None) for _ in range(MOST + 10))
    assert MOST - 1 <= given <= MOST
    assert not errands.drain(0)
    gate.set()
    assert errands.close(10)


def test_nothing_is_taken_after_the_end() -> None:
    errands = Errands()
    assert errands.close(0)
    assert not errands.give(lambda: None)
