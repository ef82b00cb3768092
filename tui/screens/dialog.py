"""Dialog: a modal screen that is left once."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """What all dialogs have in common."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Leave. The second of two quick keys may come after it has gone: Textual would take the next screen away."""
        return super().dismiss(result) if self in self.app.screen_stack else AwaitComplete()
