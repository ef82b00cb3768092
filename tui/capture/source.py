"""Source: anything that hands over Frames, the wire or a file; the tests and the demo bring their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tui.core.frames import Frames
from tui.core.state import State


@dataclass(frozen=True, slots=True)
class Statistics:
    """Totals since the source was opened; None where the platform does not tell."""

    received: int = 0
    kernel_dropped: int | None = None
    interface_dropped: int | None = None
    freezes: int | None = None
    """Times the kernel's ring was full: each is a run of kernel_dropped packets."""


@dataclass(frozen=True, slots=True)
class InterfaceInfo:
    """What a capture file says of an interface: index in `Frames.interface` is the place in `Source.interfaces`."""

    name: str
    linktype: int
    snaplen: int = 262_144
    description: str = ""


class Source(Protocol):
    """One thread opens, reads and closes; `statistics` may be called by that thread only."""

    live: bool
    """True: times are now, and budgets apply. False: a file, read as fast as it goes."""

    @property
    def interfaces(self) -> tuple[InterfaceInfo, ...]: ...

    @property
    def state(self) -> State:
        """LIVE, DOWN, GONE, REPLAY, or ENDED when no frame will ever come again."""
        ...

    def read(self, timeout_s: float) -> Frames | None:
        """The next frames, in order; None when none came within the timeout or none will come.

        Raises CaptureError when the capture cannot go on, DamagedFile after the last readable frame of a file.
        """
        ...

    def release(self, frames: Frames) -> None:
        """Give the buffer of `frames` back, in the order in which they were read.

        A live source allows several frames to be out at once (the writer thread holds them); a file source one.
        """
        ...

    def statistics(self) -> Statistics: ...

    def close(self) -> None: ...
