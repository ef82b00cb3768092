"""Windows: a stretch of a session's time, and which packets lie in it."""

from __future__ import annotations

from dataclasses import dataclass

from tui.core.clock import NS


@dataclass(frozen=True, slots=True)
class Window:
    """From `start_ns` to before `end_ns`, and the packets `first` to before `end` that came in that time."""

    start_ns: int
    end_ns: int
    first: int
    end: int
    whole: bool = False
    """It begins where the session does: what was there until `end_ns`."""

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.end_ns - self.start_ns) / NS

    def __len__(self) -> int:
        return self.end - self.first

    def overlaps(self, first_ns: int, last_ns: int) -> bool:
        """Whether something that lasted from first to last was there at some time of the window."""
        return first_ns < self.end_ns and last_ns >= self.start_ns
