"""Found: what a reader collects, values by the name of their field."""

from __future__ import annotations

MAX_VALUES = 256
"""Values kept of one field of one packet; honest packets have a few dozen."""


class Found(dict[str, list[object]]):
    """Values by field; fields with none are not there."""

    def add(self, name: str, value: object) -> None:
        values = self.setdefault(name, [])
        if len(values) < MAX_VALUES:
            values.append(value)

    def join(self, other: Found) -> None:
        """Add all that another reading found."""
        for name, values in other.items():
            for value in values:
                self.add(name, value)

    def bits(self, number: int, places: dict[str, tuple[int, int]]) -> None:
        """Several parts of one number: name to (shift, mask)."""
        for name, (shift, mask) in places.items():
            self.add(name, number >> shift & mask)
