"""One connection to a watch, from the looker's side: a question, and the answer to it."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from tui import __version__
from tui.engine.attach.values import WireError, digest
from tui.engine.attach.wire import ANSWER, Incoming, Message, pack
from tui.errors import CaptureError

PATIENCE_S = 10.0
"""How long a busy watch may take for an answer."""
MOST_UNANSWERED = 3
"""Questions that a watch may owe us before no further one is put."""
PIECE = 1 << 20
NAME_ONE = "name the socket of a running nettui watch"


class Gone(Exception):
    """The watch has ended, or says what no watch says."""


class Line:
    """Any thread may ask; they take turns. An answer that came too late for who asked is thrown away."""

    def __init__(self, connected: socket.socket) -> None:
        """Waits for the greeting. Raises CaptureError where it is none, or one of another version."""
        self._socket = connected
        self._incoming = Incoming(ANSWER)
        self._numbers = itertools.count(1)
        self._owed = 0
        self._lock = threading.Lock()
        self._gone = False
        self.hello = self._greeting()

    def ask(
        self, what: dict[str, Any], arrays: Sequence[NDArray[Any]] = (), patience_s: float = PATIENCE_S
    ) -> Message | None:
        """The answer; None when none came in time. Raises Gone."""
        deadline = time.monotonic() + patience_s
        if not self._lock.acquire(timeout=patience_s):
            return None
        try:
            number = next(self._numbers)
            if self._owed < MOST_UNANSWERED:
                self._say(pack({**what, "number": number}, arrays))
                self._owed += 1
            while (message := self._hear(deadline)) is not None:
                self._owed -= 1
                if message.head.get("number") == number:
                    return message
            return None
        except (OSError, WireError) as error:
            self.close()
            raise Gone(str(error)) from None
        finally:
            self._lock.release()

    def close(self) -> None:
        self._gone = True
        self._socket.close()

    def _greeting(self) -> dict[str, Any]:
        try:
            hello = self._hear(time.monotonic() + PATIENCE_S)
        except (OSError, WireError, Gone) as error:
            self.close()
            raise CaptureError(
                f"no watch answers there: {error}", "name the socket of a running nettui watch"
            ) from None
        theirs = str(hello.head.get("nettui", ""))[:32] if hello else ""
        if not hello or not theirs:
            self.close()
            raise CaptureError("what listens there is no watch", NAME_ONE)
        if hello.head.get("format") != digest():
            self.close()
            raise CaptureError(
                f"the watch is nettui {theirs}, which speaks otherwise than this one, {__version__}",
                "use the nettui that the watch was started with, or start the watch again",
            )
        return hello.head

    def _say(self, pieces: Sequence[memoryview]) -> None:
        """Questions are small: the kernel takes them at once, or the watch has not read for long."""
        if self._gone:
            raise Gone("the watch has ended")
        self._socket.settimeout(PATIENCE_S)
        self._socket.sendall(b"".join(pieces))

    def _hear(self, deadline: float) -> Message | None:
        """The next message; None at the deadline."""
        while (message := self._incoming.take()) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            if self._gone:
                raise Gone("the watch has ended")
            self._socket.settimeout(left)
            try:
                data = self._socket.recv(min(max(self._incoming.missing, 4096), PIECE))
            except TimeoutError:
                return None
            if not data:
                raise Gone("the watch has ended")
            self._incoming.feed(data)
        return message
