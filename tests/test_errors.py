from __future__ import annotations

import pickle

import pytest

from tui.errors import DamagedFile, FilterError, NettuiError, SaveError


@pytest.mark.parametrize("error", [SaveError("m", "h"), DamagedFile("m", 3, "h"), FilterError("m", 2, "h", "text")])
def test_errors_come_back_whole_from_other_processes(error: NettuiError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert vars(again) == vars(error)
    assert str(again) == "m"
