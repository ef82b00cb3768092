"""Desk: what other threads ask of the worker. No lock is held: single assignments, and queues that need none."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

ANSWER_S = 1.0
"""An answer is built anew at most so often."""

T = TypeVar("T")


class Desk:
    """Requests by any thread, served by one."""

    def __init__(self) -> None:
        self._asked: dict[str, Callable[[Any], Any]] = {}
        self._answers: dict[str, tuple[float, Any]] = {}
        self._actions: deque[Callable[[], None]] = deque()

    def ask(self, key: str, build: Callable[[Any], T]) -> T | None:
        """The last answer to `key`; asks for the next."""
        self._asked[key] = build
        answer: T | None = self.answer(key)
        return answer

    def answer(self, key: str) -> Any:
        """The last answer to `key`; None where there is none yet."""
        return self._answers.get(key, (0.0, None))[1]

    def do(self, action: Callable[[], None]) -> None:
        """Have the worker do something."""
        self._actions.append(action)

    def serve(self, model: Any) -> None:
        """By the worker: what is to be done, then what is asked."""
        while self._actions:
            self._actions.popleft()()
        for key, build in list(self._asked.items()):
            if self.build(key, build, model):
                del self._asked[key]

    def build(self, key: str, build: Callable[[Any], Any], model: Any) -> bool:
        """Build what is asked for, unless that was done a moment ago."""
        now = time.monotonic()
        if now - self._answers.get(key, (float("-inf"), None))[0] < ANSWER_S:
            return False
        self._answers[key] = (now, build(model))
        return True
