"""The flow table."""

from __future__ import annotations

from tui.core.columns import Columns
from tui.core.frames import Frames


class FlowTable:
    """Bidirectional flows, bounded."""

    def update(self, columns: Columns, frames: Frames | None = None) -> None:
        """Assign each packet its flow, in place."""
