"""Which process has a socket: asked of a helper that kept the right to look, and can do nothing else.

Standard library only: the helper is forked from the main thread before the rights are dropped. What it reads, and
how, is in `tui.engine.owners.sockettable`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from tui.engine.owners.sockettable import ANSWER, NO_USER, QUESTION, WHERE, WHO, SocketTable
from tui.engine.rights.helpers import Helper
from tui.engine.rights.privileges import keep_only

CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE = 2, 19
"""What reading the descriptors of other users' processes takes."""
KEPT = "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"
MOST_FLOWS = 1_000
"""Flows in one question."""
PATIENCE_S = 10.0
"""How long an answer may take; a machine with hundreds of thousands of sockets needs seconds."""
NICE = 5

Flow = tuple[int, bytes, int, bytes, int]
"""Protocol, and address (16 bytes) and port of both ends, the side that began first."""


@dataclass(frozen=True, slots=True)
class Process:
    """Who has a socket. `pid` 0: the process could not be seen; `how`: core.flow.owners.How."""

    pid: int
    user: int | None
    how: int
    name: str
    container: str


class Processes:
    """The monitor's side. Fork before the rights are dropped; any thread may ask."""

    def __init__(self) -> None:
        self._helper = Helper(SocketTable().serve, _keep_reading)
        self.pid = self._helper.pid

    def addresses(self) -> list[bytes] | None:
        """The addresses of this machine and its containers, 16 bytes each; None when the helper has gone."""
        answer = self._helper.ask(WHERE, PATIENCE_S)
        return None if answer is None else [answer[at : at + 16] for at in range(0, len(answer) - 15, 16)]

    def find(self, flows: Sequence[Flow]) -> list[Process | None] | None:
        """The process of each flow, None where nobody here has it; None for all when the helper has gone."""
        found: list[Process | None] = []
        for start in range(0, len(flows), MOST_FLOWS):
            some = flows[start : start + MOST_FLOWS]
            answer = self._helper.ask(WHO + b"".join(QUESTION.pack(*flow) for flow in some), PATIENCE_S)
            if answer is None or len(answer) != ANSWER.size * len(some):
                return None
            found += [process(*parts) for parts in ANSWER.iter_unpack(answer)]
        return found

    def close(self) -> None:
        self._helper.close()


def process(pid: int, user: int, how: int, name: bytes, container: bytes) -> Process | None:
    """One answer; None where there was none."""
    if not how:
        return None
    texts = [part.rstrip(b"\0").decode("utf-8", "replace") for part in (name, container)]
    return Process(pid, None if user == NO_USER else user, how, *texts)


def _keep_reading() -> None:
    """Nothing but reading other processes' descriptors; no Landlock, which would forbid just that."""
    keep_only((CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE))
    os.nice(NICE)
