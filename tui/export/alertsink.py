"""Where alerts go while they happen: EVE lines to a file or standard output."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TextIO

from tui.core.alerts import Alert
from tui.errors import SaveError
from tui.export.eve import eve_line


class EveFile:
    """Appends a line for each event, at once: whatever follows the file sees it."""

    def __init__(self, target: str, interface: str) -> None:
        """`-` is standard output. Raises SaveError."""
        self._interface = interface
        self._stdout = target == "-"
        try:
            self._out: TextIO = sys.stdout if self._stdout else _append(Path(target))
        except OSError as error:
            raise SaveError(f"cannot write {target}: {error.strerror}", "choose another path for --eve") from None

    def write(self, alert: Alert) -> None:
        """One event."""
        self._out.write(eve_line(alert, self._interface) + "\n")
        self._out.flush()

    def close(self) -> None:
        if not self._stdout:
            self._out.close()


def _append(path: Path) -> TextIO:
    """Alerts name people's addresses: a new file is the caller's alone."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "a", encoding="utf-8")
