"""Items that a thread makes ahead."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from tui.engine.files.ahead import ahead


def numbers(made: list[int], count: int, closed: threading.Event | None = None) -> Generator[int, None, None]:
    try:
        for number in range(count):
            made.append(number)
            yield number
    finally:
        if closed is not None:
            closed.set()


def test_all_items_come_in_their_order() -> None:
    assert list(ahead(numbers([], 100), 3)) == list(range(100))


def test_no_item_is_fine() -> None:
    assert list(ahead(numbers([], 0), 3)) == []


def test_no_more_are_made_than_allowed() -> None:
    made: list[int] = []
    for number in ahead(numbers(made, 20), 3):
        assert len(made) <= number + 3


def test_items_are_made_while_the_last_one_is_worked_on() -> None:
    begun = threading.Event()

    def two() -> Generator[int, None, None]:
        yield 1
        begun.set()
        yield 2

    items = ahead(two(), 2)
    assert next(items) == 1
    assert begun.wait(10)
    items.close()


def test_an_error_is_raised_at_its_place() -> None:
    def failing() -> Generator[int, None, None]:
        yield 1
        raise ValueError("broken")

    items = ahead(failing(), 3)
    assert next(items) == 1
    with pytest.raises(ValueError, match="broken"):
        next(items)


def test_closed_early_it_closes_the_items_and_leaves_no_thread() -> None:
    closed = threading.Event()
    items = ahead(numbers([], 100, closed), 3)
    next(items)
    items.close()
    assert closed.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("nettui-ahead")]
