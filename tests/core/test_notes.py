"""Notes on packets: written, taken away, bounded, and those of a file taken in once."""

from __future__ import annotations

import numpy as np
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


def test_marks_and_notes_become_comments_and_come_back() -> None:
    made, read = Notes(), Notes()
    made.mark(frozenset({1, 2}))
    made.put(2, "odd")
    made.put(3, "marked by nobody")
    assert made.comments() == {1: "marked", 2: "marked: odd", 3: "marked by nobody"}
    read.add(made.comments())
    assert read.marks == {1, 2}
    assert dict(read) == {2: "odd", 3: "marked by nobody"}


def test_a_file_s_comments_are_taken_in_as_they_are_read() -> None:
    made = Notes()
    made.add({1: "one"})
    made.mark(frozenset())
    made.add({1: "one", 2: "marked"})
    assert (dict(made), made.marks) == ({1: "one"}, {2})


def test_what_a_person_wrote_is_unsaved_until_a_file_has_it() -> None:
    made = Notes()
    made.add({9: "of the file"})
    made.put(3, "odd")
    made.put(4, "even")
    made.put(5, "")
    assert made.unsaved == 2
    made.saved(np.array([3, 8]))
    assert made.unsaved == 1
    made.saved(None)
    assert made.unsaved == 0
