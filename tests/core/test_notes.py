"""Notes on packets: written, taken away, bounded, and those of a file taken in once."""

from __future__ import annotations

import pytest

from tui.core import notes
from tui.core.notes import Notes


def test_an_empty_note_is_none() -> None:
    made = Notes()
    made.put(3, "odd")
    made.put(3, "")
    made.put(4, "")
    assert dict(made) == {}


def test_what_a_person_wrote_stays_over_what_the_file_says() -> None:
    made = Notes()
    made.put(3, "mine")
    found = {3: "theirs", 5: "more", 6: ""}
    made.add(found)
    assert dict(made) == {3: "mine", 5: "more"}
    before = made.changed
    made.add(found)
    assert made.changed == before, "the same comments are not taken in again"


def test_notes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MOST", 2)
    made = Notes()
    for sequence in range(4):
        made.put(sequence, "x" * 5_000)
    assert list(made) == [0, 1]
    assert len(made[0]) == notes.LONGEST
