"""Messages arrive in whatever pieces; what is no message is told as such, and never more than the bound is taken."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.engine.attach.values import WireError
from tui.engine.attach.wire import ANSWER, LENGTHS, REQUEST, Incoming, Message, pack


def fed(data: bytes, step: int, incoming: Incoming | None = None) -> list[Message]:
    taking = incoming or Incoming(ANSWER)
    found = []
    for at in range(0, len(data), step):
        taking.feed(data[at : at + step])
        while (message := taking.take()) is not None:
            found.append(message)
    return found


@given(
    texts=st.lists(st.text(max_size=20), max_size=3),
    sizes=st.lists(st.integers(0, 40), max_size=4),
    step=st.integers(1, 100),
)
def test_messages_arrive_as_they_were(texts: list[str], sizes: list[int], step: int) -> None:
    arrays = [
        np.arange(size, dtype=dtype) for size, dtype in zip(sizes, (np.uint8, np.int64, np.uint16, "f4"), strict=False)
    ]
    sent = b"".join(b"".join(pack({"text": text}, arrays)) for text in texts)
    got = fed(sent, step)
    assert [message.head["text"] for message in got] == texts
    for message in got:
        assert all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(message.arrays, arrays, strict=True))


@given(data=st.binary(max_size=400), step=st.integers(1, 50))
def test_any_bytes_are_messages_or_told(data: bytes, step: int) -> None:
    try:
        fed(data, step, Incoming(REQUEST))
    except WireError:
        return


@given(text=st.binary(max_size=60), body=st.binary(max_size=60))
def test_any_content_of_a_message_is_one_or_told(text: bytes, body: bytes) -> None:
    try:
        fed(LENGTHS.pack(len(text), len(body)) + text + body, 7)
    except WireError:
        return


@pytest.mark.parametrize("lengths", [(REQUEST.head + 1, 0), (0, REQUEST.body + 1), (0xFFFFFFFF, 0xFFFFFFFF)])
def test_a_message_beyond_the_bound_is_refused_before_it_comes(lengths: tuple[int, int]) -> None:
    with pytest.raises(WireError, match="too large"):
        Incoming(REQUEST).feed(LENGTHS.pack(*lengths))


@pytest.mark.parametrize("told", ['[["V1000000", 1]]', '[["<i8", -1]]', '[["<i8", 2]]', "[3]", "7", '[["O", 1]]'])
def test_arrays_that_are_none_are_refused(told: str) -> None:
    text = f'{{"arrays": {told}}}'.encode()
    with pytest.raises(WireError):
        fed(LENGTHS.pack(len(text), 8) + text + bytes(8), 64)
