"""Travel: going back and forth in the time of a session, and letting it run; a live one's past as well as a file."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from tui.core.window import Window
from tui.screens.contract import ReplayLike
from tui.screens.past import Past

NS = 1_000_000_000
SPEEDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, math.inf)
LONGEST_GAP_S = 10.0
"""A silence in the past lasts no longer than this, as in a replay."""


@dataclass(frozen=True, slots=True)
class Course:
    """What the bar of time shows."""

    begin_ns: int
    end_ns: int
    """Of the file, or now; 0 where it is not known."""
    at_ns: int
    read_ns: int
    """How far the file has been read, or now."""
    speed: float
    playing: bool
    live: bool
    ended: bool


class Travel:
    """Where one is: at the newest packet, or at a time that has passed, which is a window from the beginning on.

    `changed` is called when what is to be listed is no longer what it was, or more of it.
    """

    def __init__(
        self,
        past: Past,
        replay: ReplayLike | None,
        changed: Callable[[], None],
        *,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self.past = past
        self.replay = replay
        self._changed = changed
        self._now = now
        self._looked_at = now()
        self._playing = False
        self._speed = 1.0
        self.held = False
        """The window was set by hand: it stands still while time goes on."""

    # where one is

    @property
    def behind(self) -> bool:
        """At a time that has passed."""
        return self.past.window is not None and not self.held

    @property
    def newest_ns(self) -> int:
        """How far the session has come."""
        return self.past.whole().now_ns

    @property
    def position_ns(self) -> int:
        if self.behind and self.past.window:
            return self.past.window.end_ns
        if self.replay and not self.replay.ended:
            return max(self.replay.position_ns, self.newest_ns)
        return self.newest_ns

    @property
    def playing(self) -> bool:
        return not self.replay.paused if self.replay else self._playing

    @property
    def speed(self) -> float:
        """Of the file, or of the past: that is not played as fast as it goes, for one would be back at once."""
        speed = self.replay.speed if self.replay else self._speed
        return 1.0 if self.behind and math.isinf(speed) else speed

    def course(self) -> Course | None:
        """For the bar: of a file always, of a live session only while one is in its past."""
        whole = self.past.whole()
        if not whole.first_ns or (self.replay is None and not self.behind):
            return None
        begin, end, at = whole.first_ns, self.newest_ns, self.position_ns
        if self.replay:
            begin, end = self.replay.span_at(at) or (begin, end if self.replay.ended else 0)
        return Course(
            begin_ns=min(begin, at),  # the first packet of a file may not be its earliest
            end_ns=end,
            at_ns=min(at, end) if end else at,  # between two rounds, or read on since the end was asked for
            read_ns=max(self.newest_ns, self.replay.position_ns if self.replay and not self.replay.ended else 0),
            speed=self.speed,
            playing=self.playing,
            live=self.replay is None,
            ended=self.replay is not None and self.replay.ended and not self.behind,
        )

    # the window that is set by hand

    def hold(self, start_ns: int | None, end_ns: int | None) -> Window:
        """Look at the time between; None is the beginning of the session, and now."""
        window = self.past.index().window(start_ns, end_ns)
        self.held = True
        self._look(window)
        return window

    def let_go(self) -> None:
        """Back to the whole session, as it is now."""
        self.held = self._playing = False
        self._look(None)

    # going

    def walk(self, by_s: float) -> None:
        """So many seconds forward or back: the window that is held, or the time one is at."""
        window, by = self.past.window, int(by_s * NS)
        if self.held and window:
            self._look(self.past.index().moved(window, by))
        else:
            self.go(self.position_ns + by)

    def go(self, time_ns: int) -> None:
        """To a time: what was there until then; ahead of what was read of a file, it is read up to there."""
        self.held = False
        if time_ns >= self.newest_ns:
            self._playing = False
            self._look(None)
            if self.replay and time_ns > self.newest_ns:
                self.replay.seek(time_ns)
        else:
            self._look(self.past.index().window(None, max(time_ns, self.past.whole().first_ns + 1)))

    def to_begin(self) -> None:
        """To the first packet."""
        self.go(self.past.whole().first_ns + 1)

    def to_end(self) -> None:
        """To the newest packet; from there, to the end of the file."""
        if self.past.window is not None:
            self.let_go()
        elif self.replay:
            self.replay.seek(math.inf)

    def toggle(self) -> bool:
        """Play or stop; False where there is nothing to play: a live session plays by itself."""
        if self.replay:
            self.replay.paused = not self.replay.paused
            return not (self.replay.ended and not self.behind)
        if not self.behind:
            return False
        self._playing = not self._playing
        return True

    def faster(self, by: int) -> float:
        """The next speed up (1) or down (-1)."""
        if by > 0:
            speed = next((s for s in SPEEDS if s > self.speed), SPEEDS[-1])
        else:
            speed = next((s for s in reversed(SPEEDS) if s < self.speed), SPEEDS[0])
        if self.replay:
            self.replay.speed = speed
        else:
            self._speed = speed
        if self.behind and math.isinf(speed):
            self.go(self.newest_ns)
        return speed

    def tick(self) -> None:
        """Let the past run on, by the time that has passed."""
        now = self._now()
        passed, self._looked_at = now - self._looked_at, now
        window = self.past.window
        if window is None or self.held or not self.playing:
            return
        end = max(window.end_ns + int(passed * self.speed * NS), self._next_ns(window) - int(LONGEST_GAP_S * NS))
        if end >= self.newest_ns:
            self.go(self.newest_ns)
        else:
            self.past.look(self.past.index().window(None, end))

    def _next_ns(self, window: Window) -> int:
        """Time of the packet after the window."""
        return self.past.time_of(window.end)

    def _look(self, window: Window | None) -> None:
        self._looked_at = self._now()
        self.past.look(window)
        self._changed()
