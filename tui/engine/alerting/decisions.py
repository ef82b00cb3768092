"""Where decisions about alerts, and what was learned, are kept: files of each interface in the state folder."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from tui.core.alert.decisions import Decisions
from tui.core.alert.log import AlertLog
from tui.engine.begin import Begun
from tui.errors import FormatError

LONGEST = 8 << 20
"""Bytes of such a file; a longer one is none of ours."""


def place(begun: Begun, interface: str = "", kind: str = "decisions") -> Path | None:
    """The file of this run, or of another interface in it; None for a replay, whose alerts are another time's."""
    if begun.settings.read is not None or begun.settings.demo:
        return None
    home = begun.sandbox.caller.home
    folder = os.environ.get("XDG_STATE_HOME")
    inside = Path(folder) if folder and Path(folder).is_relative_to(home) else home / ".local/state"
    return inside / "nettui" / f"{kind}-{(interface or begun.name).replace('/', '_')}.json"


def recall(path: Path, log: AlertLog) -> str:
    """Put what is kept into a new log; a warning where it cannot be read, and then the file is set aside."""
    try:
        with path.open("rb") as file:
            log.restore(Decisions.loads(file.read(LONGEST)))
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"decisions about alerts cannot be read: {error.strerror}"
    except FormatError as error:
        with contextlib.suppress(OSError):
            path.replace(path.with_suffix(".damaged"))
        return f"decisions about alerts were not restored: {error.message}"
    return ""


def keep(path: Path, text: str) -> None:
    """Write the file, whole or not at all, for the caller's eyes only. OSError where that cannot be."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
