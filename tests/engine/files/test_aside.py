"""Work done by a thread of its own."""

from __future__ import annotations

import threading

import pytest

from tui.engine.files.aside import Aside


@pytest.mark.parametrize("second_core", [True, False])
def test_work_is_done_in_its_order(second_core: bool) -> None:
    done: list[int] = []
    aside = Aside(second_core)
    for number in range(20):
        aside.do(done.append, number)
    aside.finish()
    assert done == list(range(20))


def test_with_a_second_core_nobody_waits() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert go_on.wait(10)

    aside = Aside(True)
    aside.do(work)
    assert begun.wait(10)
    go_on.set()
    aside.finish()


@pytest.mark.parametrize("second_core", [True, False])
def test_an_error_is_raised_to_whoever_asks_next(second_core: bool) -> None:
    def fail() -> None:
        raise ValueError("broken")

    aside = Aside(second_core)
    with pytest.raises(ValueError, match="broken"):
        aside.do(fail)
        aside.finish()


def test_the_thread_ends() -> None:
    aside = Aside(True)
    aside.do(int)
    aside.finish()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("nettui-aside")]
