"""A screen that is stopped and continued from elsewhere: it is drawn anew, and leaves as it should."""

from __future__ import annotations

import os
import signal
import sys
import termios

import pytest

from tests.terminal.pseudo import PseudoTerminal
from tests.waiting import until

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")]


@pytest.mark.parametrize("stopped", [True, False])
def test_a_screen_that_is_continued_is_drawn_anew_and_gives_the_terminal_back(stopped: bool) -> None:
    """Each SIGCONT that came without a Ctrl-Z left a thread behind that was waited for at the end, for ever."""
    with PseudoTerminal([sys.executable, "-m", "tui", "--demo"], 100, 30) as terminal:
        before = termios.tcgetattr(terminal.descriptor)
        terminal.wait_for("nettui", "packets", "following", "quit")
        for _ in range(2):
            if stopped:
                os.kill(terminal.pid, signal.SIGSTOP)
                until(lambda: _state(terminal.pid) == "T")
            terminal.screen.reset()
            terminal.raw.clear()
            os.kill(terminal.pid, signal.SIGCONT)
            until(lambda: terminal.read() and b"\x1b[?1049h" in terminal.raw)
            terminal.wait_for("nettui", "packets", "quit")
        terminal.type("q")
        until(lambda: terminal.read() and b"packets read" in terminal.raw)
        assert termios.tcgetattr(terminal.descriptor)[:4] == before[:4]
        assert terminal.wait_for_end() == 0


def _state(pid: int) -> str:
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]
