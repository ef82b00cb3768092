"""Flows that are over and wait to be taken."""

from __future__ import annotations

import numpy as np
import pytest

from tui.core.flow import ended as endedflows
from tui.core.flow.ended import EndedFlows
from tui.core.flow.records import FlowRecords


@pytest.fixture
def records() -> FlowRecords:
    made = FlowRecords.empty(100)
    made.flow[:] = np.arange(100)
    return made


def test_they_come_as_copies_in_their_order(records: FlowRecords) -> None:
    ended = EndedFlows()
    ended.add(records, np.array([7, 3]))
    ended.add(records, np.array([50]))
    records.flow[:] = 0
    assert ended.waiting == 3
    assert ended.take().flow.tolist() == [7, 3, 50]
    assert ended.waiting == 0
    assert not len(ended.take())


def test_what_was_taken_is_not_written_over(records: FlowRecords) -> None:
    ended = EndedFlows()
    ended.add(records, np.array([1, 2]))
    first = ended.take()
    ended.add(records, np.array([3, 4]))
    assert first.flow.tolist() == [1, 2]


def test_more_than_a_shelf_holds_come_in_one_piece(records: FlowRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endedflows, "SHELF", 8)
    ended = EndedFlows()
    for start in range(0, 99, 11):
        ended.add(records, np.arange(start, start + 11))
    assert ended.take().flow.tolist() == list(range(99))


def test_the_oldest_are_dropped(records: FlowRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endedflows, "SHELF", 10)
    monkeypatch.setattr(endedflows, "MAX_UNTAKEN", 30)
    ended = EndedFlows()
    ended.add(records, np.arange(45))
    assert ended.waiting == 25
    assert ended.take().flow.tolist() == list(range(20, 45))
