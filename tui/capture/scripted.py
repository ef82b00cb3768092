"""ScriptedSource: a source that plays a script. The outside world for tests and demonstrations; it ships."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from tui.capture.source import InterfaceInfo, Statistics
from tui.core.frames import Frames, from_packets
from tui.core.state import State


@dataclass(frozen=True, slots=True)
class After:
    """Let so many seconds pass before the next step."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Lose:
    """From here on, so many packets more are lost by the kernel, or by the interface."""

    kernel: int = 0
    interface: int = 0


Step = Frames | bytes | State | Exception | After | Lose
"""Frames as they are; bytes as one Ethernet packet of now; a state to enter; an error to raise; a pause; a loss."""


class ScriptedSource:
    """Plays steps in order. Ends after the last one, unless `endless`: then it is silent."""

    def __init__(
        self,
        steps: Iterable[Step] = (),
        *,
        live: bool = True,
        interfaces: tuple[InterfaceInfo, ...] = (InterfaceInfo("scripted0", 1),),
        endless: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.live = live
        self.interfaces = interfaces
        self.out: list[Frames] = []
        """Frames that were read and not released yet."""
        self.closed = False
        self._steps = deque(steps)
        self._endless = endless
        self._monotonic, self._sleep, self._wall_ns = monotonic, sleep, wall_ns
        self._not_before = monotonic()
        self._state = State.LIVE if live else State.REPLAY
        self._statistics = Statistics(0, 0, 0)

    @property
    def state(self) -> State:
        return self._state

    def add(self, *steps: Step) -> None:
        """Write the script on; any thread."""
        self._steps.extend(steps)

    def read(self, timeout_s: float) -> Frames | None:
        """The next frames of the script; time passes only by the sleep that was given."""
        deadline = self._monotonic() + timeout_s
        while self._state is not State.ENDED:
            wait = self._not_before - self._monotonic()
            if wait > 0 or (not self._steps and self._endless):
                pause = min(max(wait, 0.001), deadline - self._monotonic())
                if pause <= 0:
                    return None
                self._sleep(pause)
            elif not self._steps:
                self._state = State.ENDED
            elif (frames := self._play(self._steps.popleft())) is not None:
                return frames
        return None

    def _play(self, step: Step) -> Frames | None:
        match step:
            case After(seconds):
                self._not_before = self._monotonic() + seconds
            case Lose(kernel, interface):
                total = self._statistics
                self._statistics = replace(
                    total,
                    kernel_dropped=(total.kernel_dropped or 0) + kernel,
                    interface_dropped=(total.interface_dropped or 0) + interface,
                )
            case State():
                self._state = step
            case Exception():
                raise step
            case bytes():
                return self._lend(from_packets([step], self.interfaces[0].linktype, [self._wall_ns()]))
            case Frames():
                return self._lend(step)
        return None

    def _lend(self, frames: Frames) -> Frames:
        self.out.append(frames)
        self._statistics = replace(self._statistics, received=self._statistics.received + len(frames))
        return frames

    def release(self, frames: Frames) -> None:
        """Take frames back; a fault in the caller (twice, or never lent) raises ValueError."""
        place = next((i for i, lent in enumerate(self.out) if lent is frames), None)
        if place is None:
            raise ValueError("these frames are not out")
        del self.out[place]

    def statistics(self) -> Statistics:
        return self._statistics

    def stop(self) -> None:
        """Let no further packet in."""
        self._steps.clear()
        self._endless = False

    def close(self) -> None:
        self._state = State.ENDED
        self.closed = True
