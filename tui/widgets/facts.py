"""Some lines about what is chosen above."""

from __future__ import annotations

from collections.abc import Iterator

from tui.widgets.ink import Canvas, Piece


class Facts(Canvas):
    """Drawn as given."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[list[Piece]] = []

    def put(self, lines: list[list[Piece]]) -> None:
        if lines != self._lines:
            self._lines = lines
            self.redraw()

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        yield from self._lines
