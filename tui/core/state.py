"""The states of a session and of what it reads."""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """What the session is doing; one word for the status bar."""

    STARTING = "starting"
    LIVE = "live"
    REPLAY = "replay"
    DOWN = "link down"  # the interface is down; capture goes on by itself when it is back
    GONE = "interface gone"  # removed or renamed; bound again when one of that name is back
    ENDED = "ended"  # the file is read, or a limit was reached
    FAILED = "failed"  # the worker met an error and stopped; the text says which
