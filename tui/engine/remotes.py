"""Keepers of remote captures: children, forked before the rights are dropped, that start ssh as the caller.

The monitor itself may start no program. A keeper runs one ssh after the other, hands the reading end of each one's
output to the monitor, tells what went wrong, and leaves when the monitor has gone. Standard library only.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from tui.capture import farside
from tui.capture.farside import Request, Target
from tui.engine.rights.helpers import isolate
from tui.engine.rights.privileges import become, caller
from tui.errors import MissingLibrary, NettuiError

PIPE = 1 << 20
"""Bytes between ssh and the monitor; what an ordinary user may ask for."""
MESSAGE = 8192
COMPLAINT = 4096
"""What is kept of the last words of ssh."""
BACKOFF_S = (1.0, 30.0)
"""The first wait before ssh is started again, and the longest."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A remote whose first bytes have come: `stream` to read them from, `channel` to hear of its keeper."""

    target: Target
    channel: socket.socket
    stream: int


def connect(targets: Sequence[str], request: Request) -> tuple[Remote, ...]:
    """Start a keeper for each and wait until its packets begin, or raise what went wrong.

    Only now may ssh ask for a password: later there is a screen, or nobody.
    """
    remotes: list[Remote] = []
    wanted = [farside.parse(text) for text in dict.fromkeys(targets)]
    hosts = Counter(target.host for target in wanted)
    try:
        for target in wanted:
            several = hosts[target.host] > 1 and request.leave_out == "one"
            remotes.append(_begin(target, replace(request, leave_out="all") if several else request))
    except BaseException:
        for remote in remotes:
            remote.channel.close()
        raise
    return tuple(remotes)


def _begin(target: Target, request: Request) -> Remote:
    mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if not os.fork():
        _live(its, target, request, ask=sys.stdin is not None and sys.stdin.isatty())
    its.close()
    try:
        while True:
            message, descriptors, _, _ = socket.recv_fds(mine, MESSAGE, 1)
            if descriptors:
                return Remote(target, mine, descriptors[0])
            told = json.loads(message or b"{}")
            if not message or "down" in told:
                raise _error(target, told)
    except BaseException:
        mine.close()
        raise


def _error(target: Target, told: dict[str, str]) -> NettuiError:
    if "missing" in told:
        return MissingLibrary(f"{told['missing']} cannot be started here", "apt-get install openssh-client")
    return farside.explain(target, told.get("down", ""))


def _live(channel: socket.socket, target: Target, request: Request, ask: bool) -> NoReturn:
    """The child."""
    try:
        isolate(channel.fileno())
        become(caller())
        _keep(channel, target, request, ask)
    finally:  # whatever it was: the monitor sees the closed channel
        os._exit(0)


def _keep(channel: socket.socket, target: Target, request: Request, ask: bool) -> None:
    """One ssh after the other, with longer and longer waits while none gets through."""
    wait_s, longest_s = BACKOFF_S
    while True:
        attempt = _Attempt(channel, farside.arguments(target, request, batch=not ask))
        told = attempt.run()
        if told is None:
            return
        channel.send(json.dumps(told).encode())
        if attempt.up:
            wait_s = BACKOFF_S[0]
        if select.select([channel], [], [], wait_s)[0]:
            return
        ask, wait_s = False, min(wait_s * 2, longest_s)


class _Attempt:
    """One run of ssh."""

    def __init__(self, channel: socket.socket, command: list[str]) -> None:
        self._channel = channel
        self._command = command
        self._said = b""
        self._line = b""
        self.up = False
        """Whether packets began to come."""

    def run(self) -> dict[str, str] | None:
        """Until it ends: its last words. None when the monitor has gone."""
        reading, writing = os.pipe()
        with contextlib.suppress(OSError):  # the user's pipes may have used up what is allowed: then a small one
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, PIPE)
        try:
            process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=writing, stderr=subprocess.PIPE, bufsize=0
            )
        except OSError:
            os.close(reading)
            return {"down": "", "missing": self._command[0]}
        finally:
            os.close(writing)
        try:
            with process:
                return self._follow(process, reading)
        finally:
            if not self.up:
                os.close(reading)

    def _follow(self, process: subprocess.Popen[bytes], reading: int) -> dict[str, str] | None:
        assert process.stderr is not None
        words = process.stderr.fileno()
        poll = select.poll()
        for descriptor in (self._channel.fileno(), words, reading):
            poll.register(descriptor, select.POLLIN)
        while True:
            ready = dict(poll.poll())
            if self._channel.fileno() in ready:
                process.terminate()
                return None
            if ready.get(reading, 0):
                poll.unregister(reading)
                if ready[reading] & select.POLLIN:
                    socket.send_fds(self._channel, [b'{"up": ""}'], [reading])
                    os.close(reading)
                    self.up = True
            if words in ready and not self._hear(os.read(words, COMPLAINT)):
                return {"down": self._said.decode("utf-8", "replace")}

    def _hear(self, said: bytes) -> bool:
        """What ssh says; tcpdump's counters are passed on at once. False when it has ended."""
        self._said = (self._said + said)[-COMPLAINT:]
        *lines, self._line = (self._line + said)[-COMPLAINT:].split(b"\n")
        for line in lines:
            lost = farside.dropped(line.decode("ascii", "replace"))
            if lost is not None:
                self._channel.send(json.dumps({"dropped": lost}).encode())
        return bool(said)
