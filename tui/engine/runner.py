"""What an alert sets off: the caller's own command, and a webhook; in a helper outside the sandbox."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Sequence
from urllib.parse import urlsplit

from tui.engine.helpers import Helper
from tui.engine.privileges import become, caller
from tui.errors import UsageError

COMMAND_S = 30.0
"""A command that takes longer is ended: the next alert is waiting."""
WEBHOOK_S = 10.0


class Runner:
    """Both are fixed at the start: whoever takes over the monitor can have nothing else run."""

    def __init__(self, command: Sequence[str] = (), webhook: str = "") -> None:
        """`command` is never given to a shell. UsageError for an address that is not http or https."""
        if webhook and urlsplit(webhook).scheme not in {"http", "https"}:
            raise UsageError(f"not a webhook address: {webhook}", "it begins with https:// or http://")
        self._command = tuple(command)
        self._webhook = webhook
        self.undone = 0
        """Alerts for which nothing was run, as too many were waiting."""
        self._helper = Helper(self._serve, lambda: become(caller()))

    def alert(self, event: dict[str, object]) -> None:
        """Run the command with the event as JSON on its standard input, and post it. Does not wait."""
        if not self._helper.tell(json.dumps(event).encode()):
            self.undone += 1

    def close(self) -> None:
        self._helper.close()

    def _serve(self, message: bytes) -> bytes:
        """In the helper. Failures are not for the screen: the command has its own ways to tell."""
        if self._command:
            _run(self._command, message)
        if self._webhook:
            _post(self._webhook, message)
        return b""


def _run(command: Sequence[str], message: bytes) -> None:
    try:
        subprocess.run(command, input=message, timeout=COMMAND_S, check=False, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return


def _post(address: str, message: bytes) -> None:
    request = urllib.request.Request(address, message, {"Content-Type": "application/json"})  # noqa: S310  checked above
    try:
        with urllib.request.urlopen(request, timeout=WEBHOOK_S) as answer:  # noqa: S310
            answer.read(1 << 16)
    except (OSError, ValueError):
        return
