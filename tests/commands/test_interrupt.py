"""A Ctrl-C is one, whatever a library that is being loaded makes of it."""

from __future__ import annotations

import signal

import pytest

from tui import cli
from tui.commands.interrupt import interruptible


def test_what_a_library_makes_of_it_is_still_a_ctrl_c() -> None:
    """In the middle of NumPy's import it ended in a traceback: "you should not try to import numpy from ..."."""
    with pytest.raises(KeyboardInterrupt), interruptible():
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ImportError("numpy is installed wrongly") from None
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(ImportError), interruptible():
        raise ImportError("numpy is installed wrongly")


def test_where_it_is_ignored_it_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruptible():
            signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_code_is_that_of_a_program_that_was_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_: str) -> object:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise RuntimeError("calling __set_name__") from None
        return None

    monkeypatch.setattr(cli.table, "load", load)
    assert cli.main(["stats", "x"]) == 130
