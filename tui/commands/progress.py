"""A progress bar on standard error, for commands that read files; drawn only where a person sees it."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

EVERY_S = 0.2
WIDTH = 30


class Progress:
    """Shows how far reading has come, on a terminal; where lines are printed meanwhile, only if they go elsewhere."""

    def __init__(self, paths: Sequence[str], stream: TextIO | None = None, *, silent: bool = False) -> None:
        """`silent`: the command prints nothing before it has read everything."""
        self._stream = sys.stderr if stream is None else stream
        self._sizes = [_size(path) for path in paths]
        self._shown = self._stream.isatty() and (silent or not sys.stdout.isatty())
        self._next = time.monotonic() + EVERY_S
        self._drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            print("\r\x1b[K", end="", file=self._stream, flush=True)

    def update(self, packets: int, file: int = 0, position: int | None = None) -> None:
        """So many packets are done, reading is at `position` of that file (None where it is not known)."""
        known = position is not None and self._sizes[file]
        self._draw(packets, sum(self._sizes[:file]) + (position or 0) if known else 0)

    def update_all(self, packets: int, positions: Sequence[int]) -> None:
        """So many packets are done, and every file is read as far as its position: they are read side by side."""
        self._draw(packets, sum(min(at, size) for at, size in zip(positions, self._sizes, strict=True)))

    def _draw(self, packets: int, done: int) -> None:
        if not self._shown or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY_S
        self._drawn = True
        print(f"\r\x1b[K{self._bar(done)}{packets:,} packets", end="", file=self._stream, flush=True)

    def _bar(self, done: int) -> str:
        total = sum(self._sizes)
        if not total or not done:
            return ""
        share = min(done / total, 1.0)
        full = round(share * WIDTH)
        return f"[{'#' * full}{'.' * (WIDTH - full)}] {share:4.0%}  "


def _size(path: str) -> int:
    """Bytes of a plain capture file; 0 where positions would tell nothing (pipes, gzip)."""
    try:
        return 0 if path == "-" or path.endswith(".gz") else Path(path).stat().st_size
    except OSError:
        return 0
