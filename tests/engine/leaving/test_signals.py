"""Signals that come before there is anything to save are remembered, and end nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tui.engine.leaving.signals import HeldSignals

MINE = (signal.SIGUSR1, signal.SIGUSR2)


@pytest.fixture(autouse=True)
def handlers_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in MINE}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_first_signal_is_remembered() -> None:
    held = HeldSignals(MINE)
    assert held.came is None
    os.kill(os.getpid(), signal.SIGUSR2)
    os.kill(os.getpid(), signal.SIGUSR1)
    assert held.came is signal.SIGUSR2


def test_a_child_does_not_inherit_them() -> None:
    """A mask would be: a helper that was started meanwhile could not be ended any more."""
    HeldSignals(MINE)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
    child.send_signal(signal.SIGUSR1)
    assert child.wait(20) == -signal.SIGUSR1
