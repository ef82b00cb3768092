"""Lines to look through: a chosen one where there is something to choose, else just scrolled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tui.widgets.ink import Canvas, Piece


class Lines(Canvas):
    """Shows the lines around the chosen one; `at` is -1 where the lines are only read."""

    def __init__(self, lines: Sequence[list[Piece]] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines = lines
        self._top = 0
        self.at = -1

    def put(self, lines: Sequence[list[Piece]]) -> None:
        self._lines = lines
        self.redraw()

    def choose(self, at: int) -> None:
        self.at = max(0, min(len(self._lines) - 1, at))
        self.redraw()

    def scroll(self, by: int) -> None:
        """Show other lines; never past the end."""
        last = max(0, len(self._lines) - self.content_size.height)
        self._top = max(0, min(last, self._top + by))
        self.redraw()

    @property
    def is_whole(self) -> bool:
        """Whether all lines are in sight."""
        return len(self._lines) <= self.content_size.height

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        if self.at >= 0:
            self._top = max(self.at - height + 1, min(self._top, self.at))
        for at, line in enumerate(self._lines[self._top : self._top + height], self._top):
            if at == self.at:
                yield [(text, f"{ink} chosen") for text, ink in [*line, (" " * width, "")]]
            else:
                yield line
