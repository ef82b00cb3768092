"""What commands write: standard output that may be closed or full, and files that are whole or not there."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path

from tui.errors import SaveError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})
"""What a disk says that takes no more."""


def open_closed() -> None:
    """Give standard input, output and error a place where one is closed, as programs that start us may leave them.

    Else the next file that is opened would take its number, and be written to by whoever complains.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


def forsake() -> None:
    """What is still to be written to standard output has nowhere to go."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def not_taken(error: OSError) -> SaveError | None:
    """That standard output took no more; None where the error tells of something else."""
    if error.errno not in FULL or error.filename is not None:
        return None
    return SaveError(f"the output cannot be written: {error.strerror}", "make room where it goes, or send it elsewhere")


def write_whole(path: Path, text: str) -> None:
    """A text file that is whole, or is not there. Raises SaveError."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, "utf-8", errors="replace")
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise SaveError(f"cannot write {path}: {error.strerror}", "choose another place with -o") from None
