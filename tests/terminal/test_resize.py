"""The screen follows its terminal, from a single cell on, whatever size the environment remembers."""

from __future__ import annotations

import sys

import pytest

from tests.terminal.pseudo import PseudoTerminal
from tests.waiting import until

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")]


@pytest.mark.parametrize("exported", [True, False])
def test_a_terminal_of_one_cell_is_drawn_whole_when_it_grows(exported: bool) -> None:
    """COLUMNS and LINES of a size long gone were believed, and every change of size was in vain."""
    environment = {} if exported else {"COLUMNS": "", "LINES": ""}
    with PseudoTerminal([sys.executable, "-m", "tui", "--demo"], 1, 1, **environment) as terminal:
        until(lambda: terminal.read() and terminal.raw)
        terminal.resize(100, 30)
        terminal.wait_for("nettui", "packets", "following", "quit")
        terminal.resize(1, 1)
        terminal.resize(80, 24)
        terminal.wait_for("nettui", "following", "quit")
        terminal.type("q")
        assert terminal.wait_for_end() == 0
