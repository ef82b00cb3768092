"""Notes: what a person wrote on packets, and what a capture file said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

MOST = 10_000
"""Packets with notes; a file that has more is read without the rest."""
LONGEST = 2_000
"""Characters of one note."""


class Notes(Mapping[int, str]):
    """By sequence number. Any thread may read; each change replaces the whole, which is small."""

    def __init__(self) -> None:
        self._notes: dict[int, str] = {}
        self.changed = 0
        """Grows with each change."""
        self._of_file = 0

    def put(self, sequence: int, text: str) -> None:
        """Write a note on a packet; an empty one takes it away."""
        notes = {**self._notes, sequence: text[:LONGEST]}
        if not text:
            del notes[sequence]
        elif len(notes) > MOST:
            return
        self._notes = notes
        self.changed += 1

    def add(self, found: Mapping[int, str]) -> None:
        """Notes of a file, all that were read so far; a packet that has one keeps it."""
        if len(found) == self._of_file:
            return
        self._of_file = len(found)
        room = max(0, MOST - len(self._notes))
        new = {sequence: text[:LONGEST] for sequence, text in list(found.items())[:room] if text}
        self._notes = {**new, **self._notes}
        self.changed += 1

    def __getitem__(self, sequence: int) -> str:
        return self._notes[sequence]

    def __len__(self) -> int:
        return len(self._notes)

    def __iter__(self) -> Iterator[int]:
        return iter(self._notes)
