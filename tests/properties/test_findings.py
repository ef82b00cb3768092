"""What the coverage-guided fuzzer found (`tests/fuzzing/run.py`), each made as small as it goes."""

from __future__ import annotations

import pytest

from tests.captures import section
from tests.fuzzing import targets
from tui import filters
from tui.errors import FilterError


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_block_of_no_length_stops_the_reader_and_not_the_program(order: str) -> None:
    # the chain of lengths stood still, and its mean step was divided by
    targets.read_file(section(order) + bytes(4096))


def test_the_place_of_a_wrong_regular_expression_is_counted_in_characters() -> None:
    # it was counted in bytes, and pointed behind the end
    text = 'ip.host matches "' + "\ufffd" * 40 + '[>3"'
    with pytest.raises(FilterError) as caught:
        filters.compile(text)
    assert text[caught.value.position] == "["
