"""The log: one JSON object on each line of --log-file; never a byte to the terminal."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

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
    """Log into `path` (0600), or nowhere. Libraries' own words go the same way, warnings too.

    Raises SaveError when the file cannot be written.
    """
    handler: logging.Handler = logging.NullHandler()
    if path is not None:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
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
