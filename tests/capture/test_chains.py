"""Chains are the same whether they are followed one by one or side by side, whatever the bytes between look like."""

import re
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tui.capture import chains
from tui.capture.chains import Look, walk

LOOKS = {order: Look(re.compile(rb"HEAD..\0\0" if order == "<" else rb"HEAD\0\0..", re.DOTALL), 4) for order in "<>"}


def chain(sizes: list[int], order: str = "<", filling: bytes = b"x") -> NDArray[np.uint8]:
    """Records of a word, their length and so many bytes."""
    parts = [b"HEAD" + struct.pack(order + "I", size) + (filling * size)[:size] for size in sizes]
    return np.frombuffer(b"".join(parts), np.uint8)


def both(piece: NDArray[np.uint8], limit: int, order: str = "<") -> tuple[list[int], list[int]]:
    plain = walk(piece, 4, 8, order, limit)
    return walk(piece, 4, 8, order, limit, LOOKS[order]).tolist(), plain.tolist()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("limit", [1, 64, 65, 500, 4999, 5000, 5001, 9999])
def test_side_by_side_finds_what_one_by_one_does(order: str, limit: int) -> None:
    sizes = np.random.default_rng(5).integers(0, 900, 5000).tolist()
    found, plain = both(chain(sizes, order), limit, order)
    assert found == plain
    assert len(plain) == min(limit, 5001)


def test_most_records_cost_no_step(monkeypatch: pytest.MonkeyPatch) -> None:
    stepped = []
    one_by_one = chains._one_by_one

    def count(piece: NDArray[np.uint8], first: int, add: int, order: str, limit: int) -> NDArray[np.int64]:
        found = one_by_one(piece, first, add, order, limit)
        stepped.append(len(found))
        return found

    monkeypatch.setattr(chains, "_one_by_one", count)
    walk(chain([100, 60, 1500, 40] * 2500), 4, 8, "<", 10_000, LOOKS["<"])
    assert sum(stepped) < 1000


def test_a_payload_that_looks_like_records_misleads_nobody() -> None:
    found, plain = both(chain([333] * 4000, filling=b"HEAD\x05\0\0\0"), 4000)
    assert found == plain


def test_a_damaged_length_in_the_middle() -> None:
    piece = chain([300] * 4000).copy()
    piece[2000 * 308 + 4 : 2000 * 308 + 8] = (255, 255, 0, 0)
    found, plain = both(piece, 4000)
    assert found == plain


def test_sizes_that_change_on_the_way() -> None:
    found, plain = both(chain([1400] * 1000 + [20] * 20_000), 16_384)
    assert found == plain


@given(
    st.lists(st.one_of(st.integers(0, 60), st.integers(0, 2000)), min_size=1, max_size=60),
    st.binary(min_size=1, max_size=40).map(lambda b: b + b"HEAD\x07\0\0\0"),
    st.integers(1, 4000),
    st.integers(0, 40_000),
)
def test_any_chain(sizes: list[int], filling: bytes, limit: int, cut: int) -> None:
    piece = chain(sizes * 60, filling=filling)
    found, plain = both(piece[: max(len(piece) - cut, 4)], limit)
    assert found == plain
