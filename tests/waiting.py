"""Waiting for the thing itself: what another thread, process or terminal does takes as long as it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

PATIENCE_S = 60.0
"""When to give up: many times what a slow machine under load has taken."""
T = TypeVar("T")


def until(look: Callable[[], T], what: str = "it did not come about") -> T:
    """What `look` gives as soon as it gives anything."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < deadline, what
        time.sleep(0.002)
    return found


async def comes(pilot: Any, look: Callable[[], T], what: str = "it did not come about") -> T:
    """The same on a screen, which goes on meanwhile."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < deadline, what
        await pilot.pause(0.01)
    return found
