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
├── ScreenFailed          1  a fault of ours, behind the screen
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
    """Something was asked for that cannot be: an option, an expression, a name of a rule."""

    exit_code = 2


class FilterError(UsageError):
    """A filter that cannot be understood; `position` counts characters of `text` from 0."""

    def __init__(self, message: str, position: int = 0, hint: str = "", text: str = "") -> None:
        super().__init__(message, hint)
        self.position = position
        self.text = text


class PermissionNeeded(NettuiError):
    """The caller lacks a right; the hint says how to get it."""

    exit_code = 3


class NotFound(NettuiError):
    """What was named is not there, or holds no packets."""

    exit_code = 4


class NoSuchInterface(NotFound):
    """No interface has that name; the hint names those that there are."""


class NoSuchFile(NotFound):
    """There is no such file, or it cannot be opened."""


class FormatError(NettuiError):
    """A file is not of the kind that was asked for; DamagedFile is for one that breaks off later."""

    exit_code = 4


class CaptureError(NettuiError):
    """The kernel, ssh or libpcap refuse to capture."""


class SaveError(NettuiError):
    """Something could not be written."""


class ScreenFailed(NettuiError):
    pass


class MissingLibrary(NettuiError):
    """An optional library is not installed; the hint is the command that installs it."""


class DamagedFile(NettuiError):
    """A file was read up to `offset`, where it is damaged."""

    exit_code = 5

    def __init__(self, message: str, offset: int, hint: str = "") -> None:
        super().__init__(message, hint)
        self.offset = offset
