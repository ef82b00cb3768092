"""Array operations without branches."""

from __future__ import annotations

import numpy as np
import pytest

from tui.core.arrays import choose, stable_order


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.uint32, np.uint16])
def test_choose_is_where_also_when_differences_wrap(dtype: type[np.integer]) -> None:
    random = np.random.default_rng(1)
    bounds = np.iinfo(dtype)
    yes = random.integers(bounds.min, bounds.max, 1000, dtype, endpoint=True)
    no = random.integers(bounds.min, bounds.max, 1000, dtype, endpoint=True)
    mask = random.random(1000) < 0.5
    chosen = choose(mask, yes, no)
    assert chosen.dtype == dtype
    assert (chosen == np.where(mask, yes, no)).all()


@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_stable_order_keeps_equal_keys_in_place(count: int) -> None:
    keys = np.random.default_rng(2).integers(0, 1 << 40, count) % 7 * (1 << 33)
    assert (stable_order(keys) == np.argsort(keys, kind="stable")).all()
