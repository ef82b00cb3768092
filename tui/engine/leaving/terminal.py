"""Terminal: what it was before the screen, and how it becomes that again when the screen cannot do it itself."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios
from typing import Any

RESTORE = (
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[?7h\x1b[?25h\x1b[?1049l\x1b[0m\r\n"
)
"""What undoes a full screen: mouse, focus and paste reports, keyboard protocol, wrapping, cursor, screen, colours."""
PATIENCE_S = 1.0
"""How long a terminal that does not read is waited for."""


class Terminal:
    """Made before the screen is."""

    def __init__(self) -> None:
        self._before = _state()

    def restore(self, line: str) -> None:
        """Undo the screen and write a line, without ever waiting for long: a dead link reads nothing."""
        with contextlib.suppress(OSError, ValueError):
            descriptor = sys.__stdout__.fileno() if sys.__stdout__ else 1
            os.set_blocking(descriptor, False)
            if select.select([], [descriptor], [], PATIENCE_S)[1]:
                os.write(descriptor, RESTORE + line.encode() + b"\n")
        if self._before is not None:
            with contextlib.suppress(OSError, termios.error):
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self._before)


def _state() -> list[Any] | None:
    try:
        return termios.tcgetattr(sys.stdin.fileno())
    except (OSError, ValueError, termios.error):
        return None
