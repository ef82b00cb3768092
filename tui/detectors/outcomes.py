"""Outcomes: connections as they were when they opened, ended, or were decided."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from tui.detectors.tables import I64, U64


class How(IntEnum):
    """How an attempt ended: HALF_OPEN and STEALTH are probes, by SYN then RST, or by segments that open nothing."""

    OK = 0
    REFUSED = 1
    UNREACHABLE = 2
    NO_ANSWER = 3
    HALF_OPEN = 4
    STEALTH = 5


class Greeting(IntEnum):
    """What a server said first."""

    NONE = 0
    SSH = 1
    RDP = 2


@dataclass(frozen=True, slots=True, eq=False)
class Connections:
    """Rows copied from the table: what some connections were at one moment. Arrays of shape (n,)."""

    client_hi: U64
    client_lo: U64
    server_hi: U64
    server_lo: U64
    client: U64
    server: U64
    kind: NDArray[np.uint8]
    cport: NDArray[np.uint16]
    sport: NDArray[np.uint16]
    proto: NDArray[np.uint8]
    start_ns: I64
    last_ns: I64
    number: I64
    sent: I64
    """Payload bytes from the client, as far as the sequence numbers tell."""
    received: I64
    greeting: NDArray[np.uint8]
    repeats: NDArray[np.uint8]
    interface: NDArray[np.uint16]
    how: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.number)

    def take(self, index: NDArray[np.bool_] | I64) -> Connections:
        """The connections that a mask or an index array picks."""
        return Connections(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


def join(parts: list[Connections]) -> Connections:
    """All of them in the order of their first packets: the order of the table is a matter of chance."""
    made = {f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Connections)}
    return Connections(**made).take(np.argsort(made["number"], kind="stable"))


@dataclass(slots=True)
class Results:
    """What one part of a second told."""

    outcomes: Connections
    """Attempts that were decided."""
    starts: Connections
    """TCP connections that opened."""
    ends: Connections
    """TCP connections that ended, with their bytes."""

    @property
    def told(self) -> bool:
        """Whether there is any."""
        return bool(len(self.outcomes) or len(self.starts) or len(self.ends))
