"""The last line: the keys that work here and now, or what just happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from textual.message import Message

from tui.core.text import cell_width, printable
from tui.widgets.ink import Canvas, Piece

_GAP = "   "


class Offer(NamedTuple):
    """A key in the line."""

    key: str
    words: str
    action: str
    always: bool = False
    """Shown however narrow the line is: others make room for it."""

    @property
    def width(self) -> int:
        return cell_width(self.key) + cell_width(self.words) + 2


class KeyBar(Canvas):
    """The keys in their order; as many as fit. A message takes the line until the next key."""

    class Pressed(Message):
        """A key was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys: Sequence[Offer] = ()
        self._message: Piece | None = None

    def show(self, keys: Sequence[Offer]) -> None:
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
        for offer in self._fitting(width):
            line += [(f" {offer.key}", "key bold"), (f" {offer.words}{_GAP[1:]}", "dim")]
        yield line

    def _fitting(self, width: int) -> list[Offer]:
        """The keys that fit: those that are always shown, and of the others the first ones."""
        step = len(_GAP) - 1
        room = width + step - sum(offer.width + step for offer in self._keys if offer.always)
        found, full = [], False
        for offer in self._keys:
            if not offer.always:
                room -= offer.width + step
                full = full or room < 0
            if offer.always or not full:
                found.append(offer)
        return found

    def on_click(self, event: object) -> None:
        x, at = int(getattr(event, "x", 0)), 0
        for offer in self._fitting(self.content_size.width):
            at += offer.width + len(_GAP) - 1
            if x < at:
                self.post_message(self.Pressed(offer.action))
                return
