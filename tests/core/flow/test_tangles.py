"""Streams of connections that begin anew from both sides: the same however the packets come in batches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.tcpflows import Segment, columns
from tui.core.flow import tangles
from tui.core.flow.table import FlowTable


def streams(segments: list[Segment], batch: int) -> list[int]:
    """The stream of each packet, of which so many come at once."""
    table, seen = FlowTable(), columns(segments)
    found: list[int] = []
    for start in range(0, len(segments), batch):
        some = seen.select(slice(start, start + batch))
        table.update(some)
        found += some.stream.tolist()
    return found


@pytest.mark.parametrize("batch", [1, 2, 9])
def test_a_side_may_begin_with_its_old_number_once_the_other_has_begun_anew(batch: int) -> None:
    """As in the first guess, where each side is looked at by itself, it was one that is sent again."""
    ours, theirs = Segment(False, "S", 1), Segment(True, "S", 5)
    again, answer = Segment(False, "S", 9), Segment(False, ".", 10, 77)
    assert streams([ours, theirs, again, answer, theirs], batch) == [0, 0, 1, 1, 2]
    assert streams([ours, theirs, ours, answer, theirs], batch) == [0] * 5


SEGMENTS = st.lists(
    st.builds(
        Segment,
        st.booleans(),
        st.sampled_from(["S", "S.", ".", "P", "F.", "R"]),
        st.sampled_from([1, 5, 9, 0xFFFFFFFF]),
        st.sampled_from([0, 1, 2, 6, 10]),
        host=st.integers(1, 3),
    ),
    min_size=1,
    max_size=60,
)


@given(SEGMENTS, st.integers(2, 60))
def test_streams_do_not_go_by_batches(segments: list[Segment], batch: int) -> None:
    assert streams(segments, batch) == streams(segments, 1)


@given(SEGMENTS)
def test_side_by_side_or_one_by_one_is_the_same(segments: list[Segment]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tangles, "ABREAST", 1)
        abreast = streams(segments, 60)
        patch.setattr(tangles, "ABREAST", 1_000)
        assert streams(segments, 60) == abreast


@given(SEGMENTS, st.integers(1, 20))
def test_without_time_a_stream_for_each_packet_is_found_all_the_same(segments: list[Segment], walked: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tangles, "WALKED", walked)
        found = streams(segments, 60)
    assert sorted(set(found)) == list(range(max(found) + 1))
