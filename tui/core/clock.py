"""The packet clock: time that never goes back, taken from the packets alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NS = 1_000_000_000
MAX_JUMP_NS = 3600 * NS
"""A packet further ahead of the clock than this does not move it by itself: one wrong time must not spoil a capture."""
MAX_BACK_NS = 60 * NS
"""A packet older than the clock by more than this is doubted in the same way: else, when a clock is set back, every
packet would fall into one second until the time has come round again, and nothing would be decided in it."""
BELIEVED_AFTER = 8
"""So many packets in a row that agree on a jump make it true (a merged capture, a clock that was set)."""


class PacketClock:
    """The running maximum of packet times; jumps are clamped until believed; what that moves is counted.

    After a jump back that is believed the clock goes on from where it is, ahead of the packets' own times, until a jump
    ahead makes up for it.
    """

    def __init__(self) -> None:
        self.now_ns = 0
        self.doubted = 0
        """Packets counted at another time than their own; a silence that was believed in the end is no doubt."""
        self._started = False
        self._ahead = self._behind = 0
        self._held = 0
        """Of those ahead, how many are among the doubted."""
        self._shift = 0
        """What the clock is ahead of the packets' times since they went back."""

    def advance(self, time_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """The clock at each packet, never decreasing; shape as given."""
        if not len(time_ns):
            return time_ns
        if not self._started:
            self._started, self.now_ns = True, int(time_ns[0])
        shift = self._shift
        if shift:
            time_ns = time_ns + shift
        clock = np.maximum.accumulate(time_ns)
        if clock[0] < self.now_ns:
            np.maximum(clock, self.now_ns, out=clock)
        most = self._most
        steps_ok = int(clock[0]) - self.now_ns <= most and (
            int(clock[-1]) - self.now_ns <= most or int(np.diff(clock).max(initial=0)) <= most
        )
        if not steps_ok or int((clock - time_ns).max()) > MAX_BACK_NS:
            clock = self._doubting(time_ns, shift)
        else:
            self._ahead = self._behind = self._held = 0
            self.doubted += int(np.count_nonzero(clock - time_ns > MAX_BACK_NS - shift)) if shift else 0
        self.now_ns = int(clock[-1])
        return clock

    def tick(self, time_ns: int) -> int:
        """Move on without a packet (a silent link); the clock."""
        if self._started:
            self.now_ns = max(self.now_ns, min(time_ns, self.now_ns + MAX_JUMP_NS))
        return self.now_ns

    @property
    def _most(self) -> int:
        """The largest step that is believed at once: one that may make up for a jump back is looked at closely."""
        return MAX_BACK_NS if self._shift else MAX_JUMP_NS

    def _doubting(self, time_ns: NDArray[np.int64], shift: int) -> NDArray[np.int64]:
        """The clock one packet at a time: only for batches that hold a jump."""
        now, ahead, behind, clock = self.now_ns, self._ahead, self._behind, []
        more = 0  # shift since these times were shifted
        for given in time_ns.tolist():
            time = given + more
            ahead = ahead + 1 if time - now > self._most else 0
            behind = behind + 1 if now - time > MAX_BACK_NS else 0
            if max(ahead, behind) >= BELIEVED_AFTER:
                made_up = min(self._shift, time - now) if ahead else time - now
                self._shift, more, time = self._shift - made_up, more - made_up, time - made_up
                self.doubted -= self._held if ahead else 0
                ahead = behind = 0
            if not ahead:
                now, self._held = max(now, time), 0
            far = abs(now - (given - shift)) > MAX_BACK_NS
            self.doubted += far
            self._held += far and ahead > 0
            clock.append(now)
        self._ahead, self._behind = ahead, behind
        return np.array(clock, np.int64)
