"""Notes and marks on packets: what a person said of them, and what a capture file said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 10_000
"""Packets with notes, and packets that are marked; a file that has more is read without the rest."""
LONGEST = 2_000
"""Characters of one note."""
MARKED = "marked"
"""The comment of a packet that is marked; before a note, with a colon."""


class Notes(Mapping[int, str]):
    """By sequence number. Any thread may read; each change replaces the whole, which is small."""

    def __init__(self) -> None:
        self._notes: dict[int, str] = {}
        self.marks: frozenset[int] = frozenset()
        """Packets that are marked."""
        self.changed = 0
        """Grows with each change."""
        self._of_file = 0
        self._unsaved: frozenset[int] = frozenset()

    def put(self, sequence: int, text: str) -> None:
        """Write a note on a packet; an empty one takes it away."""
        notes = {**self._notes, sequence: text[:LONGEST]}
        if not text:
            del notes[sequence]
        elif len(notes) > MOST:
            return
        self._notes = notes
        self._unsaved = self._unsaved | {sequence} if text else self._unsaved - {sequence}
        self.changed += 1

    def mark(self, marks: frozenset[int]) -> None:
        """These packets are marked, and no others."""
        if marks != self.marks:
            self.marks = marks
            self.changed += 1

    def add(self, found: Mapping[int, str]) -> None:
        """Comments of a file, all that were read so far; a packet that has a note keeps it."""
        if len(found) == self._of_file:
            return
        new = list(found.items())[self._of_file : self._of_file + MOST]
        self._of_file = len(found)
        self.marks |= {sequence for sequence, text in new if _split(text)[0]}
        said = {sequence: _split(text)[1][:LONGEST] for sequence, text in new}
        room = max(0, MOST - len(self._notes))
        self._notes = {**dict([item for item in said.items() if item[1]][:room]), **self._notes}
        self.changed += 1

    @property
    def unsaved(self) -> int:
        """Packets whose note a person wrote and no file has."""
        return len(self._unsaved)

    def saved(self, sequences: NDArray[np.int64] | None) -> None:
        """The notes of these packets, or of all, are in a file."""
        self._unsaved = self._unsaved - set(sequences.tolist()) if sequences is not None else frozenset()

    def comments(self) -> dict[int, str]:
        """What a pcapng file says of its packets: `marked`, a note, or `marked: a note`."""
        marked = dict.fromkeys(list(self.marks)[:MOST], MARKED)
        noted = {at: f"{MARKED}: {text}" if at in marked else text for at, text in self._notes.items()}
        return marked | noted

    def __getitem__(self, sequence: int) -> str:
        return self._notes[sequence]

    def __len__(self) -> int:
        return len(self._notes)

    def __iter__(self) -> Iterator[int]:
        return iter(self._notes)


def _split(comment: str) -> tuple[bool, str]:
    """Whether a comment marks its packet, and the note."""
    if comment == MARKED:
        return True, ""
    note = comment.removeprefix(f"{MARKED}: ")
    return note != comment, note
