"""Aside: work that nobody waits for at once, done in its order by a thread of its own on a second core."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec

P = ParamSpec("P")


class Aside:
    """One piece of work is under way at most; without a second core each is done at once."""

    def __init__(self, second_core: bool) -> None:
        self._thread = ThreadPoolExecutor(1, "nettui-aside") if second_core else None
        self._under_way: Future[None] | None = None

    def do(self, work: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Have it done, once the work before is; raises what that has raised."""
        if self._thread is None:
            work(*args, **kwargs)
            return
        self._wait()
        self._under_way = self._thread.submit(work, *args, **kwargs)

    def finish(self) -> None:
        """Wait until all is done, and end the thread; raises what the last work has raised."""
        try:
            self._wait()
        finally:
            if self._thread is not None:
                self._thread.shutdown()

    def _wait(self) -> None:
        if self._under_way is not None:
            under_way, self._under_way = self._under_way, None
            under_way.result()
