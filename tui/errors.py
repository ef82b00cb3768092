"""Every error that a user can cause, each with the one command or edit that mends it.

NettuiError
├── UsageError            2  wrong option or value
│   └── FilterError       2  a filter that does not parse; knows the position
├── PermissionNeeded      3  no right to open a capture socket
├── NotFound              4  no such interface or file
│   ├── NoSuchInterface
│   └── NoSuchFile
├── FormatError           4  what is no capture at all, or is empty
├── CaptureError          1  the capture could not start or go on
├── SaveError             1  packets could not be written
├── MissingLibrary        1  a library or an extra is not installed
└── DamagedFile           5  read as far as it goes
"""

from __future__ import annotations

from typing import Any, Self


class NettuiError(Exception):
    """What went wrong, a hint what to do about it, and the exit code of CLI.md."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        """As pickle needs it: errors come back from other processes whole, whatever their constructors take."""
        return Exception.__new__, (type(self), *self.args), self.__dict__

    def about(self, path: str) -> Self:
        """The same of one file among several; where its name is told already, nothing is added."""
        if path not in self.message:
            self.message = f"{path}: {self.message}"
            self.args = (self.message,)
        return self


class UsageError(NettuiError):
    exit_code = 2


class FilterError(UsageError):
    """A filter that cannot be understood; `position` counts characters of `text` from 0."""

    def __init__(self, message: str, position: int = 0, hint: str = "", text: str = "") -> None:
        super().__init__(message, hint)
        self.position = position
        self.text = text


class PermissionNeeded(NettuiError):
    exit_code = 3


class NotFound(NettuiError):
    exit_code = 4


class NoSuchInterface(NotFound):
    pass


class NoSuchFile(NotFound):
    pass


class FormatError(NettuiError):
    exit_code = 4


class CaptureError(NettuiError):
    pass


class SaveError(NettuiError):
    pass


class MissingLibrary(NettuiError):
    pass


class DamagedFile(NettuiError):
    """A file was read up to `offset`, where it is damaged."""

    exit_code = 5

    def __init__(self, message: str, offset: int, hint: str = "") -> None:
        super().__init__(message, hint)
        self.offset = offset
