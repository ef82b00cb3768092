"""What a signal asks for is done when nobody is in the middle of writing."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest
from textual.app import App

from tui.widgets.driver import SteadyDriver

SIGNALS = (signal.SIGTSTP, signal.SIGCONT)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_signals_in_the_middle_of_writing_wait_for_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A SIGCONT that came while the queue of the writing thread was locked waited for that lock, for ever."""
    done: list[str] = []
    monkeypatch.setattr(SteadyDriver, "_continued", lambda self: done.append("drawn anew"))

    async def act() -> None:
        SteadyDriver(App())
        signal.raise_signal(signal.SIGCONT)
        signal.raise_signal(signal.SIGCONT)
        done.append("written")
        await asyncio.sleep(0)

    asyncio.run(act())
    assert done == ["written", "drawn anew"]


def test_a_signal_after_the_end_asks_for_nothing() -> None:
    async def made() -> SteadyDriver:
        return SteadyDriver(App())

    driver = asyncio.run(made())
    driver._sigcont_application()
    assert driver._loop.is_closed()
