"""MultiSource: several live sources read as one, in turn."""

from __future__ import annotations

import select
import time
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from tui.capture.ring import LONGEST_WAIT_S, NAP_S
from tui.capture.source import InterfaceInfo, Source, Statistics
from tui.core.frames import Frames
from tui.core.state import State

BEST_FIRST = (State.LIVE, State.DOWN, State.GONE, State.ENDED)


class LiveSource(Source, Protocol):
    """A source on one descriptor, which can be told to let no further packet in."""

    def fileno(self) -> int: ...

    def stop(self) -> None: ...


@runtime_checkable
class Pressed(Protocol):
    """A source that can tell how full its buffer is, 0 to 1."""

    def pressure(self) -> float: ...


class MultiSource:
    """Frames keep the number of their interface. Within a read they are in order; between interfaces, to 20 ms."""

    live = True

    def __init__(self, sources: Sequence[LiveSource]) -> None:
        self._sources = tuple(sources)
        self._turn = 0
        self._owner: dict[int, LiveSource] = {}
        self._poll = select.poll()
        for source in sources:
            self._poll.register(source.fileno(), select.POLLIN | select.POLLERR)

    @property
    def interfaces(self) -> tuple[InterfaceInfo, ...]:
        return tuple(info for source in self._sources for info in source.interfaces)

    @property
    def state(self) -> State:
        """LIVE while any of them is."""
        states = {source.state for source in self._sources}
        return next(state for state in BEST_FIRST if state in states)

    def read(self, timeout_s: float) -> Frames | None:
        """The next frames of the next source that has some."""
        deadline = time.monotonic() + timeout_s
        told = False
        while True:
            frames = self._read_in_turn()
            left = deadline - time.monotonic()
            if frames is not None or left <= 0:
                return frames
            if self._poll.poll(min(left, LONGEST_WAIT_S) * 1000) and told:
                time.sleep(NAP_S)  # poll also tells of blocks whose frames are out
            told = True

    def release(self, frames: Frames) -> None:
        owner = self._owner.pop(id(frames), None)
        if owner is not None:
            owner.release(frames)

    def statistics(self) -> Statistics:
        """Sums; unknown where one of them does not know."""
        parts = [source.statistics() for source in self._sources]
        return Statistics(
            sum(part.received for part in parts),
            _sum([part.kernel_dropped for part in parts]),
            _sum([part.interface_dropped for part in parts]),
            _sum([part.freezes for part in parts]),
        )

    def pressure(self) -> float:
        """Of the source that is pressed most."""
        return max((source.pressure() for source in self._sources if isinstance(source, Pressed)), default=0.0)

    def stop(self) -> None:
        for source in self._sources:
            source.stop()

    def close(self) -> None:
        for source in self._sources:
            source.close()

    def _read_in_turn(self) -> Frames | None:
        for _ in self._sources:
            source = self._sources[self._turn]
            self._turn = (self._turn + 1) % len(self._sources)
            if (frames := source.read(0)) is not None:
                self._owner[id(frames)] = source
                return frames
        return None


def _sum(parts: list[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None
