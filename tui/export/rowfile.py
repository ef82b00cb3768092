"""RowFile: lines of text that stand under their name only when all of them are written."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from tui.errors import SaveError
from tui.store.places import is_folder

_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)
_SANDBOX = "the sandbox allows the working folder, your home and --save-dir"


def write_rows(path: Path, parts: Iterable[str]) -> int:
    """Write a text file (mode 0600) that is whole, or not there; how many lines. Raises SaveError."""
    path = path.absolute()
    if is_folder(path):
        raise SaveError(f"this is a folder: {path}", f"name a file in it: {path / 'packets.csv'}")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    lines = 0
    try:
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="") as file:
            for part in parts:
                file.write(part)
                lines += part.count("\n")
        temporary.replace(path)
    except OSError as error:
        hint = _SANDBOX if error.errno in _REFUSED else "make room, or choose another place"
        raise SaveError(f"{error.strerror}: {path} cannot be written", hint) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
    return lines
