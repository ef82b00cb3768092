"""What the worker tells the screen: immutable values, built on request and never changed afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui.core.clock import NS
from tui.core.state import State
from tui.core.window import Window

_OVER = frozenset({State.ENDED, State.FAILED})
"""No packet comes after these."""


@dataclass(frozen=True, slots=True)
class Health:
    """The state of the session and, where it is not well, why and what to do; `warnings`: what was given up."""

    state: State = State.STARTING
    text: str = ""
    hint: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loss:
    """The four counters of loss, in packets (names: in packets whose names were not read). None is "not known"."""

    interface: int | None = None
    kernel: int | None = None
    evicted: int = 0
    skipped_names: int = 0
    unwritten: int = 0
    """Packets that were counted but that the spool could not take (disk full or too slow)."""

    @property
    def lost(self) -> int:
        """Packets that nettui never saw."""
        return (self.interface or 0) + (self.kernel or 0)


@dataclass(frozen=True, slots=True)
class ProtocolCount:
    """One protocol, by the name that the list shows, with all its packets and their bytes on the wire."""

    name: str
    packets: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Talker:
    """One address (or port, or pair of addresses, in `label`) with its traffic in both directions."""

    label: str
    sent_packets: int
    sent_bytes: int
    received_packets: int
    received_bytes: int


def _none() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Series:
    """Traffic per second from `first_s` (epoch second of packet time) on; arrays of shape (seconds,)."""

    first_s: int
    packets: NDArray[np.int64]
    bytes: NDArray[np.int64]
    by_protocol: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    """Packets per second of the busiest protocols."""
    older_first_s: int = 0
    older_packets: NDArray[np.int64] = field(default_factory=_none)
    """Packets per minute before `first_s`, from `older_first_s` on: what a long session has folded."""
    older_bytes: NDArray[np.int64] = field(default_factory=_none)
    sequence: NDArray[np.int64] = field(default_factory=_none)
    """Number of the first packet of each second; of a silent one, that of the packet after it."""
    older_sequence: NDArray[np.int64] = field(default_factory=_none)
    older_peak_packets: NDArray[np.int64] = field(default_factory=_none)
    """The highest second of each folded minute."""
    older_peak_bytes: NDArray[np.int64] = field(default_factory=_none)

    @property
    def begin_s(self) -> int:
        """The first second that is known, folded or not."""
        return self.older_first_s if len(self.older_packets) else self.first_s

    @property
    def end_s(self) -> int:
        """The second after the last."""
        return self.first_s + len(self.packets)

    def sequence_at(self, second: int) -> int | None:
        """Number of the first packet of a second (of a folded one, of its minute); None when all came before it."""
        if len(self.older_sequence) and second < self.first_s:
            row = max(second // 60 - self.older_first_s // 60, 0)
            if row < len(self.older_sequence):
                return int(self.older_sequence[row])
        row = max(second - self.first_s, 0)
        return int(self.sequence[row]) if row < len(self.sequence) else None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The model at one moment. `generation` changes when interface or file change."""

    generation: int
    interface: str
    health: Health
    first_ns: int
    """Time of the first packet; 0 before there is one."""
    now_ns: int
    """The packet clock."""
    packets: int
    bytes: int
    packets_per_s: float
    """Over the last whole second."""
    bits_per_s: float
    loss: Loss
    kept: int
    """Packets retained, of `packets`."""
    protocols: tuple[ProtocolCount, ...]
    """By bytes, all that were seen."""
    talkers: tuple[Talker, ...]
    ports: tuple[Talker, ...]
    pairs: tuple[Talker, ...]
    series: Series
    alerts: tuple[object, ...] = ()
    """core.alert.alerts.Alert, newest first, bounded."""
    alert_counts: dict[int, int] = field(default_factory=dict)
    """Open incidents by severity."""
    learning: float | None = None
    """How much of the learning at the start is done, 0 to 1; None when there is none, or it has ended."""
    quiet: tuple[int, int] = (0, 0)
    """What a person has muted or called normal, and how many findings that has silenced."""
    window: Window | None = None
    """The stretch of time that the counters are of; None: the whole session."""
    window_note: str = ""
    """What is to be known of it: still being counted, or not all of it retained."""
    notes: tuple[str, ...] = ()
    """Standing facts: "own ssh out", "sandboxed"."""
    flows: int = 0
    """IP flows ever seen."""
    flows_held: int = 0
    """Flows that are followed now."""

    @property
    def over(self) -> bool:
        """No packet will come any more."""
        return self.health.state in _OVER

    @property
    def complete_s(self) -> int:
        """The second that is not complete; where all is over, the one after the last."""
        return self.now_ns // NS + self.over
