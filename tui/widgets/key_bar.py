"""The last line: the keys that work here and now, or what just happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.message import Message

from tui.core.text import cell_width, printable
from tui.widgets.ink import Canvas, Piece

_GAP = "   "


class KeyBar(Canvas):
    """Drawn from (key, words, action); as many as fit. A message takes the line until the next key."""

    class Pressed(Message):
        """A key was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._keys: Sequence[tuple[str, str, str]] = ()
        self._message: Piece | None = None

    def show(self, keys: Sequence[tuple[str, str, str]]) -> None:
        if keys != self._keys:
            self._keys = keys
            self.redraw()

    def say(self, text: str, *, bad: bool = False) -> None:
        """Show a message in place of the keys; an empty one brings the keys back."""
        message = (f" {printable(text)}", "red" if bad else "bright") if text else None
        if message != self._message:
            self._message = message
            self.redraw()

    def paint(self, width: int, height: int) -> Iterator[list[Piece]]:
        if self._message is not None:
            yield [self._message]
            return
        line: list[Piece] = []
        for _, key, words in self._fitting(width):
            line += [(f" {key}", "key bold"), (f" {words}{_GAP[1:]}", "dim")]
        yield line

    def _fitting(self, width: int) -> list[tuple[int, str, str]]:
        """(end cell, key, words) of the keys that fit."""
        found, at = [], 0
        for key, words, _ in self._keys:
            at += cell_width(key) + cell_width(words) + 2 + len(_GAP) - 1
            if at - len(_GAP) + 1 > width:
                break
            found.append((at, key, words))
        return found

    def on_click(self, event: object) -> None:
        x = int(getattr(event, "x", 0))
        fitting = self._fitting(self.content_size.width)
        for (end, _, _), (_, _, action) in zip(fitting, self._keys, strict=False):
            if x < end:
                self.post_message(self.Pressed(action))
                return
