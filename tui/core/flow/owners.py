"""Owners: which process has each flow's socket, as far as somebody looked; kept for flows that have ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_FLOWS = 65_536
"""Flows whose process is remembered (8 bytes each); the oldest flows go first."""
MOST_OWNERS = 4_096
"""Different processes remembered; beyond that, flows of new ones stay unknown."""
UNKNOWN = -1


class How(IntEnum):
    """How sure it is that a flow belongs to a process."""

    NONE = 0
    EXACT = 1  # the socket has both ends of the flow
    PORT = 2  # the socket waits on the flow's local port, for anyone


@dataclass(frozen=True, slots=True)
class Owner:
    """One process, as a person knows it. `pid` 0: the socket is known, its process could not be seen."""

    pid: int
    name: str
    user: str
    how: How
    container: str = ""
    """The first 12 digits of a container's id, or "netns" in another network namespace; empty on the host itself."""

    @property
    def label(self) -> str:
        """In a column: `sshd`, `nginx~` where only the port matches, `?` where the process could not be seen."""
        return (self.name or "?") + ("~" if self.how is How.PORT else "")

    @property
    def words(self) -> str:
        """In full, with how sure it is."""
        who = f"{self.name} ({self.pid})" if self.pid else "a process that cannot be seen"
        by = f" by {self.user}" if self.user else ""
        place = f" in {'container ' if self.container != 'netns' else ''}{self.container}" if self.container else ""
        sure = "by its port only" if self.how is How.PORT else "exact"
        return f"{who}{by}{place}, {sure}"


@dataclass(frozen=True, slots=True, eq=False)
class Owners:
    """What is known at one moment; immutable, so any thread may read it."""

    flows: NDArray[np.uint32]
    """Ascending, as in `Columns.flow`."""
    codes: NDArray[np.int32]
    """Index into `known` of each."""
    known: tuple[Owner, ...]

    def of(self, flows: NDArray[Any]) -> NDArray[np.int32]:
        """Index into `known` of each flow, or UNKNOWN."""
        if not len(self.flows):
            return np.full(len(flows), UNKNOWN, np.int32)
        at = np.minimum(np.searchsorted(self.flows, flows), len(self.flows) - 1)
        return np.where(self.flows[at] == flows, self.codes[at], np.int32(UNKNOWN))

    def owner(self, flow: int) -> Owner | None:
        """The process of one flow."""
        code = int(self.of(np.asarray([flow], np.uint32))[0])
        return None if code == UNKNOWN else self.known[code]

    def texts(self, flows: NDArray[Any]) -> tuple[NDArray[np.int64], list[bytes]]:
        """Which of the flows have a process, and the name of each: a label for display filters."""
        codes = self.of(flows)
        rows = np.flatnonzero(codes != UNKNOWN)
        names = [owner.name.encode() for owner in self.known]
        return rows, [names[code] for code in codes[rows].tolist()]


NOBODY = Owners(np.empty(0, np.uint32), np.empty(0, np.int32), ())


class OwnerTable:
    """Collects what is found; one thread writes, `owners` is replaced as a whole."""

    def __init__(self) -> None:
        self._codes: dict[Owner, int] = {}
        self.owners = NOBODY

    def put(self, found: dict[int, Owner]) -> None:
        """Remember the processes of flows; what was known of one of them before is replaced."""
        new = {flow: code for flow, owner in found.items() if (code := self._code(owner)) is not None}
        if not new:
            return
        flows = np.concatenate([np.fromiter(new, np.uint32, len(new)), self.owners.flows])
        codes = np.concatenate([np.fromiter(new.values(), np.int32, len(new)), self.owners.codes])
        flows, first = np.unique(flows, return_index=True)  # the first of equals is the new one
        self.owners = Owners(flows[-MOST_FLOWS:], codes[first][-MOST_FLOWS:], tuple(self._codes))

    def _code(self, owner: Owner) -> int | None:
        if owner not in self._codes and len(self._codes) >= MOST_OWNERS:
            return None
        return self._codes.setdefault(owner, len(self._codes))
