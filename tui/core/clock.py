"""The packet clock: time that never goes back, taken from the packets alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NS = 1_000_000_000
MAX_JUMP_NS = 3600 * NS
"""A packet further ahead of the clock than this does not move it by itself: one wrong time must not spoil a capture."""
BELIEVED_AFTER = 8
"""So many packets in a row that agree on a jump make it true (a merged capture, a clock that was set)."""


class PacketClock:
    """The running maximum of packet times; jumps are clamped until believed, and counted."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.jumps = 0
        """Packets whose time was too far ahead to believe, and jumps that were believed."""
        self.backwards = 0
        """Packets older than the clock."""
        self._started = False
        self._ahead = 0

    def advance(self, time_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """The clock at each packet, never decreasing; shape as given."""
        if not len(time_ns):
            return time_ns
        if not self._started:
            self._started, self.now_ns = True, int(time_ns[0])
        clock = np.maximum.accumulate(time_ns)
        if clock[0] < self.now_ns:
            np.maximum(clock, self.now_ns, out=clock)
        steps_ok = int(clock[0]) - self.now_ns <= MAX_JUMP_NS and (
            int(clock[-1]) - self.now_ns <= MAX_JUMP_NS or int(np.diff(clock).max(initial=0)) <= MAX_JUMP_NS
        )
        if not steps_ok:
            clock = self._doubting(time_ns)
        elif self._ahead:
            self._ahead = 0
        self.backwards += int(np.count_nonzero(time_ns < clock))
        self.now_ns = int(clock[-1])
        return clock

    def tick(self, time_ns: int) -> int:
        """Move on without a packet (a silent link); the clock."""
        if self._started:
            self.now_ns = max(self.now_ns, min(time_ns, self.now_ns + MAX_JUMP_NS))
        return self.now_ns

    def _doubting(self, time_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """The clock one packet at a time: only for batches that hold a jump."""
        now, ahead, clock = self.now_ns, self._ahead, []
        for time in time_ns.tolist():
            if time - now <= MAX_JUMP_NS:
                now, ahead = max(now, time), 0
            else:
                ahead += 1
                self.jumps += 1
                if ahead >= BELIEVED_AFTER:
                    now, ahead = time, 0
            clock.append(now)
        self._ahead = ahead
        return np.array(clock, np.int64)
