"""Memory that is free goes back to the kernel now and then."""

from __future__ import annotations

import time

import pytest

from tui.engine.memory import EVERY_S, Trimmer, keep_freed


def test_it_is_given_back_now_and_then_and_not_more_often() -> None:
    asked = []
    trimmer = Trimmer()
    trimmer._trim = asked.append
    now = time.monotonic()
    given = [trimmer.trim(now + seconds) for seconds in (0.1, EVERY_S, EVERY_S + 0.1, 2 * EVERY_S, 2.5 * EVERY_S)]
    assert given == [False, True, False, True, False]
    assert asked == [0, 0]


def test_where_the_c_library_cannot_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.engine.memory.ctypes.CDLL", lambda name: object())
    assert not Trimmer().trim(time.monotonic() + 2 * EVERY_S)


def test_the_real_one_can_be_called() -> None:
    trimmer = Trimmer()
    assert trimmer.trim(time.monotonic() + EVERY_S + 1) in (True, False)


def test_a_command_asks_the_c_library_to_keep_what_it_frees(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Library:
        def mallopt(self, option: int, value: int) -> None:
            asked.append(option)

    monkeypatch.setattr("tui.engine.memory.ctypes.CDLL", lambda name: Library())
    keep_freed()
    assert asked == [-1, -3]  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
    monkeypatch.setattr("tui.engine.memory.ctypes.CDLL", lambda name: object())
    keep_freed()
    assert asked == [-1, -3]
