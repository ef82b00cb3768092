"""What screens tell the app that concerns other screens."""

from __future__ import annotations

from textual.message import Message


class ShowPackets(Message):
    """The person wants to see the packets of a display filter in the list."""

    def __init__(self, expression: str) -> None:
        super().__init__()
        self.expression = expression


class FollowStream(Message):
    """The person wants to read what a flow carried."""

    def __init__(self, flow: int) -> None:
        super().__init__()
        self.flow = flow
        """As in `Columns.flow`."""
