"""The log: one JSON object on each line of --log-file; never a byte to the terminal."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

from tui.engine.rights.privileges import caller, hand_over
from tui.errors import SaveError


class JsonLines(logging.Formatter):
    """time, level, where, message; error with its traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "where": record.name,
            "thread": record.threadName,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def to_file(path: Path | None, level: str = "info") -> None:
    """Log into `path`, or nowhere; a new file is the caller's (0600). Libraries' words and warnings go there too.

    Raises SaveError when the file cannot be written.
    """
    handler: logging.Handler = logging.NullHandler()
    if path is not None:
        try:
            descriptor = _opened(path)
        except OSError as error:
            raise SaveError(f"cannot write the log {path}: {error.strerror}", "name another --log-file") from None
        handler = logging.StreamHandler(os.fdopen(descriptor, "w", encoding="utf-8"))
        handler.setFormatter(JsonLines())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    logging.captureWarnings(True)


def _opened(path: Path) -> int:
    """One that was there stays whose it is: who may run this through sudo must not be given other files by it."""
    how = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW
    try:
        made = os.open(path, how | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return os.open(path, how)
    hand_over(made, caller())
    return made
