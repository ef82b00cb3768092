"""What an alert sets off: the caller's own command, or a webhook; each in a helper of its own, outside the sandbox."""

from __future__ import annotations

import json
import subprocess
import time
from collections import deque
from collections.abc import Callable, Sequence

from tui.engine.rights.helpers import Helper
from tui.engine.rights.privileges import become, caller

PER_MINUTE = 60
"""Alerts passed on in a minute: an attacker who makes alerts must not make work without end for others."""
COMMAND_S = 30.0
"""A command that takes longer is ended: the next alert is waiting."""
WEBHOOK_S = 10.0
ANSWER_BYTES = 1 << 16
"""Of what a webhook answers, no more is read."""

Act = Callable[[bytes], str]
"""Done in the helper with one event as JSON; gives what went wrong, or nothing."""


class Runner:
    """What is done is fixed at the start: whoever takes over the monitor can have nothing else run."""

    def __init__(self, name: str, act: Act, clock: Callable[[], float] = time.monotonic) -> None:
        """`name`: the option that asked for it. Forks; call it before NumPy is imported and rights are dropped."""
        self.name = name
        self.undone = 0
        """Alerts that were not passed on: too many in a minute, or too many were waiting."""
        self._clock = clock
        self._recent: deque[float] = deque(maxlen=PER_MINUTE)
        self._helper = Helper(lambda message: act(message).encode(), lambda: become(caller()))

    def alert(self, event: dict[str, object]) -> str:
        """Pass the event on. Does not wait; gives what there is to tell of this one or of earlier ones."""
        now = self._clock()
        full = len(self._recent) == PER_MINUTE and now - self._recent[0] < 60
        if full or not self._helper.tell(json.dumps(event).encode()):
            self.undone += 1
        else:
            self._recent.append(now)
        return self._problem()

    def close(self, timeout_s: float = 0.0) -> str:
        """Wait a little for what is still to be done, then let the helper go: it ends by itself when all is done."""
        self._helper.drain(timeout_s)
        self._helper.close()
        return self._problem()

    @property
    def withheld(self) -> str:
        """What `undone` counts, in words."""
        return f"alerts not given to {self.name} (more than {PER_MINUTE} a minute, or it takes too long)"

    def _problem(self) -> str:
        return f"{self.name}: {self._helper.said.decode(errors='replace')}" if self._helper.said else ""


def command(words: Sequence[str]) -> Act:
    """Run the words, never through a shell, with the event as one line on standard input."""

    def act(message: bytes) -> str:
        try:
            done = subprocess.run(
                words, input=message + b"\n", timeout=COMMAND_S, check=False, stdout=subprocess.DEVNULL
            )
        except OSError as error:
            return f"{words[0]}: {error.strerror}"
        except subprocess.SubprocessError:
            return f"{words[0]} took longer than {COMMAND_S:.0f} s and was ended"
        return f"{words[0]} ended with code {done.returncode}" if done.returncode else ""

    return act


def webhook(address: str) -> Act:
    """Post the event to an http or https address. Redirects are not followed: the event goes where it was sent."""

    def act(message: bytes) -> str:
        # in the helper alone: the monitor starts faster without it
        from urllib import request
        from urllib.error import HTTPError, URLError

        opener = request.OpenerDirector()
        for handler in (
            request.ProxyHandler(),
            request.HTTPHandler(),
            request.HTTPSHandler(),
            request.UnknownHandler(),
            request.HTTPDefaultErrorHandler(),
            request.HTTPErrorProcessor(),
        ):
            opener.add_handler(handler)
        headers = {"Content-Type": "application/json", "User-Agent": "nettui"}
        try:
            post = request.Request(address, message, headers)  # noqa: S310  the opener has the web's handlers only
            with opener.open(post, timeout=WEBHOOK_S) as answer:
                answer.read(ANSWER_BYTES)
        except HTTPError as error:
            error.close()
            return f"the answer was {error.code} {error.reason}"
        except URLError as error:
            return str(error.reason)
        except (OSError, ValueError) as error:
            return str(error) or type(error).__name__
        return ""

    return act
