"""Ahead: a thread of its own makes the next items while the last ones are worked on, on a second core."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")


def second_core() -> bool:
    """Whether this process may run on more than one core: on a single one, a thread ahead costs and brings nothing."""
    return len(os.sched_getaffinity(0)) > 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) > 1


def ahead(items: Generator[T, None, None], depth: int) -> Generator[T, None, None]:
    """The same items in the same order, at most `depth` of them made and not yet done with.

    An item is done with when the next one is asked for; none must be None. What `items` raises is raised at its place.
    Closed early, it waits for the item that is being made: none should take long.
    """
    from concurrent.futures import ThreadPoolExecutor  # not needed where there is no second core

    with ThreadPoolExecutor(1, "nettui-ahead") as thread:
        due = deque(thread.submit(next, items, None) for _ in range(depth))
        try:
            while (item := due.popleft().result()) is not None:
                yield item
                due.append(thread.submit(next, items, None))
        finally:
            thread.shutdown(cancel_futures=True)
            items.close()
