"""Hushed: what a mute or an allow rule has silenced, so that it is not told by another of its names.

The attempts of one scan may be a vertical scan and a scan of many services at once. Both findings share a key, a
source and a target; who has muted the one does not want to hear of the other.
"""

from __future__ import annotations

from collections.abc import Hashable

from tui.core.alert.alerts import Finding

MOST = 4_096
"""Keys remembered; the oldest goes first, and is then told again."""


class Hushed:
    def __init__(self) -> None:
        self._until: dict[tuple[Hashable, str | None, str | None], tuple[int, int]] = {}

    def add(self, finding: Finding, second: int) -> None:
        """This one was silenced in that second."""
        for key in finding.keys:
            where = (key, finding.src.ip, finding.dst.ip)
            self._until.pop(where, None)
            if len(self._until) >= MOST:
                del self._until[next(iter(self._until))]
            self._until[where] = (second + finding.quiet_s, int(finding.severity))

    def covers(self, finding: Finding, second: int) -> bool:
        """Whether it is the same by another name, and no worse."""
        for key in finding.keys if self._until else ():
            until, severity = self._until.get((key, finding.src.ip, finding.dst.ip), (-1, 0))
            if second <= until and finding.severity <= severity:
                return True
        return False
